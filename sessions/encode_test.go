package sessions_test

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

type namedText string

type failing struct{}

var errFailing = errors.New("it does not want to")

func (failing) MarshalJSON() ([]byte, error) { return nil, errFailing }

func TestValuesThatCannotBeEncoded(t *testing.T) {
	cycle := map[string]any{}
	cycle["self"] = cycle
	tests := []struct {
		description string
		value       any
	}{
		{"function", func() {}},
		{"channel", make(chan int)},
		{"NaN", math.NaN()},
		{"infinity, deep inside", map[string]any{"a": []any{math.Inf(-1)}}},
		{"complex number", complex(1, 2)},
		{"map with keys that are no text", map[struct{ A int }]int{{1}: 1}},
		{"cycle", cycle},
		{"marshaler that fails", failing{}},
		{"time that has no text", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"invalid UTF-8", "caf\xe9"},
		{"invalid UTF-8 of a named type", namedText("caf\xe9")},
		{"invalid UTF-8 in a list", []string{"ok", "caf\xe9"}},
		{"invalid UTF-8 in a struct", struct{ A string }{"\xff"}},
		{"invalid UTF-8 as a map's key", map[string]int{"\xff": 1}},
		{"invalid UTF-8 behind a backslash", `\` + "\xff"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			log := requesttest.Log{Level: slog.LevelDebug}
			v := newVisit(t, sessions.Options{Logger: log.Logger()})
			v.do(func(s sessions.Session) { s.Set("user", "ann") })
			resp := v.answer(func(req soay.Request) soay.Response {
				req.Session.Set("good", 1)
				req.Session.Set("very-bad-key", tt.value)
				req.Session.Set("better", 2)
				return response.Text("secret page").WithHeader("X-Secret", "secret header")
			})
			if resp.Status != http.StatusInternalServerError {
				t.Errorf("status = %d, want 500", resp.Status)
			}
			if body := resp.Text(); strings.Contains(body, "secret") || strings.Contains(body, "very-bad-key") {
				t.Errorf("body = %q, with something of the handler in it", body)
			}
			if resp.Header.Get("X-Secret") != "" || len(resp.Cookies) != 0 {
				t.Errorf("headers %v, with something of the handler in them", resp.Header)
			}
			if lines := log.Lines(slog.LevelError); len(lines) != 1 || !strings.Contains(lines[0], "very-bad-key") {
				t.Errorf("error log = %q, want one line that names the key", lines)
			}
			if diff := cmp.Diff(map[string]any{"user": "ann"}, v.data()); diff != "" {
				t.Errorf("the next request finds (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEncodeErrorNamesTheFirstKeyAndWrapsTheCause(t *testing.T) {
	m, err := sessions.NewManager(key, sessions.Options{})
	if err != nil {
		t.Fatal(err)
	}
	slot := new(sessions.Slot)
	s := m.Open(slot.Begin(new(http.Request)), false)
	s.Set("first", failing{})
	s.Set("second", func() {})
	c, err := m.Commit(s, "localhost")
	var encode *sessions.EncodeError
	if c != nil || !errors.As(err, &encode) || encode.Key != "first" || !errors.Is(err, errFailing) {
		t.Errorf("Commit = %v, %v; want an EncodeError of the key first around %v", c, err, errFailing)
	}
}

func TestEncodeErrorIsForTheAppToHandle(t *testing.T) {
	app := newApp(sessions.Options{}, done(func(s sessions.Session) { s.Set("k", failing{}) }))
	soay.HandleError(app, func(_ soay.Request, err *sessions.EncodeError) soay.Response {
		return response.Text(fmt.Sprintf("sorry about %s", err.Key))
	})
	w := ask(app)
	if got, want := fmt.Sprint(w.Code, " ", w.Body), "500 sorry about k"; got != want {
		t.Errorf("answer = %s, want %s", got, want)
	}
}

func TestCodecThatCannotSeal(t *testing.T) {
	tests := []struct {
		description string
		value       string
		err         error
	}{
		{"an error", "", errors.New("no entropy")},
		{"a value with a semicolon", "a;b", nil},
		{"a value with a line break", "a\r\nSet-Cookie: x=y", nil},
		{"a value with a quote", `a"b`, nil},
		{"a value beyond ASCII", "é", nil},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			o := sessions.Options{Codec: fixedCodec{tt.value, tt.err}}
			w := ask(newApp(o, done(func(s sessions.Session) { s.Set("k", 1) })))
			if w.Code != 500 || w.Header()["Set-Cookie"] != nil || strings.Contains(w.Body.String(), "done") {
				t.Errorf("answer %d %q with Set-Cookie %q, want a bare 500", w.Code, w.Body, w.Header()["Set-Cookie"])
			}
			m, err := sessions.NewManager("", o)
			if err != nil {
				t.Fatal(err)
			}
			s := m.Open(new(sessions.Slot).Begin(new(http.Request)), false)
			s.Set("k", 1)
			if c, err := m.Commit(s, "localhost"); c != nil || err == nil {
				t.Errorf("Commit = %v, %v; want an error", c, err)
			}
		})
	}
}

// fixedCodec seals everything to the same value.
type fixedCodec struct {
	value string
	err   error
}

func (c fixedCodec) Encode(string, []byte) (string, error) { return c.value, c.err }

func (c fixedCodec) Decode(string, string) ([]byte, error) {
	return nil, errors.New("cannot be opened")
}
