package antiforgery_test

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/response"
)

const field = antiforgery.DefaultFieldName

// The handler reads the whole form, in every way of reading it.
func TestHandlerReadsTheForm(t *testing.T) {
	readers := map[string]func(soay.Request) (string, error){
		"Form": func(req soay.Request) (string, error) {
			f, err := req.Form()
			return f.Get("a"), err
		},
		"Text": func(req soay.Request) (string, error) {
			text, err := req.Text()
			f, _ := url.ParseQuery(text)
			return f.Get("a"), err
		},
		"Body": func(req soay.Request) (string, error) {
			b, err := io.ReadAll(req.Body())
			f, _ := url.ParseQuery(string(b))
			return f.Get("a"), err
		},
		"HTTP": func(req soay.Request) (string, error) { return req.HTTP().FormValue("a"), nil },
		"FromHTTP": func(req soay.Request) (string, error) {
			var a string
			soay.FromHTTP(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { a = r.FormValue("a") }))(req)
			return a, nil
		},
		"WrapHTTP": func(req soay.Request) (string, error) {
			var a string
			soay.WrapHTTP(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a = r.FormValue("a"); next.ServeHTTP(w, r) })
			})(func(soay.Request) soay.Response { return response.NoContent() })(req)
			return a, nil
		},
	}
	for name, read := range readers {
		t.Run(name, func(t *testing.T) {
			v := newVisitor(t, newApp(t, antiforgery.Options{}, func(req soay.Request) soay.Response {
				if req.Path() == "/token" {
					return pages(req)
				}
				a, err := read(req)
				if err != nil {
					return response.Error(err)
				}
				return response.Text("passed " + a)
			}))
			w := v.do(form(url.Values{field: {v.token()}, "a": {"ä & b"}}))
			if w.Body.String() != "passed ä & b" {
				t.Errorf("status %d with %q, want the field", w.Code, w.Body)
			}
		})
	}
}

func TestFormsThatCannotBeRead(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, passed)
	tests := []struct {
		description string
		body        io.Reader
		want        int
	}{
		{"too large", strings.NewReader(strings.Repeat("a", 2<<20)), 413},
		{"too large, of unknown length", io.MultiReader(strings.NewReader(strings.Repeat("a", 2<<20))), 413},
		{"badly encoded", strings.NewReader("a=%zz"), 400},
		{"not UTF-8", strings.NewReader("a=\xff"), 400},
		{"too many fields", strings.NewReader(strings.Repeat("a=1&", 1000)), 400},
		{"cut off", io.MultiReader(strings.NewReader("a=1"), iotest.ErrReader(io.ErrUnexpectedEOF)), 400},
		{"too slow", iotest.ErrReader(os.ErrDeadlineExceeded), 408},
		{"empty", strings.NewReader(""), 403},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/", tt.body)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Cookie", "session=x")
			if w := attemptOf(app, r); w.Code != tt.want {
				t.Errorf("status %d with %q, want %d", w.Code, w.Body, tt.want)
			}
		})
	}
}

// part is one of a multipart body.
type part struct{ name, file, value string }

func multipartBody(parts ...part) (body, contentType string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		var to io.Writer
		if p.file != "" {
			to, _ = w.CreateFormFile(p.name, p.file)
		} else {
			to, _ = w.CreateFormField(p.name)
		}
		io.WriteString(to, p.value)
	}
	w.Close()
	return b.String(), w.FormDataContentType()
}

