package antiforgery_test

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request/requesttest"
)

// The check looks for the token in a body before the handler does. A client that does not send it gets
// 408 when the time for a body is over, and others need not wait for that.
func TestSlowForms(t *testing.T) {
	const field = antiforgery.DefaultFieldName
	for _, tt := range []struct{ description, contentType, begin string }{
		{"a form", "application/x-www-form-urlencoded", field + "="},
		{"a form with files", "multipart/form-data; boundary=b",
			"--b\r\nContent-Disposition: form-data; name=\"" + field + "\"\r\n\r\nabc"},
		{"a form with files that has no part yet", "multipart/form-data; boundary=b", "--"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := requesttest.New(t, newFormApp(withSessions), requesttest.Options{OldBrowser: true, Timeout: time.Minute})
				c.Get("/token") // begins a session
				body, more := io.Pipe()
				go io.WriteString(more, tt.begin)
				time.AfterFunc(time.Second, func() {
					if got := c.Get("/form").Status; got != http.StatusOK {
						t.Errorf("another request = %d meanwhile", got)
					}
				})
				begin := time.Now()
				resp := c.Post("/save", requesttest.With{Body: body, Header: http.Header{"Content-Type": {tt.contentType}}})
				if took := time.Since(begin); resp.Status != http.StatusRequestTimeout || took != 30*time.Second {
					t.Errorf("got %d after %v, want 408 after 30s", resp.Status, took)
				}
				more.Close()
			})
		})
	}
}
