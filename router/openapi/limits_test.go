package openapi_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/router/openapi"
)

// The errors of limits are those of the routes that have them, with their headers.
func TestLimits(t *testing.T) {
	rate := soay.Rate{Requests: 1, Per: time.Hour}
	own := openapi.Options{Error: openapi.Response{Value: ownFailure{}}}
	tests := []struct {
		description string
		set         func(*soay.App)
		options     openapi.Options
		want        []string // the statuses of /a and /b, each with its headers
	}{
		{"none", func(*soay.App) {}, openapi.Options{}, []string{"a 200", "b 200"}},
		{"a route", func(a *soay.App) { a.Get("/a", plain).RateLimit(rate) }, openapi.Options{},
			[]string{"a 200", "a 429 RateLimit,RateLimit-Policy,Retry-After", "b 200"}},
		{"a route that is limited and one that says so", func(a *soay.App) {
			a.Get("/b", plain).Doc(router.Doc{Errors: []int{429}})
			a.Get("/a", plain).RateLimit(rate)
		}, openapi.Options{}, []string{"a 200", "a 429 RateLimit,RateLimit-Policy,Retry-After", "b 200",
			"b 429 RateLimit,RateLimit-Policy,Retry-After"}},
		{"a group", func(a *soay.App) { a.Group("/").RateLimit(rate).MaxConcurrent(2).Get("/a", plain) }, openapi.Options{},
			[]string{"a 200", "a 429 RateLimit,RateLimit-Policy,Retry-After", "a 503 Retry-After", "b 200"}},
		{"the app", func(a *soay.App) { a.UseRateLimit(rate) }, openapi.Options{},
			[]string{"a 200", "a 429 RateLimit,RateLimit-Policy,Retry-After", "b 200", "b 429 RateLimit,RateLimit-Policy,Retry-After"}},
		{"a format of its own", func(a *soay.App) {
			a.Get("/a", plain).MaxConcurrent(2)
			a.HandleStatus(503, func(soay.Request) soay.Response { return response.JSON(ownFailure{}) })
		}, own, []string{"a 200", "a 503 Retry-After", "b 200"}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app := soay.New(soay.Options{Env: "production"})
			app.UseOpenAPI(openapi.Info{Title: "Cats", Version: "1"}, tt.options)
			tt.set(app)
			var known []string
			for _, route := range app.Routes() {
				known = append(known, route.Pattern)
			}
			for _, path := range []string{"/a", "/b"} {
				if !slices.Contains(known, path) {
					app.Get(path, plain)
				}
			}
			var text bytes.Buffer
			if err := soay.WriteOpenAPI(app, &text); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, answersOf(decode(t, text.Bytes()))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func plain(soay.Request) soay.Response { return response.NoContent() }

// answersOf lists the answers of /a and /b with their headers.
func answersOf(document any) []string {
	var list []string
	for _, path := range []string{"a", "b"} {
		for _, status := range []string{"200", "429", "503"} {
			r := at(document, "paths", "/"+path, "get", "responses", status)
			if r == nil {
				continue
			}
			if ref, ok := at(r, "$ref").(string); ok {
				r = at(document, "components", "responses", strings.TrimPrefix(ref, "#/components/responses/"))
			}
			var names []string
			headers, _ := at(r, "headers").(map[string]any)
			for name := range headers {
				names = append(names, name)
			}
			slices.Sort(names)
			list = append(list, strings.TrimSpace(path+" "+status+" "+strings.Join(names, ",")))
		}
	}
	return list
}
