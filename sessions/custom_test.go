package sessions_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/sessions"
)

// The serializer and the codec of the examples, put together, behave like the ones that are built in.
func TestOwnSerializerAndCodec(t *testing.T) {
	o := sessions.Options{Serializer: Gob{}, Codec: Signed{Key: []byte(key)}}
	v := newVisit(t, o)
	want := map[string]any{
		"n": int64(1<<53 + 1), "u": uint64(1<<64 - 1), "raw": []byte{0, 255}, "text": "x", "none": nil,
	}
	v.do(func(s sessions.Session) { s.Update(want) })
	resp := v.do(func(s sessions.Session) {
		if diff := cmp.Diff(want, s.Map()); diff != "" {
			t.Errorf("Map (-want +got):\n%s", diff)
		}
		if got := sessions.GetOr(s, "n", int64(0)); got != 1<<53+1 {
			t.Errorf("n = %d, want 2^53+1", got)
		}
		if _, ok := sessions.Get[string](s, "n"); ok {
			t.Error("a number can be read as a text")
		}
		s.Set("text", "x")
	})
	if len(resp.Cookies) > 0 {
		t.Error("setting the same value is a change")
	}
	resp = v.answer(done(func(s sessions.Session) { s.Set("bad", func() {}) }))
	if resp.Status != http.StatusInternalServerError || len(resp.Cookies) > 0 {
		t.Errorf("answer %d with cookies %v to a value that gob cannot encode, want 500 without",
			resp.Status, resp.Cookies)
	}
}

// A codec gets the name of the cookie on both ways, to bind the value to it.
func TestCodecSeesTheNameOfTheCookie(t *testing.T) {
	names := map[string]bool{}
	codec := spyCodec{plain{}, names}
	v := newVisit(t, sessions.Options{Codec: codec, CookieName: "sid"})
	v.do(func(s sessions.Session) { s.Set("a", 1) })
	if got := v.data()["a"]; got != 1 {
		t.Errorf("a = %v, want 1", got)
	}
	if diff := cmp.Diff(map[string]bool{"encode sid": true, "decode sid": true}, names); diff != "" {
		t.Errorf("the codec is called with (-want +got):\n%s", diff)
	}
}

// spyCodec notes the names it is called with.
type spyCodec struct {
	sessions.Codec
	names map[string]bool
}

func (c spyCodec) Encode(name string, data []byte) (string, error) {
	c.names["encode "+name] = true
	return c.Codec.Encode(name, data)
}

func (c spyCodec) Decode(name, value string) ([]byte, error) {
	c.names["decode "+name] = true
	return c.Codec.Decode(name, value)
}
