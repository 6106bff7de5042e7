package docs_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

func cachingDefaults() map[string]check {
	tagged := response.Text("hi").WithETag("v7")
	return map[string]check{
		"Answer that says nothing of caches": says("no `Cache-Control`", func(t *testing.T) {
			if got := newClient(t, text("hi")).Get("/").Header["Cache-Control"]; got != nil {
				t.Errorf("Cache-Control %q", got)
			}
		}),
		"Answer with a tag that the client has": conditionalStatus(tagged),
		"Answer with a tag and `no-store`":      conditionalStatus(tagged.WithHeader("Cache-Control", "no-store")),
		"Answer without a tag": says("no tag", func(t *testing.T) {
			if got := newClient(t, text("hi")).Get("/").Header["Etag"]; got != nil {
				t.Errorf("ETag %q", got)
			}
		}),
		"Content with a tag by `UseETags`": hashedContent,
		"Change without a condition": func(t *testing.T, cell string) {
			app := soay.New()
			app.Put("/", func(req soay.Request) soay.Response {
				if err := req.Preconditions(request.Validators{ETag: "v7"}); err != nil {
					return response.Error(err)
				}
				return response.NoContent()
			})
			if got := requesttest.New(t, app).Do("PUT", "/").Status; got != number(t, cell, "") {
				t.Errorf("status %d, the page says %s", got, cell)
			}
		},
		"Ranges of one request": rangesOfOneRequest,
		"Type of a file with an unknown extension": func(t *testing.T, cell string) {
			path := filepath.Join(t.TempDir(), "a.unknown")
			if err := os.WriteFile(path, []byte("<p>hi"), 0o600); err != nil {
				t.Fatal(err)
			}
			c := newClient(t, func(soay.Request) soay.Response { return response.File(path) })
			if got := c.Get("/").Header.Get("Content-Type"); "`"+got+"`" != cell {
				t.Errorf("content type %s, the page says %s", got, cell)
			}
		},
	}
}

// conditionalStatus checks the status for a client that has the version of resp.
func conditionalStatus(resp response.Response) check {
	return func(t *testing.T, cell string) {
		c := newClient(t, func(soay.Request) soay.Response { return resp })
		got := c.Get("/", requesttest.With{Header: http.Header{"If-None-Match": {resp.Header("ETag")}}})
		if got.Status != number(t, cell, "") {
			t.Errorf("status %d, the page says %s", got.Status, cell)
		}
	}
}

func hashedContent(t *testing.T, cell string) {
	most := number(t, cell, "MiB")
	for _, size := range []int{most, most + 1} {
		app := soay.New()
		app.UseETags()
		app.Get("/", text(strings.Repeat("x", size)))
		if tag := requesttest.New(t, app).Get("/").Header.Get("Etag"); (tag != "") != (size == most) {
			t.Errorf("%d bytes have the tag %q, the page says %s", size, tag, cell)
		}
	}
}

func rangesOfOneRequest(t *testing.T, cell string) {
	most := number(t, cell, "")
	resp := response.Text(strings.Repeat("x", 1000)).WithHeader("Accept-Ranges", "bytes")
	c := newClient(t, func(soay.Request) soay.Response { return resp })
	for n, want := range map[int]int{most: 206, most + 1: 200} {
		var ranges []string
		for i := range n {
			ranges = append(ranges, []string{"0-0", "2-2", "4-4", "6-6", "8-8", "10-10", "12-12", "14-14", "16-16", "18-18", "20-20",
				"22-22", "24-24", "26-26", "28-28", "30-30", "32-32"}[i%17])
		}
		got := c.Get("/", requesttest.With{Header: http.Header{"Range": {"bytes=" + strings.Join(ranges, ",")}}})
		if got.Status != want {
			t.Errorf("%d ranges: status %d, want %d", n, got.Status, want)
		}
	}
}
