package antiforgery

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"html/template"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/sessions"
)

// maxToken bounds what is looked at as a token.
const maxToken = 1024

// Token returns a new token for the session of the request, and "" with an error in the log if the
// app has no anti-forgery check or no sessions. A visitor whose session holds nothing gets one that is
// bound to a cookie of its own, and no session. So ask for it before the handler returns, and after a
// login or logout in the same request. The response becomes no-store and may not be shown in a frame.
func Token(req request.Request) string { return guardOf(req).Token(req) }

// Field returns a hidden field of a form with a new token. See [Token].
func Field(req request.Request) template.HTML {
	g := guardOf(req)
	return template.HTML(`<input type="hidden" name="` + template.HTMLEscapeString(g.options.FieldName) +
		`" value="` + template.HTMLEscapeString(g.Token(req)) + `">`)
}

// guardOf returns the guard of the app, and where there is none one that makes no tokens.
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
	var room [tokenSize]byte
	by := g.issue(req)
	data := append(room[:0], by.nonce[:]...)
	data = append(data, binding(sessions.StateOf(req.Session).ReserveID(), req.Session.User())...)
	return g.options.Sealer.Protect(data)
}

// What is sealed in a token is the nonce of a stranger, and then what it has to do with the session. By
// the time the token comes back, one of the two counts: which one nobody knows before the response is
// made, since the session may begin or become empty meanwhile.
const (
	nonceSize   = 16
	bindingSize = 16
	tokenSize   = nonceSize + bindingSize
)

// binding returns what is sealed in the tokens of a session. It is a part of a hash, so that all tokens
// have one length.
func binding(id, user string) []byte {
	text := append([]byte("soay/antiforgery/v2\x00"), binary.BigEndian.AppendUint64(nil, uint64(len(id)))...)
	sum := sha256.Sum256(append(append(text, id...), user...))
	return sum[:bindingSize]
}

// checkToken returns nil if the request brings a token of its session.
func (g *Guard) checkToken(req request.Request) error {
	token, err := g.submitted(req)
	switch {
	case err != nil:
		return err
	case token == "":
		return errTokenMissing
	case len(token) > maxToken || g.options.Sealer == nil:
		return errTokenInvalid
	}
	// The seal comes first: forged tokens do not reach the store of the sessions.
	sealed, err := g.options.Sealer.Unprotect(token, g.options.MaxAge)
	if err != nil || len(sealed) != tokenSize {
		return errTokenInvalid
	}
	return g.compare(sealed, req)
}

// compare returns nil if a token is of the session of the request or, while that holds nothing, of the
// stranger's cookie. Once there is a session, the cookie counts no more: it may have been planted, with a
// token that goes with it.
func (g *Guard) compare(sealed []byte, req request.Request) (err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case *sessions.UnavailableError: // how a session says that nobody knows it
			err = v
		default:
			panic(v)
		}
	}()
	got, want := sealed[nonceSize:], []byte(nil)
	if s := req.Session; !isEmpty(s) {
		want = binding(s.ID(), s.User())
	} else if n, ok := g.known(req); ok {
		got, want = sealed[:nonceSize], n[:]
	}
	if subtle.ConstantTimeCompare(got, want) != 1 {
		return errTokenInvalid
	}
	return nil
}
