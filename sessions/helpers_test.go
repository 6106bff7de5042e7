package sessions_test

import (
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// Keys that pass the checks and are used nowhere else.
const (
	key      = "Vf3yqWmT8uQ0pXc7LrKe2sHbJd9aZnGx5oYiRt1w"
	otherKey = "pQ8zLk2vN6tYw0RbXe4UmHc9aJsDf7Gi1oTq5rZy"
)

// newApp returns an app with sessions that answers GET and POST to / by h. It logs nothing, unless options
// have a logger.
func newApp(o sessions.Options, h soay.Handler) *soay.App {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	app := soay.New(soay.Options{Logger: o.Logger, Env: "production"})
	if o.Codec != nil {
		app.UseSessions("", o)
	} else {
		app.UseSessions(key, o)
	}
	app.Route("/", h, http.MethodGet, http.MethodPost)
	return app
}

// done is a handler that does something with the session and says so.
func done(f func(s sessions.Session)) soay.Handler {
	return func(req soay.Request) soay.Response {
		f(req.Session)
		return response.Text("done")
	}
}

// visit is one visitor who makes requests, one after the other, each with a handler of its own.
type visit struct {
	*requesttest.Client
	t       testing.TB
	handler soay.Handler
}

func newVisit(t testing.TB, o sessions.Options, client ...requesttest.Options) *visit {
	v := &visit{t: t}
	app := newApp(o, func(req soay.Request) soay.Response { return v.handler(req) })
	v.Client = requesttest.New(t, app, client...)
	return v
}

// do makes a request whose handler does something with the session, and must not fail.
func (v *visit) do(f func(s sessions.Session)) *requesttest.Response {
	v.t.Helper()
	resp := v.answer(done(f))
	if resp.Status != http.StatusOK {
		v.t.Fatalf("status = %d with body %q, want 200", resp.Status, resp.Text())
	}
	return resp
}

// answer makes a request that h answers.
func (v *visit) answer(h soay.Handler) *requesttest.Response {
	v.handler = h
	return v.Get("/")
}

// data makes a request that reads the whole session.
func (v *visit) data() map[string]any {
	v.t.Helper()
	var m map[string]any
	v.do(func(s sessions.Session) { m = s.Map() })
	return m
}

// ask sends GET / to a handler, over plain http to localhost, with a Cookie header for each of cookies.
func ask(h http.Handler, cookies ...string) *httptest.ResponseRecorder {
	r, w := newExchange(http.MethodGet, "/", cookies...)
	h.ServeHTTP(w, r)
	return w
}

func newExchange(method, path string, cookies ...string) (*http.Request, *httptest.ResponseRecorder) {
	r := httptest.NewRequest(method, "http://localhost"+path, nil)
	if len(cookies) > 0 {
		r.Header["Cookie"] = cookies
	}
	return r, httptest.NewRecorder()
}

// pair returns the one cookie that a response sets as it stands in a request.
func pair(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	set := w.Result().Header["Set-Cookie"]
	if len(set) != 1 {
		t.Fatalf("response sets %d cookies, want 1: %q", len(set), set)
	}
	c, _, _ := strings.Cut(set[0], ";")
	return c
}

// valueOf returns what stands behind the name in a pair.
func valueOf(pair string) string {
	_, value, _ := strings.Cut(pair, "=")
	return value
}

// plain is a Codec without any secret, to look at what a session keeps and to make such data up.
type plain struct{}

func (plain) Encode(name string, data []byte) (string, error) {
	return base64.RawURLEncoding.EncodeToString([]byte(name + "\x00" + string(data))), nil
}

func (plain) Decode(name, value string) ([]byte, error) {
	b, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return nil, err
	}
	data, ok := strings.CutPrefix(string(b), name+"\x00")
	if !ok {
		return nil, errors.New("the value is for another name")
	}
	return []byte(data), nil
}

// counting is a Codec that counts the calls of another.
type counting struct {
	sessions.Codec
	encoded, decoded atomic.Int64
}

func newCounting() *counting { return &counting{Codec: sessions.NewCodec(key)} }

func (c *counting) Encode(name string, data []byte) (string, error) {
	c.encoded.Add(1)
	return c.Codec.Encode(name, data)
}

func (c *counting) Decode(name, value string) ([]byte, error) {
	c.decoded.Add(1)
	return c.Codec.Decode(name, value)
}

// withoutValue returns a Set-Cookie header with the value taken out.
func withoutValue(setCookie string) string {
	return regexp.MustCompile(`^([^=]*)=[^;]*`).ReplaceAllString(setCookie, "$1=")
}

// panicOf returns what f panics with, as an error; nil if it does not.
func panicOf(f func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			var ok bool
			if err, ok = v.(error); !ok {
				panic(v)
			}
		}
	}()
	f()
	return nil
}

// discard is the content of a stream that does not matter.
func discard(w io.Writer) error {
	_, err := io.WriteString(w, "stream")
	return err
}
