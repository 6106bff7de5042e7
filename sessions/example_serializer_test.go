package sessions_test

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"net/http/httptest"
	"reflect"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// Gob keeps values with encoding/gob, so Get without a type gives back the type that was set. Types other than
// the basic ones must be registered with gob.Register.
type Gob struct{}

// box lets gob note the type of the value.
type box struct{ Value any }

// Encode implements sessions.Serializer.
func (Gob) Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(box{v})
	return b.Bytes(), err
}

// Decode implements sessions.Serializer.
func (Gob) Decode(data []byte, target any) error {
	var b box
	if err := gob.NewDecoder(bytes.NewReader(data)).Decode(&b); err != nil {
		return err
	}
	into, value := reflect.ValueOf(target).Elem(), reflect.ValueOf(b.Value)
	switch {
	case !value.IsValid():
		into.SetZero()
	case value.Type().AssignableTo(into.Type()):
		into.Set(value)
	default:
		return fmt.Errorf("the value is a %T, not a %v", b.Value, into.Type())
	}
	return nil
}

// A position on a map, with a type that JSON would lose.
type position struct{ X, Y complex128 }

func ExampleSerializer() {
	gob.Register(position{})
	app := soay.New()
	app.UseSessions(soay.NewKey(), sessions.Options{Serializer: Gob{}})

	app.Post("/", func(req soay.Request) soay.Response {
		req.Session.Set("position", position{X: 1 + 2i})
		return response.NoContent()
	})
	app.Get("/", func(req soay.Request) soay.Response {
		return response.Text(fmt.Sprintf("%#v", req.Session.Get("position")))
	})

	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest("POST", "http://localhost/", nil))
	r := httptest.NewRequest("GET", "http://localhost/", nil)
	r.Header.Set("Cookie", w.Header().Get("Set-Cookie"))
	w = httptest.NewRecorder()
	app.ServeHTTP(w, r)
	fmt.Println(w.Body)
	// Output: sessions_test.position{X:(1+2i), Y:(0+0i)}
}
