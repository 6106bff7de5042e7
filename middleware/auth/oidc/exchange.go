package oidc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"

	"golang.org/x/oauth2"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/strictjson"
)

// maxAnswer limits what is read of a provider.
const maxAnswer = 1 << 20

// config returns the client for OAuth with one of the secrets.
func (l *Login) config(p *provider, redirect, secret string) *oauth2.Config {
	// With a known style nothing is tried twice, which would use up the code.
	style := oauth2.AuthStyleInHeader
	if secret == "" || len(p.TokenAuth) > 0 && !slices.Contains(p.TokenAuth, "client_secret_basic") {
		style = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: l.options.ClientID, ClientSecret: secret, RedirectURL: redirect, Scopes: l.options.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: p.Authorization, TokenURL: p.Token, AuthStyle: style},
	}
}

// exchange returns the tokens for a code. The error is a *failure.
func (l *Login) exchange(ctx context.Context, p *provider, f flow, code string) (*oauth2.Token, error) {
	token, err := l.withSecret(ctx, func(ctx context.Context, secret string) (*oauth2.Token, error) {
		return l.config(p, f.Redirect, secret).Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	})
	if isGrantError(err) {
		return nil, refuse("the provider does not take the code", err)
	}
	if err != nil {
		return nil, broken("the exchange of the code", err)
	}
	return token, nil
}

// withSecret calls the token endpoint with the secret that it has taken last, and with the others if it does not know
// that one. The error has nothing of what was sent and came.
func (l *Login) withSecret(ctx context.Context, call func(context.Context, string) (*oauth2.Token, error)) (*oauth2.Token, error) {
	client := *l.client
	if client.Transport == nil {
		client.Transport = http.DefaultTransport
	}
	client.Transport = guarded{client.Transport}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &client)
	secrets := append([]string{l.options.ClientSecret}, l.options.PreviousSecrets...)
	last := int(l.secret.Load())
	var failed error
	for i := range secrets {
		at := (last + i) % len(secrets)
		token, err := call(ctx, secrets[at])
		if err == nil {
			l.secret.Store(int32(at))
			return token, nil
		}
		if failed = plain(err); codeOf(err) != "invalid_client" && codeOf(err) != "unauthorized_client" {
			break
		}
	}
	return nil, failed
}

// tokenError is an answer of the token endpoint that is an error.
type tokenError struct {
	status int
	code   string
}

// Error implements error.
func (e *tokenError) Error() string {
	if e.code == "" {
		return fmt.Sprintf("the token endpoint answers %d", e.status)
	}
	return fmt.Sprintf("the token endpoint answers %d %s", e.status, e.code)
}

// plain returns an error without the body of the answer, and without the address of the request.
func plain(err error) error {
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		status := 0
		if e.Response != nil {
			status = e.Response.StatusCode
		}
		code := ""
		if slices.Contains(tokenErrors, e.ErrorCode) {
			code = e.ErrorCode
		}
		return &tokenError{status, code}
	}
	for _, known := range [...]error{context.DeadlineExceeded, context.Canceled, errAnswer} {
		if errors.Is(err, known) {
			return known
		}
	}
	return errors.New("the token endpoint cannot be reached, or its answer is no token")
}

// tokenErrors are the codes of RFC 6749 section 5.2.
var tokenErrors = []string{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}

func codeOf(err error) string {
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return e.ErrorCode
	}
	if e, ok := errors.AsType[*tokenError](err); ok {
		return e.code
	}
	return ""
}

// isGrantError reports whether a code or a refresh token was refused.
func isGrantError(err error) bool { return codeOf(err) == "invalid_grant" }

var errAnswer = errors.New("the answer is no JSON, too large, or that of a failed server")

// guarded lets only answers pass that are JSON, and of a size that a client can read.
type guarded struct{ next http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (g guarded) RoundTrip(hr *http.Request) (*http.Response, error) {
	resp, err := g.next.RoundTrip(hr)
	if err != nil {
		return nil, err
	}
	body, err := readJSON(resp)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// readJSON reads and closes an answer.
func readJSON(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusInternalServerError || !header.IsMediaType(resp.Header.Get("Content-Type"), "application/json") {
		return nil, errAnswer
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxAnswer || strictjson.Check(body, strictjson.Options{}) != nil {
		return nil, errAnswer
	}
	return body, nil
}

// addUserInfo adds the claims of the userinfo endpoint to those of the ID token, which count where both have some. The
// error is a *failure.
func (l *Login) addUserInfo(ctx context.Context, p *provider, accessToken string, c *claims) error {
	hr, err := http.NewRequestWithContext(ctx, http.MethodGet, p.UserInfo, nil)
	if err != nil {
		return broken("userinfo", err)
	}
	hr.Header.Set("Authorization", "Bearer "+accessToken)
	resp, err := l.client.Do(hr)
	if err != nil {
		return broken("userinfo", plain(err))
	}
	body, err := readJSON(resp)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("the answer is %d", resp.StatusCode)
	}
	if err != nil {
		return broken("userinfo", err)
	}
	more, err := readObject(body)
	if err != nil {
		return broken("userinfo", errAnswer)
	}
	if subject, ok := more["sub"].(string); !ok || subject != c.Subject {
		return refuse("userinfo", errors.New("sub is another one"))
	}
	maps.DeleteFunc(more, func(name string, _ any) bool { return slices.Contains(protocolClaims, name) })
	maps.Copy(more, c.all)
	c.all = more
	return nil
}
