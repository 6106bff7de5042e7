package request_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

func compressed(t *testing.T, text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A body that is encoded is another thing than a malformed one, whoever reads it.
func TestContentEncoding(t *testing.T) {
	app := newApp()
	app.UseSessions(soay.NewKey())
	answer := func(read func(soay.Request) error) soay.Handler {
		return func(req soay.Request) soay.Response {
			if err := read(req); err != nil {
				return response.Error(err)
			}
			return response.NoContent()
		}
	}
	app.Post("/json", answer(func(req soay.Request) error { return req.JSON(new(map[string]any)) }))
	app.Post("/form", answer(func(req soay.Request) error { _, err := req.Form(); return err }))
	app.Post("/text", answer(func(req soay.Request) error { _, err := req.Text(); return err }))
	app.Post("/bytes", answer(func(req soay.Request) error { _, err := req.Bytes(); return err }))
	type whole struct{ A string }
	type field struct {
		A string `form:"a"`
	}
	soay.Post(app, "/typed", func(soay.Request, whole) (soay.NoContent, error) { return soay.NoContent{}, nil })
	soay.Post(app, "/typed/form", func(soay.Request, field) (soay.NoContent, error) { return soay.NoContent{}, nil })
	const jsonType, formType = "application/json", "application/x-www-form-urlencoded"
	for _, tt := range []struct {
		description, path, contentType, text string
		encoding                             []string
		want                                 int
	}{
		{"JSON", "/json", jsonType, `{"a":"b"}`, []string{"gzip"}, 415},
		{"JSON, in capitals", "/json", jsonType, `{"a":"b"}`, []string{"GZIP"}, 415},
		{"JSON, behind identity", "/json", jsonType, `{"a":"b"}`, []string{"identity, gzip"}, 415},
		{"JSON, in a second line", "/json", jsonType, `{"a":"b"}`, []string{"identity", "gzip"}, 415},
		{"a coding that is none", "/json", jsonType, `{"a":"b"}`, []string{"x-own"}, 415},
		{"form", "/form", formType, "a=b", []string{"gzip"}, 415},
		{"text", "/text", "text/plain", "a", []string{"br"}, 415},
		{"typed JSON", "/typed", jsonType, `{"a":"b"}`, []string{"gzip"}, 415},
		{"typed form", "/typed/form", formType, "a=b", []string{"gzip"}, 415},
		{"bytes as they are", "/bytes", jsonType, `{"a":"b"}`, []string{"gzip"}, 204},
		{"identity", "/json", jsonType, "", []string{"identity"}, 204},
		{"nothing", "/json", jsonType, "", []string{" , "}, 204},
	} {
		t.Run(tt.description, func(t *testing.T) {
			body := []byte("{}")
			if tt.text != "" {
				body = compressed(t, tt.text)
			}
			r := httptest.NewRequest("POST", tt.path, bytes.NewReader(body))
			r.Header.Set("Content-Type", tt.contentType)
			r.Header["Content-Encoding"] = tt.encoding
			w := serve(app, r)
			accepted := ""
			if tt.want == http.StatusUnsupportedMediaType {
				accepted = "identity"
			}
			if w.Code != tt.want || w.Header().Get("Accept-Encoding") != accepted {
				t.Errorf("status %d with Accept-Encoding %q, want %d with %q: %s",
					w.Code, w.Header().Get("Accept-Encoding"), tt.want, accepted, w.Body)
			}
		})
	}
}

// The token of a form is looked for before the handler runs, with the same answer.
func TestContentEncodingBeforeToken(t *testing.T) {
	app := newApp()
	app.UseSessions(soay.NewKey())
	app.UseAntiForgery()
	app.Post("/", func(soay.Request) soay.Response { return response.NoContent() })
	for _, contentType := range []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
		r := httptest.NewRequest("POST", "/", bytes.NewReader(compressed(t, "a=b")))
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Content-Encoding", "gzip")
		r.Header.Set("Cookie", "session=x")
		if w := serve(app, r); w.Code != http.StatusUnsupportedMediaType || w.Header().Get("Accept-Encoding") != "identity" {
			t.Errorf("%s: status %d, %v", contentType, w.Code, w.Header())
		}
	}
}
