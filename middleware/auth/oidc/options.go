package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request"
)

// The values of Options.ResponseMode.
const (
	// ModeQuery lets the provider send the browser back with a GET request. It is the default.
	ModeQuery = "query"
	// ModeFormPost lets the provider's page post a form, so that the code is in no address. Browsers send the cookie
	// of the sign-in with it only over https.
	ModeFormPost = "form_post"
)

// Options sets up [New]. It needs Issuer and ClientID. Printing them, with any verb and by package slog and
// encoding/json, shows nothing secret.
type Options struct {
	// Name tells several providers of one app apart: it is a part of the default paths. It is made of small letters,
	// digits and hyphens. The default is none.
	Name string
	// Issuer is the provider: the https URL below which its /.well-known/openid-configuration is. It must be written
	// as there.
	Issuer string
	// ClientID and ClientSecret are what the provider has given to the app. A client without a secret is a public
	// one.
	ClientID, ClientSecret string
	// PreviousSecrets are tried after ClientSecret where the provider does not know it, so that a secret can be changed
	// while the app runs.
	PreviousSecrets []string
	// Scopes are what the app asks for; openid is one of them. The default is openid, profile and email.
	Scopes []string
	// SignInPath is where a sign-in begins, CallbackPath where the provider sends the browser back to, and SignOutPath
	// takes the form that signs out. The defaults are /sign-in, /sign-in/callback and /sign-out, with a Name
	// /sign-in/name, /sign-in/name/callback and /sign-out/name.
	SignInPath, CallbackPath, SignOutPath string
	// BackChannelPath is where the provider tells that a session has ended. It needs sessions in a store. The default
	// is none.
	BackChannelPath string
	// ErrorPath is the page to which a browser is sent with ?error=access_denied, or another code, if the provider has
	// refused the sign-in. The default is a page with status 403.
	ErrorPath string
	// ResponseMode is [ModeQuery] or [ModeFormPost]. The default is ModeQuery.
	ResponseMode string
	// MaxAge is how long ago the user may have proven to the provider who it is; it asks again otherwise. The default
	// is any time.
	MaxAge time.Duration
	// ACR is the acr_values that the app asks for, and Prompt the prompt, such as select_account. The defaults are none.
	ACR, Prompt string
	// Tenants are the tenants of Microsoft Entra whose users may sign in, where the issuer is one for many, such as
	// https://login.microsoftonline.com/organizations/v2.0. Then {tenantid} in the name of the issuer stands for one of
	// them.
	Tenants []string
	// RolesFrom are JSON Pointers (RFC 6901) to lists of roles in the claims, such as /realm_access/roles. The roles of
	// all of them count. What is no list of texts has no roles.
	RolesFrom []string
	// UserInfo adds the claims of the provider's userinfo endpoint, one more request for each sign-in.
	UserInfo bool
	// SaveTokens keeps the access and the refresh token in the session, sealed, for [Login.AccessToken]. It needs
	// sessions in a store.
	SaveTokens bool
	// Map changes what the app knows of somebody who signs in: it may add roles, and drop claims that the session need
	// not keep. It must leave Subject and Issuer as they are. An [*auth.InvalidError] refuses the sign-in with 403;
	// other errors are 500.
	Map func(req request.Request, p auth.Profile) (auth.Profile, error)
	// Load returns the identity of somebody who is signed in anew each LoadEvery, as auth.SessionOptions.Load does. It
	// gets what the session has. The default is what the sign-in has brought.
	Load func(ctx context.Context, id *auth.Identity) (*auth.Identity, error)
	// LoadEvery is how long a loaded identity is used. The default is 5 minutes; a negative value loads it for each
	// request.
	LoadEvery time.Duration
	// Timeout limits each exchange with the provider. The default is 10 s.
	Timeout time.Duration
	// HTTPClient is the client for the provider. The default follows no redirects, and reaches no private addresses
	// unless the issuer has one.
	HTTPClient *http.Client
}

// String returns the provider and the client, so that no log has a secret.
func (o Options) String() string { return fmt.Sprintf("oidc.Options(%q, %q)", o.Issuer, o.ClientID) }

// GoString is String, so that no verb prints a secret.
func (o Options) GoString() string { return o.String() }