func TestMultipart(t *testing.T) {
	v := newVisitor(t, newApp(t, antiforgery.Options{}, pages))
	token := part{name: field, value: v.token()}
	file := part{"file", "a.bin", strings.Repeat("\r\n--x", 50_000)}
	tests := []struct {
		description string
		parts       []part
		want        string
	}{
		{"first", []part{token, file}, "passed"},
		{"alone", []part{token}, "passed"},
		{"twice", []part{token, token}, "passed"},
		{"second", []part{{name: "a", value: "1"}, token}, "token-missing"},
		{"behind a file", []part{file, token}, "token-missing"},
		{"missing", []part{{name: "a", value: "1"}}, "token-missing"},
		{"no part", nil, "token-missing"},
		{"empty", []part{{name: field}, file}, "token-missing"},
		{"as a file", []part{{field, "token.txt", token.value}}, "token-missing"},
		{"forged", []part{{name: field, value: "forged"}, token}, "token-invalid"},
		{"with a line break", []part{{name: field, value: token.value + "\r\n"}}, "token-invalid"},
		{"long", []part{{name: field, value: token.value + strings.Repeat("x", 2000)}}, "token-invalid"},
		{"huge", []part{{name: field, value: strings.Repeat("x", 500_000)}}, "token-invalid"},
		{"huge name", []part{{name: strings.Repeat("x", 500_000)}, token}, "token-missing"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			body, contentType := multipartBody(tt.parts...)
			w := v.do(attempt{header: []string{"Content-Type", contentType}, body: body})
			if got := outcome(w); got != tt.want {
				t.Fatalf("%s, want %s", got, tt.want)
			}
			if tt.want == "passed" && w.Body.String() != "passed "+body {
				t.Errorf("the handler has read %d bytes, want the %d that were sent", w.Body.Len()-7, len(body))
			}
		})
	}
}

func TestMultipartByHeader(t *testing.T) {
	v := newVisitor(t, newApp(t, antiforgery.Options{}, pages))
	body, contentType := multipartBody(part{"file", "a", "x"})
	w := v.do(attempt{header: []string{"Content-Type", contentType, antiforgery.DefaultHeaderName, v.token()}, body: body})
	if w.Body.String() != "passed "+body {
		t.Errorf("%d with %q, want it to pass", w.Code, w.Body)
	}
}

func TestHandlerReadsMultipart(t *testing.T) {
	v := newVisitor(t, newApp(t, antiforgery.Options{}, func(req soay.Request) soay.Response {
		if req.Path() == "/token" {
			return pages(req)
		}
		hr := req.HTTP()
		if err := hr.ParseMultipartForm(1 << 20); err != nil {
			return response.Error(err)
		}
		return response.Text("passed " + hr.FormValue("a"))
	}))
	body, contentType := multipartBody(part{name: field, value: v.token()}, part{name: "a", value: "1"}, part{"f", "f", strings.Repeat("x", 100_000)})
	w := v.do(attempt{header: []string{"Content-Type", contentType}, body: body})
	if w.Body.String() != "passed 1" {
		t.Errorf("%d with %q, want the field", w.Code, w.Body)
	}
}

func TestMalformedMultipart(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, passed)
	tests := []struct {
		description, contentType, body string
		want                           int
	}{
		{"no boundary", "multipart/form-data", "--b\r\n\r\n", 400},
		{"empty body", "multipart/form-data; boundary=b", "", 400},
		{"another boundary", "multipart/form-data; boundary=b", "--c\r\n\r\n", 400},
		{"no end of the headers", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"" + field + "\"\r\n", 403},
		{"no end of the part", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"" + field + "\"\r\n\r\nx", 400},
		{"bad header", "multipart/form-data; boundary=b", "--b\r\n: x\r\n\r\nx\r\n--b--\r\n", 400},
		{"no name", "multipart/form-data; boundary=b", "--b\r\n\r\nx\r\n--b--\r\n", 403},
		{"long preamble", "multipart/form-data; boundary=b", strings.Repeat("x\r\n", 5000) + "--b\r\n", 403},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			w := attempt{header: []string{"Content-Type", tt.contentType, "Cookie", "session=x"}, body: tt.body}.do(app)
			if w.Code != tt.want {
				t.Errorf("status %d with %q, want %d", w.Code, w.Body, tt.want)
			}
		})
	}
}

// counted counts the bytes that are read of a body.
type counted struct {
	io.Reader
	n int
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n += n
	return n, err
}

func TestMultipartIsNotBuffered(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, func(soay.Request) soay.Response { return response.Text("passed") })
	v := newVisitor(t, newApp(t, antiforgery.Options{}, pages))
	good, contentType := multipartBody(part{name: field, value: v.token()}, part{"f", "f", strings.Repeat("x", 1<<20)})
	bad := strings.Replace(good, field, "another", 1)
	for _, body := range []string{good, bad} {
		c := &counted{Reader: strings.NewReader(body)}
		r := httptest.NewRequest("POST", "http://localhost/", c)
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Cookie", v.cookies())
		attemptOf(app, r)
		if c.n > 8<<10 {
			t.Errorf("%d bytes were read to decide, want a few thousand", c.n)
		}
	}
}

