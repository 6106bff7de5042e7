package oidc

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request/strictjson"
)

// algorithms are those of ID tokens and logout tokens. None of them has a secret that a client could know.
var algorithms = []string{"RS256", "PS256", "ES256", "EdDSA"}

// claims are those of a token whose signature is right.
type claims struct {
	all map[string]any // with json.Number

	Issuer    string          `json:"iss"`
	Subject   string          `json:"sub"`
	Audience  json.RawMessage `json:"aud"`
	Party     *string         `json:"azp"`
	Expires   *float64        `json:"exp"`
	Issued    *float64        `json:"iat"`
	AuthTime  *float64        `json:"auth_time"`
	Nonce     *string         `json:"nonce"`
	Access    *string         `json:"at_hash"`
	SessionID string          `json:"sid"`
	ID        string          `json:"jti"`
	Tenant    string          `json:"tid"`
	Events    map[string]any  `json:"events"`
}

// expected is what an ID token of this sign-in has.
type expected struct {
	nonce, accessToken string
	maxAge             int64 // seconds, negative for any
}

// verify returns the claims of a token whose signature, issuer, audience and times are right.
func (p *provider) verify(ctx context.Context, l *Login, token string) (*claims, string, error) {
	payload, algorithm, err := p.keys.verify(ctx, token)
	if err != nil {
		return nil, "", err
	}
	c := new(claims)
	if err := strictjson.Unmarshal(payload, c, strictjson.Options{}); err != nil {
		return nil, "", errors.New("the payload is no JSON of such a token")
	}
	if c.all, err = readObject(payload); err != nil {
		return nil, "", errors.New("the payload is no object")
	}
	return c, algorithm, c.check(p, l, time.Now())
}

// readObject reads an object and keeps all digits of its numbers.
func readObject(text []byte) (map[string]any, error) {
	if err := strictjson.Check(text, strictjson.Options{}); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil || object == nil {
		return nil, errors.New("no object")
	}
	return object, nil
}

// judge returns the claims of the ID token of a sign-in (OpenID Connect Core 1.0, section 3.1.3.7). The error is a *failure
// but for keys that cannot be fetched.
func (p *provider) judge(ctx context.Context, l *Login, token string, want expected) (*claims, error) {
	if token == "" {
		return nil, refuse("the provider has sent no ID token", nil)
	}
	c, algorithm, err := p.verify(ctx, l, token)
	if isOutage(err) {
		return nil, broken("the keys of the provider", err)
	}
	if err == nil {
		err = c.checkSignIn(want, algorithm, time.Now())
	}
	if err != nil {
		return nil, refuse("the ID token", err)
	}
	return c, nil
}

// check refuses a token of another issuer, for another client or of another time.
func (c *claims) check(p *provider, l *Login, now time.Time) error {
	if !p.isIssuer(l, c.Issuer) {
		return errors.New("iss is another one")
	}
	if c.Tenant != "" && len(l.options.Tenants) > 0 && !slices.Contains(l.options.Tenants, c.Tenant) {
		return errors.New("tid is none of Tenants")
	}
	audience, err := textOrList(c.Audience)
	if err != nil || !slices.Contains(audience, l.options.ClientID) {
		return errors.New("aud does not have the client")
	}
	if c.Party != nil && *c.Party != l.options.ClientID {
		return errors.New("azp is another client")
	}
	expires, ok := instant(c.Expires)
	if !ok || !now.Before(expires.Add(leeway)) {
		return errors.New("exp is missing or over")
	}
	if issued, ok := instant(c.Issued); !ok || issued.After(now.Add(leeway)) || issued.Before(now.Add(-maxIDTokenAge)) {
		return errors.New("iat is missing, ahead of the clock or more than 10 minutes ago")
	}
	if len(c.Subject) > maxSubject {
		return errors.New("sub is too long")
	}
	return nil
}

