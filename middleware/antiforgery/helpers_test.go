package antiforgery_test

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// sealer is a plain AEAD with a purpose and the time of issue.
type sealer struct {
	aead    cipher.AEAD
	purpose string
	opened  *atomic.Int64 // calls of Unprotect
}

func newSealer(purpose string) sealer {
	block, err := aes.NewCipher([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return sealer{aead, purpose, new(atomic.Int64)}
}

func (s sealer) Protect(data []byte) string {
	data = append(binary.BigEndian.AppendUint64(nil, uint64(time.Now().UnixNano())), data...)
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, data, []byte(s.purpose)))
}

func (s sealer) Unprotect(token string, maxAge time.Duration) ([]byte, error) {
	s.opened.Add(1)
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || strings.ContainsAny(token, "\r\n") {
		return nil, errors.New("not canonical")
	}
	data, err := s.aead.Open(nil, nil, sealed, []byte(s.purpose))
	if err != nil {
		return nil, err
	}
	issued := time.Unix(0, int64(binary.BigEndian.Uint64(data)))
	if time.Since(issued) >= maxAge {
		return nil, errors.New("too old")
	}
	return data[8:], nil
}

// sessionCookie is how the session's cookie is called by default.
func sessionCookie(https bool) string {
	if https {
		return "__Host-session"
	}
	return "session"
}

// newGuard returns a guard of an app with sessions.
func newGuard(t testing.TB, o antiforgery.Options) *antiforgery.Guard {
	t.Helper()
	if o.Sealer == nil {
		o.Sealer = newSealer("test")
	}
	if o.SessionCookie == nil {
		o.SessionCookie = sessionCookie
	}
	g, err := antiforgery.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// newApp returns an app with sessions and a guard. Its handler h answers whatever passes.
func newApp(t testing.TB, o antiforgery.Options, h soay.Handler) *soay.App {
	t.Helper()
	return newAppOf(newGuard(t, o), slog.New(slog.DiscardHandler), h)
}

func newAppOf(g *antiforgery.Guard, logger *slog.Logger, h soay.Handler) *soay.App {
	m, err := sessions.NewManager("Vf3yqWmT8uQ0pXc7LrKe2sHbJd9aZnGx5oYiRt1w", sessions.Options{Logger: logger})
	if err != nil {
		panic(err)
	}
	return newAppWith(g, m, logger, h)
}

// newAppWith returns an app that does not bring a guard of its own, as one with UseSessions does.
func newAppWith(g *antiforgery.Guard, m *sessions.Manager, logger *slog.Logger, h soay.Handler) *soay.App {
	session, err := middleware.NewSession(m)
	if err != nil {
		panic(err)
	}
	app := soay.New(soay.Options{Logger: logger})
	app.Use(session, g.Middleware)
	soay.AddInstance(app, g)
	app.Fallback(h)
	return app
}

// passed says that the guard let a request pass, with what its handler read of the body.
func passed(req soay.Request) soay.Response {
	body, err := io.ReadAll(req.Body())
	if err != nil {
		return response.Error(err)
	}
	return response.Text("passed " + string(body))
}

// attempt is a request to the guard. The zero value is a POST to http://site.example/.
type attempt struct {
	method, target string
	header         []string // names and values
	body           string
}

func (a attempt) request() *http.Request {
	if a.method == "" {
		a.method = "POST"
	}
	if a.target == "" {
		a.target = "http://site.example/"
	}
	var body io.Reader
	if a.body != "" {
		body = strings.NewReader(a.body)
	}
	r := httptest.NewRequest("POST", a.target, body)
	r.Method = a.method // odd ones, too
	for i := 0; i < len(a.header); i += 2 {
		r.Header.Add(a.header[i], a.header[i+1])
	}
	return r
}

func (a attempt) do(app http.Handler) *httptest.ResponseRecorder {
	r := a.request()
	r.Header.Set("Accept", "application/problem+json")
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

// outcome is what became of an attempt: passed, the reason of a refusal, or another status.
func outcome(w *httptest.ResponseRecorder) string {
	body := w.Body.String()
	if w.Code == http.StatusOK && strings.HasPrefix(body, "passed") {
		return "passed"
	}
	if _, rest, ok := strings.Cut(body, `"reason":"`); ok && w.Code == http.StatusForbidden {
		reason, _, _ := strings.Cut(rest, `"`)
		return reason
	}
	return http.StatusText(w.Code)
}

// visitor keeps the cookies of one browser that sends no headers about itself, and has a page with a
// token at /token.
type visitor struct {
	t   testing.TB
	app http.Handler
	jar map[string]string
}

func newVisitor(t testing.TB, app http.Handler) *visitor {
	return &visitor{t, app, map[string]string{}}
}

func (v *visitor) do(a attempt) *httptest.ResponseRecorder {
	v.t.Helper()
	a.header = append(a.header, "Cookie", v.cookies())
	if a.target == "" {
		a.target = "http://localhost/"
	}
	w := a.do(v.app)
	for _, c := range w.Result().Cookies() {
		v.jar[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(v.jar, c.Name)
		}
	}
	return w
}

func (v *visitor) cookies() string {
	var pairs []string
	for name, value := range v.jar {
		pairs = append(pairs, name+"="+value)
	}
	return strings.Join(pairs, "; ")
}

func (v *visitor) token() string {
	v.t.Helper()
	w := v.do(attempt{method: "GET", target: "http://localhost/token"})
	if w.Code != 200 || w.Body.Len() == 0 {
		v.t.Fatalf("GET /token: status %d with %q", w.Code, w.Body)
	}
	return w.Body.String()
}

// visit makes a GET to a path of [pages].
func (v *visitor) visit(path string) {
	v.t.Helper()
	if w := v.do(attempt{method: "GET", target: "http://localhost" + path}); w.Code != 200 {
		v.t.Fatalf("GET %s: status %d with %q", path, w.Code, w.Body)
	}
}

func (v *visitor) post(token string) string {
	v.t.Helper()
	return outcome(v.do(form(url.Values{antiforgery.DefaultFieldName: {token}, "a": {"1"}})))
}

// form is a form as browsers send it.
func form(fields url.Values) attempt {
	return attempt{header: []string{"Content-Type", "application/x-www-form-urlencoded"}, body: fields.Encode()}
}

// pages is the handler of an app for visitors.
func pages(req soay.Request) soay.Response {
	s := req.Session
	switch req.Path() {
	case "/token":
		return response.Text(antiforgery.Token(req))
	case "/login":
		s.SetUser(req.Query("user"))
	case "/renew":
		s.Renew()
	case "/logout":
		s.Destroy()
	case "/clear":
		s.Clear()
		s.Set("other", true)
	case "/set":
		s.Set("other", sessions.GetOr(s, "other", 0)+1)
	default:
		return passed(req)
	}
	return response.Text("done")
}

// attemptOf sends a request that was made already.
func attemptOf(app http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

// here returns the file and line of its caller as reports of mistakes show them. The offset is added to the line.
func here(offset ...int) string {
	_, file, line, _ := runtime.Caller(1)
	for _, n := range offset {
		line += n
	}
	return fmt.Sprintf("%s:%d", filepath.Base(file), line)
}
