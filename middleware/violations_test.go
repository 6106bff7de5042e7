package middleware_test

import (
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// A problem that has nothing but its status and faults is not taken for one that has nothing but its status.
func TestFaults(t *testing.T) {
	app := newApp()
	invalid := func(rule string) *problem.Problem {
		return &problem.Problem{Status: 422, Violations: []problem.Violation{{In: "body", Rule: rule, Detail: "is " + rule}}}
	}
	app.Get("/bare", func(soay.Request) soay.Response { return response.Error(problem.New(422, "")) })
	app.Get("/a", func(soay.Request) soay.Response { return response.Error(invalid("a")) })
	app.Get("/b", func(soay.Request) soay.Response { return response.Error(invalid("b")) })
	app.Get("/status", func(soay.Request) soay.Response { return response.Error(invalid("a")).WithStatus(400) })
	app.Get("/extension", func(soay.Request) soay.Response {
		return response.Error(invalid("a").With("f", func() {}))
	})
	for _, tt := range []struct {
		description string
		path        string
		wantStatus  int
		want        string // in all forms
		refuse      string
	}{
		{"no faults", "/bare", 422, "Unprocessable Entity", "is "},
		{"faults", "/a", 422, "is a", "is b"},
		{"other faults", "/b", 422, "is b", "is a"},
		{"no faults again", "/bare", 422, "Unprocessable Entity", "is "},
		{"a status of the response's own", "/status", 400, "is a", "422"},
		{"an extension that cannot be encoded", "/extension", 422, "is a", "is b"},
	} {
		for _, header := range [][]string{nil, forPages, forPrograms} {
			w := do(app, "GET", tt.path, header...)
			if got := w.Body.String(); w.Code != tt.wantStatus || !strings.Contains(got, tt.want) || strings.Contains(got, tt.refuse) {
				t.Errorf("%s, accepting %v: %d %s, want %d with %q and without %q",
					tt.description, header, w.Code, got, tt.wantStatus, tt.want, tt.refuse)
			}
		}
	}
}