// checkSignIn refuses a token that is not of this sign-in.
func (c *claims) checkSignIn(want expected, algorithm string, now time.Time) error {
	switch {
	case c.Subject == "":
		return errors.New("sub is missing")
	case c.Nonce == nil || subtle.ConstantTimeCompare([]byte(*c.Nonce), []byte(want.nonce)) == 0:
		return errors.New("nonce is another one")
	case c.Access != nil && *c.Access != halfHash(algorithm, want.accessToken):
		return errors.New("at_hash is not that of the access token")
	case c.Events != nil:
		return errors.New("it has events, so it is a logout token")
	}
	proven, ok := instant(c.AuthTime)
	if c.AuthTime != nil && (!ok || proven.After(now.Add(leeway))) {
		return errors.New("auth_time is no time, or ahead of the clock")
	}
	if want.maxAge >= 0 && (!ok || proven.Add(time.Duration(want.maxAge)*time.Second+leeway).Before(now)) {
		return errors.New("auth_time is missing, or longer ago than max_age")
	}
	return nil
}

// halfHash returns the left half of the hash that an algorithm has (OpenID Connect Core 1.0, section 3.1.3.6).
func halfHash(algorithm, text string) string {
	var sum []byte
	switch {
	case strings.HasSuffix(algorithm, "256"):
		s := sha256.Sum256([]byte(text))
		sum = s[:]
	default: // EdDSA with Ed25519
		s := sha512.Sum512([]byte(text))
		sum = s[:]
	}
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

// instant returns a time that is given in seconds.
func instant(seconds *float64) (time.Time, bool) {
	if seconds == nil || math.Abs(*seconds) > 1<<53 {
		return time.Time{}, false
	}
	return time.Unix(int64(*seconds), 0), true
}

// textOrList reads a claim that is a text or a list of texts.
func textOrList(raw json.RawMessage) ([]string, error) {
	var one string
	if json.Unmarshal(raw, &one) == nil && one != "" {
		return []string{one}, nil
	}
	var list []string
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("neither a text nor a list of texts: %w", err)
	}
	return list, nil
}

// tenant is what Microsoft Entra writes for the tenant in the issuer that stands for many.
const tenant = "{tenantid}"

func isTemplate(issuer string) bool { return strings.Count(issuer, tenant) == 1 }

// isIssuer reports whether tokens of an issuer are the provider's.
func (p *provider) isIssuer(l *Login, issuer string) bool {
	if len(l.options.Tenants) == 0 || !isTemplate(p.Issuer) {
		return issuer == p.Issuer
	}
	return slices.ContainsFunc(l.options.Tenants, func(t string) bool { return issuer == strings.Replace(p.Issuer, tenant, t, 1) })
}

// protocolClaims say nothing of the user.
var protocolClaims = []string{
	"iss", "sub", "aud", "azp", "exp", "iat", "nbf", "jti", "nonce", "at_hash", "c_hash", "s_hash", "auth_time", "sid", "events", "typ",
}

// profile returns what the claims tell of the user.
func (l *Login) profile(c *claims) (auth.Profile, error) {
	p := auth.Profile{Subject: c.Subject, Issuer: c.Issuer, SessionID: c.SessionID, Claims: maps.Clone(c.all)}
	maps.DeleteFunc(p.Claims, func(name string, _ any) bool { return slices.Contains(protocolClaims, name) })
	for _, name := range [...]string{"name", "preferred_username", "email"} {
		if text, _ := p.Claims[name].(string); text != "" && p.Name == "" {
			p.Name = text
		}
	}
	p.AuthTime, _ = instant(c.AuthTime)
	id, err := auth.NewIdentity(auth.Profile{Subject: c.Subject, Claims: c.all})
	if err != nil {
		return p, err
	}
	for _, pointer := range l.options.RolesFrom {
		roles, _ := auth.Claim[[]string](id, pointer)
		for _, role := range roles {
			if role != "" && !slices.Contains(p.Roles, role) {
				p.Roles = append(p.Roles, role)
			}
		}
	}
	return p, nil
}
