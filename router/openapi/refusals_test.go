package openapi_test

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router/openapi"
)

// resolved returns the response of GET /a with a status, behind a reference.
func resolved(document any, status string) any {
	r := at(document, "paths", "/a", "get", "responses", status)
	if ref, ok := at(r, "$ref").(string); ok {
		return at(document, "components", "responses", strings.TrimPrefix(ref, "#/components/responses/"))
	}
	return r
}

// listedOf lists the responses of GET /a with their headers.
func listedOf(document any) []string {
	var list []string
	responses, _ := at(document, "paths", "/a", "get", "responses").(map[string]any)
	for _, status := range slices.Sorted(maps.Keys(responses)) {
		headers, _ := at(resolved(document, status), "headers").(map[string]any)
		list = append(list, strings.TrimSpace(status+" "+strings.Join(slices.Sorted(maps.Keys(headers)), ",")))
	}
	return list
}

// The rule of a route says which errors its clients can get.
func TestRefusals(t *testing.T) {
	key := func(a *soay.App) { a.AddScheme("key", keyScheme) }
	cookie := func(a *soay.App) { a.AddScheme("cookie", cookieScheme) }
	own := func(a *soay.App) {
		a.AddScheme("own", auth.Func(func(soay.Request) (*soay.Identity, error) { return nil, nil }))
	}
	const challenge, wait = "401 WWW-Authenticate", "503 Retry-After"
	for _, tt := range []struct {
		description string
		set         func(*soay.App)
		rules       []soay.Auth // nil for none
		want        []string
	}{
		{"no rule", key, nil, []string{"200"}},
		{"any client", key, []soay.Auth{{}}, []string{"200", "400", challenge, "429 Retry-After", wait}},
		{"optional", key, []soay.Auth{{Optional: true}}, []string{"200", "400", challenge, "429 Retry-After", wait}},
		{"a role", key, []soay.Auth{{Roles: []string{"r"}}}, []string{"200", "400", challenge, "403", "429 Retry-After", wait}},
		{"a scope", key, []soay.Auth{{Scopes: []string{"r"}}}, []string{"200", "400", challenge, "403", "429 Retry-After", wait}},
		{"a policy", key, []soay.Auth{{Policies: []string{"p"}}}, []string{"200", "400", challenge, "403", "429 Retry-After", wait}},
		{"an age", key, []soay.Auth{{MaxAge: time.Hour}}, []string{"200", "400", challenge, "429 Retry-After", wait}},
		{"a cookie, of which a bad one is nobody's", cookie, []soay.Auth{{}}, []string{"200", challenge, wait}},
		{"an optional cookie", cookie, []soay.Auth{{Optional: true}}, []string{"200", wait}},
		{"a function, which clients are not counted for", own, []soay.Auth{{}}, []string{"200", "400", challenge, wait}},
		{"a cookie of two schemes", func(a *soay.App) { key(a); cookie(a) }, []soay.Auth{{Schemes: []string{"cookie"}}},
			[]string{"200", challenge, wait}},
		{"nothing is counted", func(a *soay.App) {
			key(a)
			a.UseAuthentication(auth.Options{Throttle: auth.ThrottleOptions{Off: true}})
		}, []soay.Auth{{}}, []string{"200", "400", challenge, wait}},
		{"limits beside it", func(a *soay.App) {
			key(a)
			a.UseRateLimit(soay.Rate{Requests: 100, Per: time.Hour})
		}, []soay.Auth{{}}, []string{"200", "400", challenge, "429 RateLimit,RateLimit-Policy,Retry-After", wait}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			document := written(t, newGuarded(func(a *soay.App) {
				tt.set(a)
				a.AddPolicy("p", allow)
				if route := a.Get("/a", plain); tt.rules != nil {
					route.Auth(tt.rules...)
				}
			}))
			if diff := cmp.Diff(tt.want, listedOf(document)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Each refusal has the status, the format and the members that the document tells.
func TestRefusalsAgree(t *testing.T) {
	own := openapi.Options{Error: openapi.Response{Value: ownFailure{}}}
	for _, tt := range []struct {
		description string
		options     openapi.Options
		set         func(*soay.App)
		want        string // the formats of 400, 401, 403 and 503
	}{
		{"no handlers of errors", own, func(*soay.App) {}, "problem, problem, problem, problem"},
		{"a handler of refusals", own, func(a *soay.App) {
			soay.HandleError(a, func(req soay.Request, _ *auth.RefusedError) soay.Response { return inOwnFormat(req) })
		}, "own, own, own, problem"},
		{"a handler of outages", own, func(a *soay.App) {
			soay.HandleError(a, func(req soay.Request, _ *auth.UnavailableError) soay.Response {
				return inOwnFormat(req).WithHeader("Retry-After", "2")
			})
		}, "problem, problem, problem, own"},
		{"a handler of a status", own, func(a *soay.App) { a.HandleStatus(403, inOwnFormat) }, "problem, problem, own, problem"},
		{"a format that is not told", openapi.Options{}, func(a *soay.App) { a.HandleStatus(401, inOwnFormat) },
			"problem, , problem, problem"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			app := newGuarded(func(a *soay.App) {
				a.AddScheme("bearer", bearerScheme)
				a.AddPolicy("never", func(soay.Request, *soay.Identity) error { return auth.ErrDenied })
				soay.Get(a, "/a", func(soay.Request, struct{}) (string, error) { return "", nil }).Auth(soay.Auth{Policies: []string{"never"}})
				tt.set(a)
			}, tt.options)
			document := written(t, app)
			var formats []string
			for _, status := range []string{"400", "401", "403", "503"} {
				content, _ := at(resolved(document, status), "content").(map[string]any)
				names := strings.Join(slices.Sorted(maps.Keys(content)), " ")
				formats = append(formats, strings.NewReplacer("application/problem+json", "problem", "application/json", "own").Replace(names))
			}
			if got := strings.Join(formats, ", "); got != tt.want {
				t.Errorf("the document tells %q, want %q", got, tt.want)
			}
			checkRefusals(t, requesttest.New(t, app), document)
		})
	}
}

// checkRefusals lets an app refuse requests, and compares the responses with the document.
func checkRefusals(t *testing.T, c *requesttest.Client, document any) {
	t.Helper()
	for _, tt := range []struct {
		credential string
		status     string
		reason     string
	}{
		{"", "401", "credentials-missing"},
		{"wrong", "401", "credentials-invalid"},
		{"malformed", "400", "credentials-malformed"},
		{"outage", "503", ""},
		{"good", "403", "not-allowed"},
	} {
		var with requesttest.With
		if tt.credential != "" {
			with.Header = http.Header{"Authorization": {"Bearer " + tt.credential}}
		}
		got := c.Get("/a", with)
		if strconv.Itoa(got.Status) != tt.status {
			t.Errorf("%q is answered with %d, want %s", tt.credential, got.Status, tt.status)
			continue
		}
		told := resolved(document, tt.status)
		mediaType, _, _ := strings.Cut(got.Header.Get("Content-Type"), ";")
		content, _ := at(told, "content").(map[string]any)
		if content != nil && content[mediaType] == nil {
			t.Errorf("%s is sent as %s, and the document tells %v", tt.status, mediaType, content)
		}
		headers, _ := at(told, "headers").(map[string]any)
		for name := range headers {
			if got.Header.Get(name) == "" {
				t.Errorf("%s has no header %s", tt.status, name)
			}
		}
		if mediaType == "application/problem+json" {
			problem := decode(t, got.Body)
			if err := compile(t, false, document, "components", "schemas", "Problem").Validate(problem); err != nil {
				t.Error(err)
			}
			if reason, _ := at(problem, "reason").(string); reason != tt.reason {
				t.Errorf("the reason is %q, want %q", reason, tt.reason)
			}
		}
	}
}

// The schema of problems has the member reason only where clients can be refused.
func TestReason(t *testing.T) {
	for _, tt := range []struct {
		description string
		rule        bool
		want        bool
	}{{"a rule", true, true}, {"none", false, false}} {
		t.Run(tt.description, func(t *testing.T) {
			document := written(t, newGuarded(func(a *soay.App) {
				a.AddScheme("key", keyScheme)
				route := a.Get("/a", func(soay.Request) soay.Response { return response.NotFound() }).Doc(openapi.Doc{Errors: []int{404}})
				if tt.rule {
					route.Auth()
				}
			}))
			if got := at(document, "components", "schemas", "Problem", "properties", "reason") != nil; got != tt.want {
				t.Errorf("it is there: %t, want %t", got, tt.want)
			}
		})
	}
}
