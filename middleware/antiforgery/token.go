package antiforgery

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"html/template"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/sessions"
)

// Anchor is the key of the value that Token sets in the session, so that there is one for the token
// to be bound to.
const Anchor = "soay/antiforgery"

// maxToken bounds what is looked at as a token.
const maxToken = 1024

// Token returns a new token for the session of the request, and "" with an error in the log if the
// app has no anti-forgery check or no sessions. The first one of a session changes the session, so
// ask for it before the handler returns, and after a login or logout in the same request. The
// response becomes no-store and may not be shown in a frame.
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
	issued.Set(req, true)
	if s := req.Session; !s.Has(Anchor) {
		s.Set(Anchor, true)
	}
	return g.options.Sealer.Protect(binding(req.Session))
}

// binding returns what is sealed in the tokens of a session. It is a hash, so that all tokens have
// one length and no secret.
func binding(s sessions.Session) []byte {
	id, user := s.ID(), s.User()
	text := append([]byte("soay/antiforgery/v1\x00"), binary.BigEndian.AppendUint64(nil, uint64(len(id)))...)
	sum := sha256.Sum256(append(append(text, id...), user...))
	return sum[:]
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
	if err != nil {
		return errTokenInvalid
	}
	return compare(sealed, req.Session)
}

// compare returns nil if a token is of a session. A session that was cleared knows none.
func compare(sealed []byte, s sessions.Session) (err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case *sessions.UnavailableError: // how a session says that nobody knows it
			err = v
		default:
			panic(v)
		}
	}()
	if !s.Has(Anchor) || subtle.ConstantTimeCompare(sealed, binding(s)) != 1 {
		return errTokenInvalid
	}
	return nil
}
