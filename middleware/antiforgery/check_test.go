package antiforgery_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// methods other than the safe ones, in odd spellings too.

var methods = []string{
	"POST", "PUT", "PATCH", "DELETE", "PURGE", "post", "Post", "get", "Get", "head", "options", "Trace", "CONNECT",
	"PROPFIND", "QUERY", "GETX", "X",
}

var cookies = []string{"", "session=x", "other=1"}

var contentTypes = []string{
	"", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain", "application/json",
	"text/plain; application/json", "nonsense",
}

// every makes all combinations of cookies and content types.

func every(f func(cookie, contentType string, header []string)) {
	for _, cookie := range cookies {
		for _, contentType := range contentTypes {
			var h []string
			if cookie != "" {
				h = append(h, "Cookie", cookie)
			}
			if contentType != "" {
				h = append(h, "Content-Type", contentType)
			}
			f(cookie, contentType, h)
		}
	}
}

func TestSafeMethodsAreNeverChecked(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, passed)
	hostile := [][]string{
		{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "x"},
	}
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "TRACE"} {
		for _, h := range hostile {
			every(func(_, _ string, more []string) {
				w := attempt{method: method, header: append(more, h...), body: "a=1"}.do(app)
				if w.Code != 200 {
					t.Errorf("%s with %q and %q: status %d, want 200", method, h, more, w.Code)
				}
			})
		}
	}
}

func TestCrossOriginByMethod(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, passed)
	tests := []struct {
		description string
		header      []string
		want        string
	}{
		{"same origin", []string{"Sec-Fetch-Site", "same-origin"}, "passed"},
		{"same origin behind a proxy", []string{"Sec-Fetch-Site", "same-origin", "Origin", "https://public.example"}, "passed"},
		{"user's own doing", []string{"Sec-Fetch-Site", "none"}, "passed"},
		{"same site", []string{"Sec-Fetch-Site", "same-site"}, "cross-origin"},
		{"cross site", []string{"Sec-Fetch-Site", "cross-site"}, "cross-origin"},
		{"cross site, own Origin", []string{"Sec-Fetch-Site", "cross-site", "Origin", "http://site.example"}, "cross-origin"},
		{"same site, own Origin", []string{"Sec-Fetch-Site", "same-site", "Origin", "http://site.example"}, "cross-origin"},
		{"unknown site", []string{"Sec-Fetch-Site", "elsewhere"}, "cross-origin"},
		{"empty site", []string{"Sec-Fetch-Site", ""}, "cross-origin"},
		{"site in capitals", []string{"Sec-Fetch-Site", "Same-Origin"}, "cross-origin"},
		{"site with a space", []string{"Sec-Fetch-Site", "same-origin "}, "cross-origin"},
		{"list of sites", []string{"Sec-Fetch-Site", "same-origin, same-origin"}, "cross-origin"},
		{"two sites", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Site", "cross-site"}, "cross-origin"},
		{"own Origin", []string{"Origin", "http://site.example"}, "passed"},
		{"other Origin", []string{"Origin", "http://evil.example"}, "cross-origin"},
		{"header in lower case", []string{"sec-fetch-site", "cross-site"}, "cross-origin"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			for _, method := range methods {
				every(func(_, _ string, more []string) {
					w := attempt{method: method, header: append(more, tt.header...), body: "a=1"}.do(app)
					if got := outcome(w); got != tt.want {
						t.Errorf("%s with %q: %s, want %s", method, more, got, tt.want)
					}
				})
			}
		})
	}
}

// A Referer neither helps nor harms.

func TestRefererDoesNotCount(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, passed)
	for _, referer := range []string{"http://site.example/", "https://evil.example/", ""} {
		h := []string{"Referer", referer, "Content-Type", "application/x-www-form-urlencoded"}
		if got := outcome(attempt{header: h}.do(app)); got != "passed" {
			t.Errorf("without a cookie: %s, want passed", got)
		}
		if got := outcome(attempt{header: append(h, "Cookie", "session=x")}.do(app)); got != "token-missing" {
			t.Errorf("with a cookie: %s, want token-missing", got)
		}
	}
}