// LogValue implements [slog.LogValuer] as String does.
func (o Options) LogValue() slog.Value { return slog.StringValue(o.String()) }

// MarshalJSON returns String in JSON.
func (o Options) MarshalJSON() ([]byte, error) { return json.Marshal(o.String()) }

const (
	defaultTimeout = 10 * time.Second
	leeway         = time.Minute
	maxIDTokenAge  = 10 * time.Minute
	maxSubject     = 255
)

// withDefaults returns the options with the defaults in place of zero values.
func (o Options) withDefaults() Options {
	below := ""
	if o.Name != "" {
		below = "/" + o.Name
	}
	for _, d := range [...]struct {
		path  *string
		value string
	}{
		{&o.SignInPath, "/sign-in" + below}, {&o.CallbackPath, "/sign-in" + below + "/callback"},
		{&o.SignOutPath, "/sign-out" + below}, {&o.ResponseMode, ModeQuery},
	} {
		if *d.path == "" {
			*d.path = d.value
		}
	}
	if o.Scopes == nil {
		o.Scopes = []string{"openid", "profile", "email"}
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	return o
}

// check returns what is wrong with options that have their defaults.
func (o Options) check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("oidc: "+format, args...)) }
	if strings.ContainsFunc(o.Name, func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' }) {
		bad("Name: %q is not made of small letters, digits and hyphens", o.Name)
	}
	if err := checkURL(o.Issuer); err != nil {
		bad("Issuer: %w", err)
	}
	if o.ClientID == "" {
		bad("ClientID is empty")
	}
	if o.ClientSecret == "" && len(o.PreviousSecrets) > 0 || slices.Contains(o.PreviousSecrets, "") {
		bad("PreviousSecrets: they follow a ClientSecret, and none is empty")
	}
	if !slices.Contains(o.Scopes, "openid") {
		bad("Scopes: openid is missing from %q", o.Scopes)
	}
	for _, scope := range o.Scopes {
		if scope == "" || strings.ContainsFunc(scope, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' }) {
			bad("Scopes: %q is none (RFC 6749 section 3.3)", scope)
		}
	}
	for _, err := range o.checkPaths() {
		bad("%w", err)
	}
	if o.ResponseMode != ModeQuery && o.ResponseMode != ModeFormPost {
		bad("ResponseMode: %q is neither %q nor %q", o.ResponseMode, ModeQuery, ModeFormPost)
	}
	if o.Prompt == "none" {
		bad("Prompt: with none the provider cannot ask for a password")
	}
	if o.MaxAge < 0 || o.Timeout < 0 {
		bad("MaxAge and Timeout: a negative time has no meaning")
	}
	if o.LoadEvery != 0 && o.Load == nil {
		bad("LoadEvery has no meaning without Load")
	}
	if slices.ContainsFunc(o.Tenants, func(t string) bool { return t == "" || strings.ContainsAny(t, "/{}") }) {
		bad("Tenants: %q has one that is none", o.Tenants)
	}
	for _, pointer := range o.RolesFrom {
		if !strings.HasPrefix(pointer, "/") {
			bad("RolesFrom: %q is no JSON Pointer, such as /roles", pointer)
		}
	}
	return errors.Join(errs...)
}

// checkPaths returns what is wrong with the paths.
func (o Options) checkPaths() []error {
	var errs []error
	for _, p := range [...]struct{ name, path string }{
		{"SignInPath", o.SignInPath}, {"CallbackPath", o.CallbackPath}, {"SignOutPath", o.SignOutPath},
		{"BackChannelPath", o.BackChannelPath}, {"ErrorPath", o.ErrorPath},
	} {
		if p.path != "" && (!strings.HasPrefix(p.path, "/") || strings.HasPrefix(p.path, "//") || strings.ContainsAny(p.path, "?#{*\\")) {
			errs = append(errs, fmt.Errorf("%s: %q is no path on this site", p.name, p.path))
		}
	}
	return errs
}

// checkURL accepts https URLs, and http ones of this machine.
func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return fmt.Errorf("%q is no URL", text)
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("it has a user, a query or a fragment")
	case u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())):
		return fmt.Errorf("%q is not https", text)
	}
	return nil
}
