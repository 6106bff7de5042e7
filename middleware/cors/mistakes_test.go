package cors_test

import (
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
)

// Every wrong value stops the start, with the place of the call.
func TestMistakes(t *testing.T) {
	origin := func(s string) soay.CORS { return soay.CORS{Origins: []string{s}} }
	with := func(s string) soay.CORS { return soay.CORS{Origins: []string{s}, Credentials: true} }
	tests := []struct {
		description string
		policy      soay.CORS
		want        string // "" for none
	}{
		{"the zero policy", soay.CORS{}, ""},
		{"credentials alone", soay.CORS{Credentials: true}, "Origins: no origin is named"},
		{"a header alone", soay.CORS{RequestHeaders: []string{"X-A"}}, "Origins: no origin is named"},
		{"null", origin("null"), `Origins: "null": null is the origin of any sandboxed page`},
		{"nothing", origin(""), `Origins: "": is not of the form scheme://host`},
		{"a host", origin("app.example"), `is not of the form scheme://host`},
		{"a scheme in capitals", origin("HTTPS://app.example"), `is not of the form scheme://host`},
		{"a path", origin("https://app.example/"), "has a path"},
		{"a query", origin("https://app.example?"), "has a path"},
		{"a user", origin("https://me@app.example"), "has a user"},
		{"the default port", origin("https://app.example:443"), "names port 443, which browsers leave out for https"},
		{"the default port of http", origin("http://app.example:80"), "names port 80"},
		{"no port", origin("https://app.example:"), "a colon without a port"},
		{"a wrong port", origin("https://app.example:65536"), `port "65536" is no number from 1 to 65535`},
		{"port 0", origin("https://app.example:0"), `port "0" is no number`},
		{"a part of a port", origin("https://app.example:8*"), `port "8*" is no number`},
		{"beyond ASCII", origin("https://bücher.example"), "characters beyond ASCII"},
		{"capitals", origin("https://App.example"), "has capitals"},
		{"a blank", origin("https://app example"), `"app example" is no host`},
		{"no host", origin("https://"), `"" is no host`},
		{"a dot at the end", origin("https://app.example."), `"app.example." is no host`},
		{"a long label", origin("https://" + strings.Repeat("a", 64) + ".example"), "is no host"},
		{"a file", origin("file://host"), "pages in files have no origin"},
		{"an address in another form", origin("https://127.1"), "is no IPv4 address"},
		{"an IPv6 address in another form", origin("https://[0::1]"), "no IPv6 address in its shortest form"},
		{"names below an address", origin("https://*.192.0.2.1"), "no names below the address"},
		{"names below a top-level domain", origin("https://*.example"), "name two labels at least"},
		{"names that anybody can have", origin("https://*.co.uk"), "anybody can register a name there"},
		{"names below localhost", origin("http://*.localhost:*"), ""},
		{"a * inside", origin("https://a.*.example"), `"a.*.example" is no host`},
		{"a * as a part", origin("https://a*.app.example"), "is no host"},
		{"all and one", soay.CORS{Origins: []string{"*", page}}, "* stands for all, so it stands alone"},
		{"all with credentials", with("*"), "* with Credentials would let every site act for its visitors"},
		{"http with credentials", with("http://app.example"), "anybody on the network can write pages of http"},
		{"http without credentials", origin("http://app.example"), ""},
		{"http of this machine with credentials", with("http://localhost:*"), ""},
		{"http on purpose", soay.CORS{Origins: []string{"http://app.example"}, Credentials: true, InsecureOrigins: true}, ""},
		{"all headers with credentials", soay.CORS{Origins: []string{page}, Credentials: true, RequestHeaders: []string{"*"}},
			"RequestHeaders: * with Credentials means nothing"},
		{"all headers of answers with credentials", soay.CORS{Origins: []string{page}, Credentials: true, ResponseHeaders: []string{"*"}},
			"ResponseHeaders: * with Credentials means nothing"},
		{"no header", soay.CORS{Origins: []string{page}, RequestHeaders: []string{"X A"}}, `RequestHeaders: "X A" is no name of a header`},
		{"a forbidden header", soay.CORS{Origins: []string{page}, RequestHeaders: []string{"Cookie"}}, "browsers do not let scripts have Cookie"},
		{"a forbidden prefix", soay.CORS{Origins: []string{page}, RequestHeaders: []string{"Sec-A"}}, "browsers do not let scripts have Sec-A"},
		{"cookies exposed", soay.CORS{Origins: []string{page}, ResponseHeaders: []string{"set-cookie"}}, "browsers do not let scripts have set-cookie"},
		{"TRACE", soay.CORS{Origins: []string{page}, Methods: []string{"trace"}}, "no browser sends trace for a script"},
		{"all methods", soay.CORS{Origins: []string{page}, Methods: []string{"*"}}, "so * is not needed"},
		{"a method in lower case", soay.CORS{Origins: []string{page}, Methods: []string{"put"}}, `method "put" is spelled PUT`},
		{"a long time", soay.CORS{Origins: []string{page}, MaxAge: 25 * time.Hour}, "MaxAge: 25h0m0s is more than 24h"},
		{"a short time", soay.CORS{Origins: []string{page}, MaxAge: 1}, "MaxAge: 1ns is less than a second"},
	}
	calls := map[string]func(*soay.App, soay.CORS){
		"UseCORS": (*soay.App).UseCORS,
		"CORS":    func(a *soay.App, p soay.CORS) { a.Get("/", hello).CORS(p) },
		"group":   func(a *soay.App, p soay.CORS) { a.Group("/a").CORS(p) },
	}
	for _, tt := range tests {
		for name, call := range calls {
			t.Run(tt.description+" by "+name, func(t *testing.T) {
				app, _ := newApp()
				call(app, tt.policy)
				err := app.Start(t.Context())
				if tt.want == "" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "mistakes_test.go:") {
					t.Errorf("the error is %v, want %q with its place", err, tt.want)
				}
			})
		}
	}
}

// One app has one policy, which cannot come late.
func TestCalls(t *testing.T) {
	app, _ := newApp()
	app.UseCORS(soay.CORS{Origins: []string{page}})
	app.UseCORS(soay.CORS{Origins: []string{page}})
	if err := app.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "UseCORS: it was called at") {
		t.Errorf("the error is %v", err)
	}
	app, log := newApp()
	route := app.Get("/", hello)
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	app.UseCORS(soay.CORS{Origins: []string{page}})
	route.CORS(soay.CORS{Origins: []string{page}})
	wantCORS(t, ask(app, "GET", "/", "Origin", page), 200)
	for _, want := range []string{"UseCORS: the app has started", "CORS: the app has started"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}
}
