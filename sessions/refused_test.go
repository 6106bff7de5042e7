package sessions_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// newUserApp returns an app that answers with the session's user. POST sets another one, and DELETE destroys
// the session.
func newUserApp(o sessions.Options) *soay.App {
	app := newApp(o, func(req soay.Request) soay.Response {
		if req.Method() == http.MethodPost {
			req.Session.Set("user", "bob")
		}
		return response.Text(sessions.GetOr(req.Session, "user", "nobody"))
	})
	app.Delete("/", done(sessions.Session.Destroy))
	return app
}

// seal returns a pair for a name, with data that no session may have.
func seal(t *testing.T, codec sessions.Codec, name, data string) string {
	t.Helper()
	value, err := codec.Encode(name, []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return name + "=" + value
}

// annsCookie returns a good cookie of the user ann, as options have it.
func annsCookie(t *testing.T, o sessions.Options) string {
	t.Helper()
	return pair(t, ask(newApp(o, done(func(s sessions.Session) { s.Set("user", "ann") }))))
}

// sentCookies is what a client may send, and who it is then.
type sentCookies struct {
	description string
	cookies     []string // in a header each
	want        string
	wantLog     int // debug lines
}

func cookiesThatAreNoSession(t *testing.T) []sentCookies {
	good := annsCookie(t, sessions.Options{})
	codec := sessions.NewCodec(key)
	foreign := seal(t, sessions.NewCodec(otherKey), "session", "\x01\x00\x00\x00")
	many := strings.Repeat("a=b; ", 100)
	return []sentCookies{
		{"none", nil, "nobody", 0},
		{"another cookie", []string{"a=b"}, "nobody", 0},
		{"good", []string{good}, "ann", 0},
		{"good between others", []string{"a=b; " + good + "; c=d"}, "ann", 0},
		{"good without a space before it", []string{"a=b;" + good}, "ann", 0},
		{"good in a second header", []string{"a=b", good}, "ann", 0},
		{"good as the hundredth", []string{strings.Repeat("a=b; ", 99) + good}, "ann", 0},
		{"good behind a hundred others", []string{many + good}, "nobody", 0},
		{"name in another case", []string{"S" + good[1:]}, "nobody", 0},
		{"name as part of another", []string{"x" + good}, "nobody", 0},
		{"empty", []string{"session="}, "nobody", 1},
		{"text", []string{"session=hello"}, "nobody", 1},
		{"JSON", []string{`session={'user':'ann'}`}, "nobody", 1},
		{"bytes beyond ASCII", []string{"session=gr\xfc\xdfe"}, "nobody", 0},
		{"control character", []string{"session=a\x00b"}, "nobody", 0},
		{"first half", []string{good[:len(good)/2]}, "nobody", 1},
		{"one character less", []string{good[:len(good)-1]}, "nobody", 1},
		{"one character more", []string{good + "A"}, "nobody", 1},
		{"spaces inside", []string{good[:20] + " " + good[20:]}, "nobody", 1},
		{"percent-encoded", []string{fmt.Sprintf("session=%%%02X%s", good[8], good[9:])}, "nobody", 1},
		{"another key", []string{foreign}, "nobody", 1},
		{"another name", []string{"session=" + valueOf(seal(t, codec, "other", "\x01\x00\x00\x00"))}, "nobody", 1},
		{"no data", []string{seal(t, codec, "session", "")}, "nobody", 1},
		{"data of version 0", []string{seal(t, codec, "session", "\x00\x00\x00\x00")}, "nobody", 1},
		{"data of version 2", []string{seal(t, codec, "session", "\x02\x00\x00\x00")}, "nobody", 1},
		{"data of another program", []string{seal(t, codec, "session", `{"user":"ann"}`)}, "nobody", 1},
		{"null", []string{seal(t, codec, "session", "null")}, "nobody", 1},
		{"version alone", []string{seal(t, codec, "session", "\x01")}, "nobody", 1},
		{"length that lies", []string{seal(t, codec, "session", "\x01\x00\x00\xff\x01x")}, "nobody", 1},
		{
			"length beyond all numbers", []string{seal(t, codec, "session", "\x01\x00\x00"+strings.Repeat("\xff", 11))},
			"nobody", 1,
		},
		{
			"time beyond all calendars",
			[]string{seal(t, codec, "session", "\x01\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x00\x00")}, "nobody", 1,
		},
		{"long ago", []string{seal(t, codec, "session", "\x01\x01\x00\x00")}, "nobody", 1},
		{"too long", []string{"session=" + strings.Repeat("A", 4090)}, "nobody", 1},
		{"100 KB", []string{"session=" + strings.Repeat("A", 100<<10)}, "nobody", 1},
		{"the same twice", []string{good + "; " + good}, "nobody", 1},
		{"good and bad", []string{good + "; session=x"}, "ann", 1},
		{"bad and good", []string{"session=x; " + good}, "ann", 1},
		{"good and another good one", []string{good + "; " + annsCookie(t, sessions.Options{})}, "nobody", 1},
		{"twice in two headers", []string{good, good}, "nobody", 1},
	}
}

// Whatever is wrong with a cookie, the visitor is somebody without a session.
func TestCookiesThatAreNoSession(t *testing.T) {
	for _, tt := range cookiesThatAreNoSession(t) {
		t.Run(tt.description, func(t *testing.T) {
			log := requesttest.Log{Level: slog.LevelDebug}
			w := ask(newUserApp(sessions.Options{Logger: log.Logger()}), tt.cookies...)
			if w.Code != 200 || w.Body.String() != tt.want {
				t.Errorf("answer %d %q, want 200 %q", w.Code, w.Body, tt.want)
			}
			if set := w.Header()["Set-Cookie"]; set != nil {
				t.Errorf("Set-Cookie = %q for a session that was only read, want none", set)
			}
			lines := log.Lines(slog.LevelDebug)
			if len(lines) != tt.wantLog {
				t.Errorf("debug log = %q, want %d lines", lines, tt.wantLog)
			}
			for _, c := range tt.cookies {
				if v := valueOf(c); len(v) >= 5 && strings.Contains(log.String(), v[:5]) {
					t.Errorf("log = %q, with the value in it", log.String())
				}
			}
		})
	}
}

func TestRefusedCookieIsReplacedByTheNextWrite(t *testing.T) {
	good := annsCookie(t, sessions.Options{})
	tests := []struct{ description, cookie string }{
		{"text", "session=hello"},
		{"changed", good[:30] + "A" + good[30:]},
		{"another key", seal(t, sessions.NewCodec(otherKey), "session", "\x01\x00\x00\x00")},
		{"data of another program", seal(t, sessions.NewCodec(key), "session", "null")},
		{"too long", "session=" + strings.Repeat("A", 4090)},
		{"twice", good + "; " + good},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app := newUserApp(sessions.Options{})
			r, w := newExchange("POST", "/", tt.cookie)
			app.ServeHTTP(w, r)
			if got := ask(app, pair(t, w)).Body.String(); got != "bob" {
				t.Errorf("with the new cookie the user is %q, want bob", got)
			}
			r, w = newExchange("DELETE", "/", tt.cookie)
			app.ServeHTTP(w, r)
			if got := pair(t, w); got != "session=" || !strings.Contains(w.Header().Get("Set-Cookie"), "Max-Age=0") {
				t.Errorf("Destroy sends %q, want a deletion", w.Header().Get("Set-Cookie"))
			}
		})
	}
}

func TestExpiredCookieIsNoSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := sessions.Options{MaxAge: time.Hour, IdleTimeout: time.Hour}
		cookie := annsCookie(t, o)
		log := requesttest.Log{Level: slog.LevelDebug}
		o.Logger = log.Logger()
		app := newUserApp(o)
		time.Sleep(time.Hour)
		if got := ask(app, cookie).Body.String(); got != "nobody" {
			t.Errorf("user = %q, want nobody", got)
		}
		if lines := log.Lines(slog.LevelDebug); len(lines) != 1 || !strings.Contains(lines[0], "expired") {
			t.Errorf("debug log = %q, want one line that says expired", lines)
		}
	})
}

// A serializer that was exchanged, or a type that was changed, makes values unreadable, not pages.
func TestValuesThatCannotBeDecoded(t *testing.T) {
	v := newVisit(t, sessions.Options{Serializer: broken{}})
	v.do(func(s sessions.Session) { s.Set("a", 1); s.Set("b", 2) })
	resp := v.do(func(s sessions.Session) {
		if v, ok := s.Lookup("a"); v != nil || ok {
			t.Errorf("Lookup = %v, %t; want nil, false", v, ok)
		}
		if got := sessions.GetOr(s, "a", 7); got != 7 {
			t.Errorf("GetOr = %d, want the fallback 7", got)
		}
		if diff := cmp.Diff(map[string]any{}, s.Map()); diff != "" {
			t.Errorf("Map (-want +got):\n%s", diff)
		}
		if !s.Has("a") || s.Len() != 2 {
			t.Errorf("Has = %t and Len = %d, want true and 2", s.Has("a"), s.Len())
		}
	})
	if len(resp.Cookies) > 0 {
		t.Error("reading what cannot be decoded is a change")
	}
	v.do(func(s sessions.Session) { sessions.Pop[int](s, "a") })
	v.do(func(s sessions.Session) {
		if s.Has("a") || !s.Has("b") {
			t.Errorf("after Pop of a: Has(a) = %t, Has(b) = %t; want false, true", s.Has("a"), s.Has("b"))
		}
	})
}

