package ui_test

import (
	"log/slog"
	"net/http"
	"regexp"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/router/openapi/ui"
)

// newClient returns a client of an app that has both pages, at the top and below prefixes.
func newClient(t *testing.T) *requesttest.Client {
	t.Helper()
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	mount := func(path string, d *ui.Documentation) {
		app.Get(path, d.Page)
		app.Get(path+"/{asset}", d.Asset)
	}
	mount("/docs", ui.Swagger("/openapi.json", "Cats"))
	mount("/redoc", ui.ReDoc("/openapi.json", "Cats"))
	mount("/api/v1/docs", ui.Swagger("/api/v1/openapi.json", "Cats"))
	mount("/{who}/docs", ui.Swagger("/openapi.json?for=a&b=<c>", "Cats"))
	mount("/hostile", ui.Swagger(`/a"><script src=//evil.example>`, `</title><script>alert("1")</script>&amp;`))
	return requesttest.New(t, app)
}

var attribute = regexp.MustCompile(`(?:href|src|data-spec)="(\./[^"]*|\.\./[^"]*)"`)

// links returns the relative URLs in a page, in their order.
func links(page *requesttest.Response) []string {
	var found []string
	for _, match := range attribute.FindAllStringSubmatch(page.Text(), -1) {
		found = append(found, match[1])
	}
	return found
}

var hash = regexp.MustCompile(`\.[0-9a-f]{16}\.`)

// withoutHashes takes out of names what depends on the content of the files.
func withoutHashes(names []string) []string {
	short := make([]string, len(names))
	for i, name := range names {
		short[i] = hash.ReplaceAllString(name, ".")
	}
	return short
}

func accepting(encoding string) requesttest.With {
	return requesttest.With{Header: http.Header{"Accept-Encoding": {encoding}}}
}
