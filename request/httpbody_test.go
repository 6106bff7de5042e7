package request_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// looks are what middleware of net/http does with the body before it passes the request on.
var looks = []struct {
	description string
	look        func(*http.Request)
}{
	{"nothing", func(*http.Request) {}},
	{"ParseForm", func(hr *http.Request) { hr.ParseForm() }},
	{"FormValue", func(hr *http.Request) { hr.FormValue("name") }},
	{"reads all", func(hr *http.Request) { io.ReadAll(hr.Body) }},
	{"reads a part", func(hr *http.Request) { io.ReadFull(hr.Body, make([]byte, 3)) }},
	{"closes it", func(hr *http.Request) { hr.Body.Close() }},
	{"reads all, and puts it back", func(hr *http.Request) {
		b, _ := io.ReadAll(hr.Body)
		hr.Body = io.NopCloser(strings.NewReader(string(b)))
	}},
	{"wraps it", func(hr *http.Request) { hr.Body = io.NopCloser(io.MultiReader(hr.Body)) }},
}

// What net/http middleware reads of a body, the handler behind it can read again, in every way.
func TestBodyThatMiddlewareHasRead(t *testing.T) {
	const form = "name=Ada+Lovelace&name=2&empty="
	const formType = "application/x-www-form-urlencoded"
	handlers := map[string]func(soay.Request) (string, error){
		"Body": func(r soay.Request) (string, error) {
			b, err := io.ReadAll(r.Body())
			return string(b), err
		},
		"Bytes": func(r soay.Request) (string, error) {
			b, err := r.Bytes()
			return string(b), err
		},
		"Form": func(r soay.Request) (string, error) {
			f, err := r.Form()
			return "name=" + strings.ReplaceAll(f.Get("name"), " ", "+") + "&name=2&empty=" + f.Get("empty"), err
		},
		"HTTP": func(r soay.Request) (string, error) {
			if _, err := r.Bytes(); err != nil {
				return "", err
			}
			b, err := io.ReadAll(r.HTTP().Body)
			return string(b), err
		},
	}
	for _, l := range looks {
		for name, h := range handlers {
			app := newApp()
			app.Use(soay.WrapHTTP(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
					l.look(hr)
					next.ServeHTTP(w, hr)
				})
			}))
			app.Post("/", func(req soay.Request) soay.Response {
				got, err := h(req)
				if err != nil {
					return response.Error(err)
				}
				return response.Text(got)
			})
			for _, length := range []int64{int64(len(form)), -1} {
				hr := post(formType, strings.NewReader(form), length)
				hr.URL.Path = "/"
				if got := serve(app, hr).Body.String(); got != form {
					t.Errorf("%s, then %s, length %d: %q", l.description, name, length, got)
				}
			}
		}
	}
}

// The same for middleware around the whole app, which leaves nothing but the parsed form.
func TestFormThatWasParsedAroundTheApp(t *testing.T) {
	app := newApp()
	app.Post("/", func(req soay.Request) soay.Response {
		form, err := req.Form()
		if err != nil {
			return response.Error(err)
		}
		return response.Text(strings.Join(form["name"], ",") + " " + form.Get("sign"))
	})
	soay.Handle(app, "POST", "/typed", func(_ soay.Request, in struct {
		Name []string `form:"name"`
		Sign string   `form:"sign"`
	}) (soay.Response, error) {
		return response.Text(strings.Join(in.Name, ",") + " " + in.Sign), nil
	})
	for _, path := range []string{"/", "/typed"} {
		hr := post("application/x-www-form-urlencoded", strings.NewReader("name=a&name=b&sign=%26%3D+%2B"), 29)
		hr.URL.Path = path
		if err := hr.ParseForm(); err != nil {
			t.Fatal(err)
		}
		if got := serve(app, hr).Body.String(); got != "a,b &= +" {
			t.Errorf("%s: %q", path, got)
		}
	}
}

// A body that is too large to be kept is not taken for an empty or a short one.
func TestBodyThatIsTooLargeToBeKept(t *testing.T) {
	app := newApp(soay.Options{MaxBodyBytes: 8 << 20})
	var got error
	app.Use(soay.WrapHTTP(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
			io.CopyN(io.Discard, hr.Body, 2<<20)
			next.ServeHTTP(w, hr)
		})
	}))
	app.Post("/", func(req soay.Request) soay.Response {
		_, got = req.Bytes()
		return response.Error(got)
	})
	hr := post("", strings.NewReader(strings.Repeat("x", 3<<20)), 3<<20)
	hr.URL.Path = "/"
	if w := serve(app, hr); w.Code != 500 || got == nil || !strings.Contains(got.Error(), "too large to be kept") {
		t.Errorf("status %d, error %v", w.Code, got)
	}
}

// The limit holds for middleware of net/http, and for what reads after it.
func TestLimitOfBodyThatMiddlewareReads(t *testing.T) {
	app := newApp(soay.Options{MaxBodyBytes: 5})
	var looked error
	app.Use(soay.WrapHTTP(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
			_, looked = io.ReadAll(hr.Body)
			next.ServeHTTP(w, hr)
		})
	}))
	app.Post("/", func(req soay.Request) soay.Response {
		_, err := req.Bytes()
		return response.Error(err)
	})
	hr := post("", strings.NewReader("hello!"), -1)
	hr.URL.Path = "/"
	w := serve(app, hr)
	if tooMany := (*http.MaxBytesError)(nil); w.Code != 413 || !errors.As(looked, &tooMany) {
		t.Errorf("status %d, the middleware got %v", w.Code, looked)
	}
}

// What was read can be read again as often as one likes, and an error stays one.
func TestHTTPAfterBytes(t *testing.T) {
	req := begin(post("", strings.NewReader("hello"), 5))
	if _, err := req.Bytes(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if b, err := io.ReadAll(req.HTTP().Body); string(b) != "hello" || err != nil {
			t.Errorf("%q, %v", b, err)
		}
	}
	short := begin(post("", strings.NewReader("hell"), 5))
	_, want := short.Bytes()
	if _, err := io.ReadAll(short.HTTP().Body); err == nil || err != want {
		t.Errorf("after %v: %v", want, err)
	}
	if b, err := io.ReadAll(request.StateOf(req).HTTPBody()); string(b) != "hello" || err != nil {
		t.Errorf("for middleware: %q, %v", b, err)
	}
}