// broken is a Serializer that never gets anything back.
type broken struct{}

func (broken) Encode(v any) ([]byte, error) { return fmt.Append(nil, v), nil }

func (broken) Decode([]byte, any) error { return errors.New("cannot decode") }

// sealedData returns what is inside the seal of a good cookie of the user ann.
func sealedData(t *testing.T) []byte {
	t.Helper()
	data, err := plain{}.Decode("session", valueOf(annsCookie(t, sessions.Options{Codec: plain{}})))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestVersionsOfSealedData(t *testing.T) {
	app := newUserApp(sessions.Options{Codec: plain{}})
	data := sealedData(t)
	for version := range 256 {
		data[0] = byte(version)
		want := "nobody"
		if version == 1 {
			want = "ann"
		}
		if got := ask(app, seal(t, plain{}, "session", string(data))).Body.String(); got != want {
			t.Errorf("version %d: user %q, want %q", version, got, want)
		}
	}
}

// Times that no clock has shown must not make a session that lasts for ever.
func TestTimesInSealedData(t *testing.T) {
	app := newUserApp(sessions.Options{Codec: plain{}})
	now := uint64(time.Now().Unix())
	tests := []struct {
		description   string
		created, idle uint64
		want          string
	}{
		{"now", now, 0, "ann"},
		{"an hour ago, used now", now - 3600, 3600, "ann"},
		{"an hour ago, never used", now - 3600, 0, "nobody"},
		{"two days ago, used now", now - 2*86400, 2 * 86400, "nobody"},
		{"1970", 0, 0, "nobody"},
		{"1970, used now", 0, now, "nobody"},
		{"70,000 years from now", 1 << 41, 0, "nobody"},
		{"used in 70,000 years", now, 1 << 41, "nobody"},
		{"greatest time", math.MaxUint64, 0, "nobody"},
		{"greatest time of use", now, math.MaxUint64, "nobody"},
		{"greatest signed time", math.MaxInt64, math.MaxInt64, "nobody"},
	}
	for _, tt := range tests {
		data := binary.AppendUvarint([]byte{1}, tt.created)
		data = binary.AppendUvarint(data, tt.idle)
		data = append(data, "\x02id\x04user\x05\"ann\""...)
		if got := ask(app, seal(t, plain{}, "session", string(data))).Body.String(); got != tt.want {
			t.Errorf("%s: user %q, want %q", tt.description, got, tt.want)
		}
	}
}

// Every cut of the data inside the seal is no session, or one with fewer values, and never an error for the
// visitor.
func TestCutPayloads(t *testing.T) {
	data := sealedData(t)
	app := newUserApp(sessions.Options{Codec: plain{}})
	for i := range data {
		w := ask(app, seal(t, plain{}, "session", string(data[:i])))
		if w.Code != 200 || w.Body.String() != "nobody" {
			t.Errorf("first %d of %d bytes: answer %d %q, want 200 nobody", i, len(data), w.Code, w.Body)
		}
	}
	if w := ask(app, seal(t, plain{}, "session", string(data))); w.Body.String() != "ann" {
		t.Errorf("all bytes: user %q, want ann", w.Body)
	}
}
