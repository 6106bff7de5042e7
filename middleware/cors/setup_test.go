package cors_test

import (
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
)

// wrong are policies that do not start, and a part of the reason.
var wrong = map[string]struct {
	policy soay.CORS
	want   string
}{
	"nobody with methods":    {soay.CORS{Methods: []string{"PUT"}}, "no Origins"},
	"nobody with a time":     {soay.CORS{MaxAge: time.Second}, "no Origins"},
	"null":                   {soay.CORS{Origins: []string{"null"}}, "origin null"},
	"a path":                 {soay.CORS{Origins: []string{"https://a.example/b"}}, "https://name"},
	"a slash":                {soay.CORS{Origins: []string{"https://a.example/"}}, "https://name"},
	"a query":                {soay.CORS{Origins: []string{"https://a.example?b"}}, "https://name"},
	"a user":                 {soay.CORS{Origins: []string{"https://u@a.example"}}, "https://name"},
	"no scheme":              {soay.CORS{Origins: []string{"a.example"}}, "https://name"},
	"a broken scheme":        {soay.CORS{Origins: []string{"1s://a.example"}}, "https://name"},
	"no name":                {soay.CORS{Origins: []string{"https://"}}, "https://name"},
	"an empty port":          {soay.CORS{Origins: []string{"https://a.example:"}}, "https://name"},
	"a dot at the end":       {soay.CORS{Origins: []string{"https://a.example."}}, "shortest form"},
	"the port of https":      {soay.CORS{Origins: []string{"https://a.example:443"}}, "leave out the port"},
	"the port of http":       {soay.CORS{Origins: []string{"http://a.example:80"}}, "leave out the port"},
	"port 0":                 {soay.CORS{Origins: []string{"https://a.example:0"}}, "leave out the port"},
	"a port with a zero":     {soay.CORS{Origins: []string{"https://a.example:0123"}}, "port"},
	"two ports":              {soay.CORS{Origins: []string{"https://a.example:123:*"}}, "port"},
	"a large port":           {soay.CORS{Origins: []string{"https://a.example:65536"}}, "https://name"},
	"not ASCII":              {soay.CORS{Origins: []string{"https://größe.example"}}, "xn--"},
	"upper case":             {soay.CORS{Origins: []string{"https://A.example"}}, "lower case"},
	"a long address":         {soay.CORS{Origins: []string{"http://[::0:1]"}}, "shortest form"},
	"no address":             {soay.CORS{Origins: []string{"http://1.2.3"}}, "https://name"},
	"a hexadecimal address":  {soay.CORS{Origins: []string{"http://0x7f.1"}}, "https://name"},
	"a file":                 {soay.CORS{Origins: []string{"file:///a"}}, "are files"},
	"all with cookies":       {soay.CORS{Origins: []string{"*"}, Credentials: true}, "no Credentials"},
	"all and one":            {soay.CORS{Origins: []string{"*", "https://a.example"}}, "stands alone"},
	"http with cookies":      {soay.CORS{Origins: []string{"http://a.example"}, Credentials: true}, "InsecureOrigins"},
	"http below":             {soay.CORS{Origins: []string{"http://*.a.example"}, Credentials: true}, "InsecureOrigins"},
	"below one label":        {soay.CORS{Origins: []string{"https://*.example"}}, "two labels"},
	"below what many share":  {soay.CORS{Origins: []string{"https://*.co.uk"}}, "many owners"},
	"below an address":       {soay.CORS{Origins: []string{"https://*.192.0.2.1"}}, "below an address"},
	"a star inside":          {soay.CORS{Origins: []string{"https://a.*.example"}}, "https://name"},
	"a star at the front":    {soay.CORS{Origins: []string{"https://*a.example"}}, "https://name"},
	"two stars":              {soay.CORS{Origins: []string{"https://*.*.example"}}, "https://name"},
	"any scheme":             {soay.CORS{Origins: []string{"*://a.example"}}, "https://name"},
	"CONNECT":                {soay.CORS{Origins: []string{"https://a.example"}, Methods: []string{"CONNECT"}}, "cannot use CONNECT"},
	"track":                  {soay.CORS{Origins: []string{"https://a.example"}, Methods: []string{"track"}}, "cannot use track"},
	"all methods":            {soay.CORS{Origins: []string{"https://a.example"}, Methods: []string{"*"}}, "are the default"},
	"no method":              {soay.CORS{Origins: []string{"https://a.example"}, Methods: []string{"P T"}}, "no method"},
	"a method in lower case": {soay.CORS{Origins: []string{"https://a.example"}, Methods: []string{"patch"}}, "spelled PATCH"},
	"no header":              {soay.CORS{Origins: []string{"https://a.example"}, RequestHeaders: []string{"a b"}}, "no name of a header"},
	"all headers with cookies": {soay.CORS{Origins: []string{"https://a.example"}, RequestHeaders: []string{"*"}, Credentials: true},
		"means nothing with Credentials"},
	"all headers and one":  {soay.CORS{Origins: []string{"https://a.example"}, RequestHeaders: []string{"*", "X-A"}}, "has \"x-a\" in it"},
	"no header to read":    {soay.CORS{Origins: []string{"https://a.example"}, ResponseHeaders: []string{""}}, "no name of a header"},
	"Set-Cookie to read":   {soay.CORS{Origins: []string{"https://a.example"}, ResponseHeaders: []string{"set-cookie"}}, "can read set-cookie"},
	"all to read, cookies": {soay.CORS{Origins: []string{"https://a.example"}, ResponseHeaders: []string{"*"}, Credentials: true}, "name the headers"},
	"more than a day":      {soay.CORS{Origins: []string{"https://a.example"}, MaxAge: 24*time.Hour + 1}, "24 hours"},
	"a part of a second":   {soay.CORS{Origins: []string{"https://a.example"}, MaxAge: time.Second / 2}, "number of seconds"},
}