// A client may send the beginning and wait: it is decided as soon as the first part is there.
func TestMultipartIsDecidedAtOnce(t *testing.T) {
	v := newVisitor(t, newApp(t, antiforgery.Options{}, pages))
	body, contentType := multipartBody(part{name: field, value: v.token()}, part{name: "a", value: "1"})
	beginning := body[:strings.LastIndex(body, "Content-Disposition")]
	failed := errors.New("read beyond the first part")
	app := newApp(t, antiforgery.Options{}, func(soay.Request) soay.Response { return response.Text("passed") })
	r := httptest.NewRequest("POST", "http://localhost/", io.MultiReader(strings.NewReader(beginning), iotest.ErrReader(failed)))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Cookie", v.cookies())
	if w := attemptOf(app, r); outcome(w) != "passed" {
		t.Errorf("status %d with %q, want it to pass", w.Code, w.Body)
	}
}

func TestMultipartThatCannotBeRead(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, passed)
	tests := []struct {
		err  error
		want int
	}{
		{os.ErrDeadlineExceeded, 408}, {io.ErrUnexpectedEOF, 400}, {errors.New("reset"), 400},
		{&http.MaxBytesError{Limit: 1}, 413},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader("--b\r\n"), iotest.ErrReader(tt.err)))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		r.Header.Set("Cookie", "session=x")
		if w := attemptOf(app, r); w.Code != tt.want {
			t.Errorf("%v: status %d with %q, want %d", tt.err, w.Code, w.Body, tt.want)
		}
	}
}

// closed notes that it was closed.
type closed struct {
	io.Reader
	done bool
}

func (c *closed) Close() error {
	c.done = true
	return nil
}

func TestBodyIsClosed(t *testing.T) {
	v := newVisitor(t, newApp(t, antiforgery.Options{}, pages))
	app := newApp(t, antiforgery.Options{}, func(req soay.Request) soay.Response {
		if err := req.HTTP().Body.Close(); err != nil {
			return response.Error(err)
		}
		return response.Text("passed")
	})
	body, contentType := multipartBody(part{name: field, value: v.token()})
	r := attempt{header: []string{"Content-Type", contentType, "Cookie", v.cookies()}}.request()
	c := &closed{Reader: strings.NewReader(body)}
	r.Body = c
	if got := outcome(attemptOf(app, r)); got != "passed" || !c.done {
		t.Errorf("%s, and the body is closed: %t; want passed and closed", got, c.done)
	}
}

// Whatever is sent as multipart, the handler reads just that, or does not run.
func FuzzMultipart(f *testing.F) {
	v := newVisitor(f, newApp(f, antiforgery.Options{}, pages))
	token, cookies := v.token(), v.cookies()
	const head = "--b\r\nContent-Disposition: form-data; name=\"" + field + "\"\r\n\r\n"
	for _, seed := range []string{
		head + "TOKEN\r\n--b--\r\n", head + "TOKEN\r\n--b\r\n\r\nx", head + "TOKEN", head, "--b", "", "\r\n" + head + "TOKEN\r\n--b--",
		strings.Replace(head, "form-data;", "form-data; filename=x;", 1) + "TOKEN\r\n--b--\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		body = strings.ReplaceAll(body, "TOKEN", token)
		w := attempt{header: []string{"Content-Type", "multipart/form-data; boundary=b", "Cookie", cookies}, body: body}.do(v.app)
		switch outcome(w) {
		case "passed":
			if w.Body.String() != "passed "+body || !strings.Contains(body, token) {
				t.Errorf("%q: the handler has read %q", body, w.Body)
			}
		case "token-missing", "token-invalid", http.StatusText(400):
		default:
			t.Errorf("%q: status %d with %q", body, w.Code, w.Body)
		}
	})
}

func TestMultipartTooLarge(t *testing.T) {
	v := newVisitor(t, newApp(t, antiforgery.Options{}, pages))
	body, contentType := multipartBody(part{name: field, value: v.token()}, part{"f", "f", strings.Repeat("x", 2<<20)})
	w := v.do(attempt{header: []string{"Content-Type", contentType}, body: body})
	if w.Code != 413 {
		t.Errorf("status %d, want 413 from the handler", w.Code)
	}
}