// What comes without the headers of browsers needs a token if a cookie is there and a browser could have sent it unasked.

func TestRequestsWithoutHeaders(t *testing.T) {
	app := newApp(t, antiforgery.Options{Cookies: []string{"identity"}}, passed)
	types := []struct {
		value  string
		simple bool
	}{
		{"application/x-www-form-urlencoded", true},
		{"Application/X-WWW-Form-Urlencoded; charset=utf-8", true},
		{"multipart/form-data; boundary=b", true},
		{"MULTIPART/FORM-DATA; boundary=b", true},
		{"text/plain", true},
		{" text/plain ", true},
		{"text/plain;charset=UTF-8", true},
		{"text/plain; application/json", true},
		{"text/plain; x=\"application/json\"", true},
		{"text/plain, application/json", true},
		{"application/json, text/plain", true},
		{"text/ping", true},
		{"application/csp-report", true},
		{"", true},
		{"json", true},
		{"application/json x", true},
		{"application/json; x", true},
		{"application/json;", false},
		{"application/json", false},
		{"application/json; charset=utf-8", false},
		{"application/problem+json", false},
		{"application/xml", false},
		{"text/html", false},
		{"application/octet-stream", false},
	}
	cookies := []struct {
		value      string
		identifies bool
	}{
		{"", false}, {"a=b", false}, {"sessions=x", false}, {"xsession=x", false}, {"Session=x", false},
		{"session=x", true}, {"a=b; session=x", true}, {"session=", true}, {"session", true}, {" session =x", true},
		{"identity=x", true}, {"a=b;identity=\"bad\x7f\"", true}, {strings.Repeat("a=b; ", 500) + "session=x", true},
		{"__Host-session=x", false}, // over http the session has another cookie
	}
	for _, method := range methods {
		for _, typ := range types {
			for _, c := range cookies {
				w := attempt{method: method, header: []string{"Cookie", c.value, "Content-Type", typ.value}, body: "{}"}.do(app)
				got, want := outcome(w), "passed"
				if typ.simple && c.identifies {
					want = "token-missing"
					if strings.HasPrefix(strings.ToLower(typ.value), "multipart") {
						want = http.StatusText(400) // {} is no such body
					}
				}
				if got != want {
					t.Errorf("%s, type %q, cookie %.40q: %s, want %s", method, typ.value, c.value, got, want)
				}
			}
		}
	}
}

func TestRequestsWithoutContentType(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, passed)
	tests := []struct {
		method, body string
		want         string
	}{
		{"POST", "", "passed"},
		{"post", "", "passed"},
		{"POST", "a=1", "token-missing"},
		{"DELETE", "", "passed"},
		{"DELETE", "x", "token-missing"},
		{"PUT", "x", "token-missing"},
		{"PURGE", "", "passed"},
	}
	for _, tt := range tests {
		w := attempt{method: tt.method, header: []string{"Cookie", "session=x"}, body: tt.body}.do(app)
		if got := outcome(w); got != tt.want {
			t.Errorf("%s with body %q: %s, want %s", tt.method, tt.body, got, tt.want)
		}
	}
	r := attempt{method: "PUT", header: []string{"Cookie", "session=x"}, body: "x"}.request()
	r.ContentLength = -1 // chunked
	r.Header.Set("Accept", "application/json")
	if got := outcome(attemptOf(app, r)); got != "token-missing" {
		t.Errorf("PUT of unknown length: %s, want token-missing", got)
	}
}

func TestTwoContentTypes(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, passed)
	w := attempt{header: []string{
		"Cookie", "session=x", "Content-Type", "application/json", "Content-Type", "text/plain",
	}}.do(app)
	if got := outcome(w); got != "token-missing" {
		t.Errorf("%s, want token-missing", got)
	}
}

