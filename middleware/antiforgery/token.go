package antiforgery

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"html/template"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/sessions"
)

// maxToken is how many bytes a token may have. Sealed ones are shorter.
const maxToken = 1024

// Token returns a new token for the session of the request, and "" with an error in the log if the
// app has no anti-forgery check or no sessions. The token of an anonymous visitor is bound to a cookie, and
// begins no session. So call it before the handler returns, and after a login or logout in the same
// request. The response becomes no-store and may not be shown in a frame.
func Token(req request.Request) string { return guardOf(req).Token(req) }

// Field returns a hidden field of a form with a new token. See [Token].
func Field(req request.Request) template.HTML {
	g := guardOf(req)
	return template.HTML(`<input type="hidden" name="` + template.HTMLEscapeString(g.options.FieldName) +
		`" value="` + template.HTMLEscapeString(g.Token(req)) + `">`)
}

// guardOf returns the guard of the app, and for an app without one a guard that makes no tokens.
func guardOf(req request.Request) *Guard {
	g, err := request.Resolve[*Guard](req)
	if err != nil {
		return &Guard{options: Options{}.withDefaults()}
	}
	return g
}

// Funcs returns the functions antiForgeryField and antiForgeryToken for templates of one request:
//
//	tmpl, err := page.Clone()
//	tmpl.Funcs(antiforgery.Funcs(req)).Execute(&b, data)
//
// The template calls them without arguments, as in <form method="post">{{antiForgeryField}}. To
// parse it, give it the functions of the zero Request; they are not called then.
func Funcs(req request.Request) template.FuncMap {
	return template.FuncMap{
		"antiForgeryField": func() template.HTML { return Field(req) },
		"antiForgeryToken": func() string { return Token(req) },
	}
}

// Token is the function [Token] for a guard that is no service of the app.
func (g *Guard) Token(req request.Request) string {
	if g.options.Sealer == nil {
		req.Logger().Error("antiforgery: no token, because the app has no sessions or no UseAntiForgery")
		return ""
	}
	var buf [tokenSize]byte
	by := g.issue(req)
	data := append(buf[:0], by.nonce[:]...)
	data = append(data, binding(sessions.StateOf(req.Session).ReserveID(), req.Session.User())...)
	return g.options.Sealer.Protect(data)
}

// A token is the sealed nonce of an anonymous visitor, followed by the binding to the session. Both are there
// because the session may begin or become empty after the token was made. When the token comes back, one of
// them counts; see compare.
const (
	nonceSize   = 16
	bindingSize = 16
	tokenSize   = nonceSize + bindingSize
)

// binding returns the part of a token that binds it to a session and its user. It is a part of a hash, so
// that all tokens have the same length.
func binding(id, user string) []byte {
	text := append([]byte("soay/antiforgery/v2\x00"), binary.BigEndian.AppendUint64(nil, uint64(len(id)))...)
	sum := sha256.Sum256(append(append(text, id...), user...))
	return sum[:bindingSize]
}

// checkToken returns nil if the request brings a token of its session.
func (g *Guard) checkToken(req request.Request) error {
	token, err := g.readToken(req)
	switch {
	case err != nil:
		return err
	case token == "":
		return errTokenMissing
	case len(token) > maxToken || g.options.Sealer == nil:
		return errTokenInvalid
	}
	// The seal is checked first, so that forged tokens do not reach the store of the sessions.
	sealed, err := g.options.Sealer.Unprotect(token, g.options.MaxAge)
	if err != nil || len(sealed) != tokenSize {
		return errTokenInvalid
	}
	return g.compare(sealed, req)
}

// compare returns nil if a token is for the session of the request, or for the anonymous cookie while the
// session holds nothing. For a session that holds something the cookie does not count: an attacker may have
// planted it together with a token for it.
func (g *Guard) compare(sealed []byte, req request.Request) (err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case *sessions.UnavailableError: // the store could not be asked
			err = v
		default:
			panic(v)
		}
	}()
	got, want := sealed[nonceSize:], []byte(nil)
	if s := req.Session; !isEmpty(s) {
		want = binding(s.ID(), s.User())
	} else if n, ok := g.cookieNonce(req); ok {
		got, want = sealed[:nonceSize], n[:]
	}
	if subtle.ConstantTimeCompare(got, want) != 1 {
		return errTokenInvalid
	}
	return nil
}
