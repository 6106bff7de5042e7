package sessions_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

const cookieLimit = 4096 // of name and value together, in bytes

// exactSession returns options and a text such that a session with the text under k makes a cookie of exactly
// size bytes.
func exactSession(t *testing.T, size int) (o sessions.Options, text string) {
	t.Helper()
	text = strings.Repeat("x", 2000)
	value := valueOf(pair(t, ask(newApp(sessions.Options{}, done(func(s sessions.Session) { s.Set("k", text) })))))
	if len(value) >= size {
		t.Fatalf("2000 bytes make a value of %d bytes, which leaves no room for a name", len(value))
	}
	// The length of a sealed value is a multiple of four; that of a name is free.
	return sessions.Options{CookieName: strings.Repeat("n", size-len(value))}, text
}

func TestCookieAtTheLimit(t *testing.T) {
	o, text := exactSession(t, cookieLimit)
	v := newVisit(t, o)
	resp := v.do(func(s sessions.Session) { s.Set("k", text) })
	if len(resp.Cookies) != 1 {
		t.Fatalf("%d cookies are set, want 1", len(resp.Cookies))
	}
	if c := resp.Cookies[0]; len(c.Name)+len(c.Value) != cookieLimit {
		t.Errorf("name and value have %d bytes, want %d", len(c.Name)+len(c.Value), cookieLimit)
	}
	if got := v.data()["k"]; got != text {
		t.Errorf("the next request finds %v", got)
	}
}

func TestCookieBeyondTheLimit(t *testing.T) {
	o, text := exactSession(t, cookieLimit+1)
	log := requesttest.Log{Level: slog.LevelDebug}
	o.Logger = log.Logger()
	v := newVisit(t, o)
	v.do(func(s sessions.Session) { s.Set("user", "ann") })
	resp := v.answer(func(req soay.Request) soay.Response {
		req.Session.Set("user", "bob")
		req.Session.Clear()
		req.Session.Set("k", text)
		return response.Text("secret page")
	})
	if resp.Status != 500 || len(resp.Cookies) != 0 || strings.Contains(resp.Text(), "secret") {
		t.Errorf("answer %d %q with cookies %v, want a bare 500", resp.Status, resp.Text(), resp.Cookies)
	}
	if lines := log.Lines(slog.LevelError); len(lines) != 1 || !strings.Contains(lines[0], "4097 bytes of at most 4096") {
		t.Errorf("error log = %q, want one line with both sizes", lines)
	}
	if diff := cmp.Diff(map[string]any{"user": "ann"}, v.data()); diff != "" {
		t.Errorf("the next request finds (-want +got):\n%s", diff)
	}
}

func TestSizeErrorComesFromCommit(t *testing.T) {
	o, text := exactSession(t, cookieLimit+1)
	m, err := sessions.NewManager(key, o)
	if err != nil {
		t.Fatal(err)
	}
	s := m.Open(new(sessions.Slot).Begin(new(http.Request)), false)
	s.Set("k", text)
	c, err := m.Commit(s, "localhost")
	want := &sessions.SizeError{Size: cookieLimit + 1, Limit: cookieLimit}
	var got *sessions.SizeError
	if c != nil || !errors.As(err, &got) || *got != *want {
		t.Errorf("Commit = %v, %v; want no cookie and %v", c, err, want)
	}
}

func TestSizeErrorIsForTheAppToHandle(t *testing.T) {
	app := newApp(sessions.Options{}, done(func(s sessions.Session) { s.Set("k", strings.Repeat("x", 5000)) }))
	soay.HandleError(app, func(_ soay.Request, err *sessions.SizeError) soay.Response {
		return response.Text(fmt.Sprintf("limit %d", err.Limit)).WithStatus(413)
	})
	if w := ask(app); w.Code != 413 || w.Body.String() != "limit 4096" {
		t.Errorf("answer %d %q, want 413 limit 4096", w.Code, w.Body)
	}
}

// What browsers would not have kept is not read either.
func TestCookieThatIsTooLongIsNotOpened(t *testing.T) {
	opened := 0
	codec := sizedCodec{&opened}
	app := newUserApp(sessions.Options{Codec: codec})
	for _, tt := range []struct{ size, want int }{{cookieLimit, 1}, {cookieLimit + 1, 0}, {100 << 10, 0}} {
		opened = 0
		ask(app, "session="+strings.Repeat("A", tt.size-len("session")))
		if opened != tt.want {
			t.Errorf("a cookie of %d bytes is opened %d times, want %d", tt.size, opened, tt.want)
		}
	}
}

// sizedCodec counts what it is asked to open.
type sizedCodec struct{ opened *int }

func (sizedCodec) Encode(_ string, data []byte) (string, error) {
	return base64.RawURLEncoding.EncodeToString(data), nil
}

func (c sizedCodec) Decode(string, string) ([]byte, error) {
	*c.opened++
	return nil, errors.New("no")
}
