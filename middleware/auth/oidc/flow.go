package oidc

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions/keyring"
)

const (
	flowAge   = 10 * time.Minute
	maxFlows  = 5
	maxCookie = 4000 // bytes of name and value, which leaves room for the attributes in what browsers keep
)

// flow is a sign-in under way. It is in a sealed cookie of the browser: the server remembers nothing, and another browser
// cannot end what this one has begun.
type flow struct {
	Login    string    `json:"l"`
	State    string    `json:"s"`
	Nonce    string    `json:"n"`
	Verifier string    `json:"v"`
	Return   string    `json:"r"`
	Redirect string    `json:"u"`
	Began    time.Time `json:"t"`
	MaxAge   int64     `json:"m"` // seconds, negative for any
}

// random returns 32 random bytes as text.
func random() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// The cookie is named by its state, so that sign-ins in several tabs do not disturb one another. Over https the prefix
// keeps other hosts of the domain from planting one.
const (
	securePrefix = "__Host-oidc-"
	plainPrefix  = "oidc-"
)

func (l *Login) prefix(req request.Request) string {
	if l.isSecure(req) {
		return securePrefix
	}
	return plainPrefix
}

func (l *Login) isSecure(req request.Request) bool {
	if l.setup.SecureCookie == nil {
		return true
	}
	return l.setup.SecureCookie(req.Scheme() == "https", req.Host())
}

func (l *Login) cookieName(req request.Request, state string) string {
	sum := sha256.Sum256([]byte(state))
	return l.prefix(req) + base64.RawURLEncoding.EncodeToString(sum[:])[:12]
}

// cookie returns a cookie with the attributes that those of sign-ins have.
func (l *Login) cookie(req request.Request, name, value string) *http.Cookie {
	c := response.NewCookie(name, value)
	c.Secure, c.MaxAge = l.isSecure(req), int(flowAge/time.Second)
	if l.options.ResponseMode == ModeFormPost { // the form comes from another site
		c.SameSite, c.Secure = http.SameSiteNoneMode, true // browsers take Secure from this machine over http, too
	}
	return c
}

// remember adds the cookie of a sign-in, and removes the oldest ones where there are too many.
func (l *Login) remember(req request.Request, resp response.Response, f flow) (response.Response, error) {
	name := l.cookieName(req, f.State)
	token, err := keyring.ProtectValue(l.flows, f)
	if err == nil && len(name)+len(token) > maxCookie { // of characters that take more room in JSON
		f.Return = "/"
		token, err = keyring.ProtectValue(l.flows, f)
	}
	if err != nil {
		return resp, err
	}
	for _, old := range l.surplus(req) {
		resp = resp.WithoutCookie(old, l.cookie(req, old, ""))
	}
	return resp.WithCookie(l.cookie(req, name, token)), nil
}

// surplus returns the names of cookies that have to go so that one more finds room: those that do not open, and the oldest.
func (l *Login) surplus(req request.Request) []string {
	type sighting struct {
		name  string
		began time.Time
	}
	var known []sighting
	prefix := l.prefix(req)
	for name, value := range req.Cookies() {
		if !strings.HasPrefix(name, prefix) || slices.ContainsFunc(known, func(s sighting) bool { return s.name == name }) {
			continue
		}
		s := sighting{name: name}
		if open, err := keyring.UnprotectValue[flow](l.flows, value, flowAge); err == nil {
			s.began = open.Began
		}
		known = append(known, s)
	}
	slices.SortStableFunc(known, func(a, b sighting) int { return a.began.Compare(b.began) })
	var names []string
	for _, s := range known[:max(0, len(known)-maxFlows+1)] {
		names = append(names, s.name)
	}
	return names
}

// flowOf returns the sign-in that a state belongs to, and false if the browser has not begun it here.
func (l *Login) flowOf(req request.Request, name, state string) (flow, bool) {
	token, count := header.Cookie(http1.Values(request.StateOf(req).Source(), "Cookie"), name)
	if count != 1 || len(token) > maxCookie {
		return flow{}, false
	}
	open, err := keyring.UnprotectValue[flow](l.flows, token, flowAge)
	if err != nil || open.State != state {
		return flow{}, false
	}
	return open, true
}
