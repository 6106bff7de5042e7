package sessions_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// Signed is a Codec that signs and does not encrypt: everybody can read the session, and only the server can
// make one.
type Signed struct{ Key []byte }

// Encode implements sessions.Codec.
func (s Signed) Encode(name string, data []byte) (string, error) {
	return base64.RawURLEncoding.EncodeToString(append(data, s.mac(name, data)...)), nil
}

// Decode implements sessions.Codec.
func (s Signed) Decode(name, value string) ([]byte, error) {
	// Strict, and without line breaks, so that a session has only one spelling.
	b, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil || strings.ContainsAny(value, "\r\n") {
		return nil, errors.New("the value is not base64url")
	}
	if len(b) < sha256.Size {
		return nil, errors.New("the value is too short")
	}
	data, mac := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	if !hmac.Equal(mac, s.mac(name, data)) {
		return nil, errors.New("the signature is wrong")
	}
	return data, nil
}

// mac binds the data to the name of the cookie. No name has a NUL in it, so no other name and data look the
// same.
func (s Signed) mac(name string, data []byte) []byte {
	h := hmac.New(sha256.New, s.Key)
	h.Write([]byte("my app's session\x00" + name + "\x00"))
	h.Write(data)
	return h.Sum(nil)
}

func ExampleCodec() {
	app := soay.New()
	app.UseSessions("", sessions.Options{Codec: Signed{Key: []byte(soay.NewKey())}})

	app.Post("/", func(req soay.Request) soay.Response {
		req.Session.Set("user", "ann")
		return response.NoContent()
	})
	app.Get("/", func(req soay.Request) soay.Response {
		return response.Text(sessions.GetOr(req.Session, "user", "nobody"))
	})

	send := func(method, cookie string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest(method, "http://localhost/", nil)
		r.Header.Set("Cookie", cookie)
		app.ServeHTTP(w, r)
		return w
	}
	cookie, _, _ := strings.Cut(send("POST", "").Header().Get("Set-Cookie"), ";")
	data, _ := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(cookie, "session="))
	fmt.Println("readable:", strings.Contains(string(data), "ann"))
	fmt.Println("user:", send("GET", cookie).Body)
	fmt.Println("user of a changed cookie:", send("GET", strings.Replace(cookie, "=", "=A", 1)).Body)
	// Output:
	// readable: true
	// user: ann
	// user of a changed cookie: nobody
}