func TestWrongPolicies(t *testing.T) {
	for name, tt := range wrong {
		for where, set := range map[string]func(*soay.App){
			"UseCORS: ": func(app *soay.App) { app.UseCORS(tt.policy) },
			"CORS: ":    func(app *soay.App) { app.Get("/", hello).CORS(tt.policy) },
		} {
			app := newApp()
			set(app)
			err := app.Start(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "setup_test.go:") || !strings.Contains(err.Error(), where) {
				t.Errorf("%s: %v, want %s… %s, and the place", name, err, where, tt.want)
			}
		}
	}
	app := newApp()
	app.UseCORS(soay.CORS{Origins: []string{"https://a.example"}})
	app.UseCORS(soay.CORS{Origins: []string{"https://a.example"}})
	if err := app.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "it was called at") {
		t.Errorf("UseCORS twice: %v", err)
	}
}

// All mistakes are told at once.
func TestAllMistakes(t *testing.T) {
	app := newApp()
	app.UseCORS(soay.CORS{Origins: []string{"null", "https://a.example/"}, Methods: []string{"TRACE"}, MaxAge: 25 * time.Hour})
	err := app.Start(t.Context())
	if err == nil || strings.Count(err.Error(), "UseCORS: option") != 4 {
		t.Errorf("want four mistakes: %v", err)
	}
}

// patterns are origins of policies, and what they stand for and what not.
var patterns = []struct {
	pattern string
	yes, no []string
}{
	{"https://*.a.example", []string{"https://b.a.example", "https://c.b.a.example", "https://x_y-1.a.example"}, []string{
		"https://a.example", "https://.a.example", "https://b..a.example", "http://b.a.example", "https://b.a.example:8443",
		"https://b.a.example.", "https://ba.example", "https://b.a.example/", "https://u@b.a.example", "https://B.a.example",
		"https://b%2e.a.example", "https://" + strings.Repeat("x", 64) + ".a.example", "https://" + strings.Repeat("x.", 125) + "a.example",
	}},
	{"https://*.a.example:8443", []string{"https://b.a.example:8443"}, []string{"https://b.a.example", "https://b.a.example:8444"}},
	{"https://*.a.example:*", []string{"https://b.a.example:8443", "https://b.a.example"}, []string{"https://b.a.example:443", "https://b.a.example:"}},
	{"http://localhost:*", []string{"http://localhost", "http://localhost:1", "http://localhost:65535"}, []string{
		"http://localhost:80", "http://localhost:0", "http://localhost:65536", "http://localhost:01", "http://localhost:a", "http://localhost:",
		"https://localhost:1", "http://localhost.evil.example:1", "http://localhost:1:1",
	}},
	{"http://*.localhost:*", []string{"http://a.localhost:3000"}, []string{"http://localhost:3000"}},
	{"http://[::1]:*", []string{"http://[::1]", "http://[::1]:3000"}, []string{"http://[::2]:3000", "http://[::1"}},
	{"http://127.0.0.1:3000", []string{"http://127.0.0.1:3000"}, []string{"http://127.0.0.1"}},
	{"capacitor://localhost", []string{"capacitor://localhost"}, []string{"capacitor://localhost:1"}},
	{"https://xn--gre-6ka8i.example", []string{"https://xn--gre-6ka8i.example"}, nil},
}

func TestPatterns(t *testing.T) {
	for _, tt := range patterns {
		app := newApp()
		app.Get("/", hello).CORS(soay.CORS{Origins: []string{tt.pattern}, Credentials: true})
		for _, origin := range tt.yes {
			if w := do(app, "GET", "/", "Origin", origin); w.Header().Get("Access-Control-Allow-Origin") != origin {
				t.Errorf("%s does not stand for %s", tt.pattern, origin)
			}
		}
		for _, origin := range tt.no {
			if w := do(app, "GET", "/", "Origin", origin); w.Header().Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s stands for %s", tt.pattern, origin)
			}
		}
	}
}

// A policy of a program's own slices does not change with them.
func TestPolicyIsCopied(t *testing.T) {
	app := newApp()
	policy := soay.CORS{Origins: []string{shop}, Methods: []string{"PUT"}, RequestHeaders: []string{"x-a"}}
	app.Put("/", hello).CORS(policy)
	policy.Origins[0], policy.Methods[0], policy.RequestHeaders[0] = own, "PATCH", "x-b"
	if w := ask(app, "/", shop, "PUT", "x-a"); w.Code != 204 {
		t.Errorf("%d %s", w.Code, told(w))
	}
}
