package response_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/soay-go/soay/response"
)

func TestContent(t *testing.T) {
	stream := response.Stream("text/plain", func(w io.Writer) error { _, err := io.WriteString(w, "stream"); return err })
	for _, tt := range []struct {
		description string
		response    response.Response
		want        string
		wantOK      bool
	}{
		{"text", response.Text("a"), "a", true},
		{"nothing", response.NoContent(), "", true},
		{"JSON", response.JSON(1), "1", true},
		{"stream", stream, "", false},
		{"error", response.NotFound(), "", false},
		{"mistake", response.Text("a").WithHeader("X", "\n"), "", false},
		{"stream that was replaced", stream.WithContent("b"), "b", true},
		{"error that has got a page", response.NotFound().WithContent("b"), "b", true},
	} {
		if got, ok := tt.response.Content(); got != tt.want || ok != tt.wantOK {
			t.Errorf("%s: %q, %v; want %q, %v", tt.description, got, ok, tt.want, tt.wantOK)
		}
	}
}

func TestWithContent(t *testing.T) {
	stream := response.Stream("text/css", func(io.Writer) error { return errors.New("it must not be called") })
	for _, tt := range []struct {
		description string
		response    response.Response
		status      int
		want        string
		wantType    string
	}{
		{"text", response.Text("long text").WithContent("b"), 200, "b", "text/plain; charset=utf-8"},
		{"JSON", response.JSON(1).WithStatus(201).WithContent("{}"), 201, "{}", "application/json"},
		{"bytes", response.Bytes("image/png", []byte("a")).WithContent("b"), 200, "b", "image/png"},
		{"stream", stream.WithHeader("X-A", "1").WithContent("b"), 200, "b", "text/css"},
		{"stream, made one again", stream.WithContent("b").WithBody("text/x", bodyFunc(func(w http.ResponseWriter, _ *http.Request, status int) error {
			_, err := io.WriteString(w, "c")
			return err
		})), 200, "c", "text/x"},
		{"no content allowed", response.NoContent().WithContent("b"), 204, "", ""},
		{"mistake", response.Text("a").WithHeader("X", "\n").WithContent("b"), 500, "500 Internal Server Error\n", "text/plain; charset=utf-8"},
		{"error", response.NotFound().WithHeader("Content-Type", "text/x").WithContent("b"), 404, "b", "text/x"},
	} {
		w := send(tt.response)
		if w.Code != tt.status || w.Body.String() != tt.want || w.Header().Get("Content-Type") != tt.wantType {
			t.Errorf("%s: %d %q of type %s", tt.description, w.Code, w.Body, w.Header().Get("Content-Type"))
		}
	}
	original := response.Text("a")
	original.WithContent("b")
	if got, _ := original.Content(); got != "a" {
		t.Errorf("the original became %q", got)
	}
	if s := response.StateOf(stream.WithContent("b")); s.HasBody() || s.Streams() || s.IsFile() {
		t.Error("known bytes are taken for a stream")
	}
	if resp := response.NotFound("none").WithContent("b"); resp.Err() == nil || !strings.Contains(resp.Err().Error(), "none") {
		t.Errorf("the error became %v", resp.Err())
	}
}