func TestCookieInSeveralLines(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, passed)
	w := attempt{header: []string{"Cookie", "a=b", "Cookie", "session=x", "Content-Type", "text/plain"}}.do(app)
	if got := outcome(w); got != "token-missing" {
		t.Errorf("%s, want token-missing", got)
	}
}

func TestCookieNameFollowsTheScheme(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, passed)
	w := attempt{target: "https://site.example/", header: []string{"Cookie", "__Host-session=x", "Content-Type", "text/plain"}}.do(app)
	if got := outcome(w); got != "token-missing" {
		t.Errorf("%s, want token-missing", got)
	}
}

func TestKeys(t *testing.T) {
	app := newApp(t, antiforgery.Options{
		KeyHeaders: []string{"x-api-key"}, KeySchemes: []string{"Cats"}, Cookies: []string{"identity"},
	}, passed)
	cross := []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://spa.example"}
	tests := []struct {
		description string
		header      []string
		want        string
	}{
		{"bearer", []string{"Authorization", "Bearer abc"}, "passed"},
		{"bearer in capitals", []string{"authorization", "BEARER abc"}, "passed"},
		{"API key in Authorization", []string{"Authorization", "ApiKey abc"}, "passed"},
		{"a scheme of the app", []string{"Authorization", "cats abc"}, "passed"},
		{"a scheme of the app with a session", []string{"Authorization", "Cats abc", "Cookie", "session=x"}, "cross-origin"},
		{"API key in a header", []string{"X-API-Key", "abc"}, "passed"},
		{"empty API key", []string{"X-API-Key", ""}, "cross-origin"},
		{"bearer with other cookies", []string{"Authorization", "Bearer abc", "Cookie", "theme=dark"}, "passed"},
		{"bearer with a session", []string{"Authorization", "Bearer abc", "Cookie", "session=x"}, "cross-origin"},
		{"bearer with an identity", []string{"Authorization", "Bearer abc", "Cookie", "identity=x"}, "cross-origin"},
		{"API key with a session", []string{"X-API-Key", "abc", "Cookie", "session=x"}, "cross-origin"},
		{"basic, which browsers send themselves", []string{"Authorization", "Basic YTpi"}, "cross-origin"},
		{"digest", []string{"Authorization", "Digest username=a"}, "cross-origin"},
		{"negotiate", []string{"Authorization", "Negotiate abc"}, "cross-origin"},
		{"unknown scheme", []string{"Authorization", "Bearerx abc"}, "cross-origin"},
		{"bearer without a token", []string{"Authorization", "Bearer "}, "cross-origin"},
		{"two of them", []string{"Authorization", "Bearer abc", "Authorization", "Basic YTpi"}, "cross-origin"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			if got := outcome(attempt{header: append(tt.header, cross...)}.do(app)); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// Credentials that browsers send unasked, besides cookies, take the effect of a key away. A token cannot be asked for: it
// belongs to a session.
func TestAmbientCredentials(t *testing.T) {
	app := newApp(t, antiforgery.Options{
		KeyHeaders: []string{"X-Api-Key"},
		Ambient:    func(req soay.Request) bool { return strings.HasPrefix(req.Header("Authorization"), "Basic ") },
	}, passed)
	cross, form := []string{"Sec-Fetch-Site", "cross-site"}, []string{"Content-Type", "application/x-www-form-urlencoded"}
	basic, key := []string{"Authorization", "Basic YTpi"}, []string{"X-Api-Key", "abc"}
	tests := []struct {
		description string
		header      []string
		want        string
	}{
		{"from another site", slices.Concat(basic, cross), "cross-origin"},
		{"from a sibling", slices.Concat(basic, []string{"Sec-Fetch-Site", "same-site"}), "cross-origin"},
		{"from another site, by a browser without Sec-Fetch-Site", slices.Concat(basic, []string{"Origin", "https://evil.example"}), "cross-origin"},
		{"JSON from another site", slices.Concat(basic, cross, []string{"Content-Type", "application/json"}), "cross-origin"},
		{"with a key, from another site", slices.Concat(basic, key, cross), "cross-origin"},
		{"a key alone, from another site", slices.Concat(key, cross), "passed"},
		{"from this site", slices.Concat(basic, []string{"Sec-Fetch-Site", "same-origin"}), "passed"},
		{"from this site, by a browser without Sec-Fetch-Site", slices.Concat(basic, []string{"Origin", "http://site.example"}), "passed"},
		{"by a program", basic, "passed"},
		{"a form by a program", slices.Concat(basic, form), "passed"},
		{"a form by a program with a session", slices.Concat(basic, form, []string{"Cookie", "session=x"}), "token-missing"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			if got, want := outcome(attempt{header: tt.header, body: "a=1"}.do(app)), tt.want; !strings.HasPrefix(got, want) {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}

func TestExempt(t *testing.T) {
	asked := 0
	o := antiforgery.Options{Exempt: func(req soay.Request) bool {
		asked++
		return req.Path() == "/hook"
	}}
	app := newApp(t, o, passed)
	for path, want := range map[string]string{
		"/hook": "passed", "/hook/": "cross-origin", "/Hook": "cross-origin", "/": "cross-origin",
	} {
		a := attempt{target: "http://site.example" + path, header: []string{"Origin", "null", "Cookie", "session=x"}}
		if got := outcome(a.do(app)); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if asked != 4 {
		t.Errorf("Exempt was asked %d times for 4 requests", asked)
	}
	form := attempt{
		target: "http://site.example/hook", body: "a=1",
		header: []string{"Content-Type", "application/x-www-form-urlencoded", "Cookie", "session=x"},
	}
	if w := form.do(app); w.Body.String() != "passed a=1" {
		t.Errorf("a form to an exempt path: %q, want it to pass with its body", w.Body)
	}
}

func TestRefusal(t *testing.T) {
	log := new(requesttest.Log)
	app := newAppOf(newGuard(t, antiforgery.Options{}), log.Logger(), passed)
	w := attempt{header: []string{"Origin", "https://evil.example\t" + strings.Repeat("x", 5000)}}.do(app)
	if w.Code != 403 || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("status %d with %s, want 403 with problem details", w.Code, w.Header().Get("Content-Type"))
	}
	body := w.Body.String()
	for _, word := range []string{"Origin", "Sec-Fetch", "token", "Token", "header", "site.example"} {
		if strings.Contains(body, word) {
			t.Errorf("the answer speaks of %s: %s", word, body)
		}
	}
	if line := log.String(); !strings.Contains(line, "reason=cross-origin") || len(line) > 1000 || strings.Count(line, "\n") != 1 {
		t.Errorf("log %q, want one short line with the reason", line)
	}
}

func TestRefusedErrorNamesItsReason(t *testing.T) {
	var got string
	app := newApp(t, antiforgery.Options{}, passed)
	soay.HandleError(app, func(_ soay.Request, e *antiforgery.RefusedError) soay.Response {
		got = e.Error()
		return response.NoContent().WithStatus(403)
	})
	attempt{header: []string{"Origin", "null"}}.do(app)
	if want := "antiforgery: request refused: cross-origin"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
}

func TestOwnPageForRefusals(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, passed)
	soay.HandleError(app, func(_ soay.Request, e *antiforgery.RefusedError) soay.Response {
		return response.Text("sorry, " + string(e.Reason))
	})
	w := attempt{header: []string{"Origin", "null"}}.do(app)
	if w.Code != 403 || w.Body.String() != "sorry, cross-origin" {
		t.Errorf("status %d with %q, want the app's page with 403", w.Code, w.Body)
	}
}

func ExampleRefusedError() {
	app := soay.New()
	soay.HandleError(app, func(req soay.Request, e *antiforgery.RefusedError) soay.Response {
		return response.Text(fmt.Sprintf("Something went wrong (%s). Please go back and reload the page.", e.Reason))
	})
}

// Whatever passes as the own origin is it, but for the case of the host and the default port.
