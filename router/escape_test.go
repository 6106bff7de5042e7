package router_test

import (
	"net/url"
	"testing"

	"github.com/soay-go/soay/router"
)

func TestValuesAreDecodedOnce(t *testing.T) {
	table := newTable(t, lenient, "GET /p/{id}", "GET /q/{id}/x", "GET /f/*", "GET /two/{a}/{b}",
		"GET /ö/a%2Fb/{id}/x/{c}")
	askAll(t, table, []asked{
		{"letters", "GET /p/%63at", `GET /p/{id} id="cat"`},
		{"space", "GET /p/a%20b", `GET /p/{id} id="a b"`},
		{"plus is a plus", "GET /p/a+b", `GET /p/{id} id="a+b"`},
		{"encoded plus", "GET /p/a%2Bb", `GET /p/{id} id="a+b"`},
		{"encoded slash", "GET /p/a%2Fb", `GET /p/{id} id="a/b"`},
		{"encoded slash in small letters", "GET /p/a%2fb", `GET /p/{id} id="a/b"`},
		{"encoded slash alone", "GET /q/%2F/x", `GET /q/{id}/x id="/"`},
		{"encoded slashes in two values", "GET /two/a%2F1/%2Fb", `GET /two/{a}/{b} a="a/1" b="/b"`},
		{"behind encoded literals", "GET /%C3%B6/a%2Fb/1%2F2/x/3", `GET /ö/a%2Fb/{id}/x/{c} id="1/2" c="3"`},
		{"twice encoded slash", "GET /p/a%252Fb", `GET /p/{id} id="a%2Fb"`},
		{"twice encoded space", "GET /p/a%2520b", `GET /p/{id} id="a%20b"`},
		{"three times encoded", "GET /p/%25252F", `GET /p/{id} id="%252F"`},
		{"both kinds of slashes", "GET /p/%2F%252F", `GET /p/{id} id="/%2F"`},
		{"encoded percent sign", "GET /p/100%25", `GET /p/{id} id="100%"`},
		{"encoded percent sign before digits", "GET /p/%2541", `GET /p/{id} id="%41"`},
		{"twice encoded NUL", "GET /p/%2500", `GET /p/{id} id="%00"`},
		{"encoded question mark", "GET /p/a%3Fb=c?d", `GET /p/{id} id="a?b=c"`},
		{"encoded number sign", "GET /p/a%23b", `GET /p/{id} id="a#b"`},
		{"encoded backslash", "GET /p/a%5Cb", `GET /p/{id} id="a\\b"`},
		{"backslash", `GET /p/a\b`, `GET /p/{id} id="a\\b"`},
		{"outside ASCII", "GET /p/größe", `GET /p/{id} id="größe"`},
		{"outside ASCII, encoded", "GET /p/gr%C3%B6%C3%9Fe", `GET /p/{id} id="größe"`},
		{"outside ASCII beside an encoded slash", "GET /p/ö%2Fß", `GET /p/{id} id="ö/ß"`},
		{"emoji", "GET /p/%F0%9F%90%91", `GET /p/{id} id="🐑"`},
		{"replacement character", "GET /p/%EF%BF%BD", `GET /p/{id} id="�"`},
		{"matrix parameters are text", "GET /p/a;b=c,d", `GET /p/{id} id="a;b=c,d"`},
		{"line break", "GET /p/a%0D%0Ab", `GET /p/{id} id="a\r\nb"`},
		{"braces", "GET /p/{id}", `GET /p/{id} id="{id}"`},
		{"catch-all with encoded slashes", "GET /f/a%2Fb/c", `GET /f/* tail="a/b/c"`},
		{"catch-all with twice encoded slashes", "GET /f/a%252Fb/%2520", `GET /f/* tail="a%2Fb/%20"`},
		{"encoded slash is none between segments", "GET /p%2Fa", "404"},
		{"encoded slash is none at the start", "GET /%2Fp/a", "404"},
	})
}

func TestPathsThatAreNoText(t *testing.T) {
	targets := []string{
		"/%00", "/p/%00", "/p/a%00b", "/p/%00%2F", "/p/a%2F%00", "/f/a/%00", "/f/%2F/%00", "/nothing/there/%00",
		"/%FF", "/p/%FF", "/p/a%C3", "/p/%C3%28", "/p/%C0%AF", "/p/%C0%AE%C0%AE", "/p/%ED%A0%80", "/p/%F4%90%80%80",
		"/f/a/%FF", "/f/%2F/%FF", "/p/%FF/", "/%FF/p/x/y/z", "/caf%E9", "/p/a%2F%FF", "/static%00", "/static%FF",
	}
	tables := map[string]*router.Table{
		"no routes":          newTable(t, lenient),
		"literals":           newTable(t, lenient, "GET /static", "GET /café", "GET /p/a%2Fb", "GET /p/%2F"),
		"parameters":         newTable(t, lenient, "GET /p/{id}", "GET /{a}"),
		"value pattern":      newTable(t, lenient, "GET /p/{int:id}"),
		"parameter and text": newTable(t, lenient, "GET /p/{id}", "GET /p/a", "GET /{a}/{b}/c"),
		"catch-all":          newTable(t, lenient, "GET /f/*"),
		"root catch-all":     newTable(t, lenient, "GET /*"),
		"redirects":          newTable(t, redirect, "GET /p/{id}/", "GET /{a}/", "GET /p/a%2Fb/"),
		"strict":             newTable(t, strict, "GET /p/{id}", "GET /p/{id}/"),
	}
	for description, table := range tables {
		t.Run(description, func(t *testing.T) {
			for _, target := range targets {
				for _, method := range []string{"GET", "POST", "OPTIONS"} {
					if got := ask(t, table, method+" "+target); got != "400" {
						t.Errorf("%s %s: got %s, want 400", method, target, got)
					}
				}
			}
		})
	}
}

func TestDotSegmentsAreNoValues(t *testing.T) {
	table := newTable(t, lenient, "GET /p/{id}", "GET /q/{id}/x", "GET /f/*", "GET /n/{path:rest}", "GET /u/{a}/*")
	for _, target := range []string{
		"/p/.", "/p/..", "/p/%2e", "/p/%2E%2e", "/p/.%2e", "/p/%2e.", "/p/./", "/p/../",
		"/q/./x", "/q/../x", "/q/%2e%2E/x", "/u/../a", "/u/%2e/a",
		"/f/.", "/f/..", "/f/../", "/f/./a", "/f/a/..", "/f/a/./b", "/f/a/../b", "/f/../../etc/passwd",
		"/f/%2e%2e/etc/passwd", "/f/.%2e/a", "/f/a/%2E%2E", "/f/a/%2e/", "/f//..", "/f/a//../b",
		"/f/..%2Fa", "/f/%2e%2e%2fa", "/f/a%2F..", "/f/a%2F..%2Fb", "/f/a%2f%2e%2e", "/f/%2F..", "/f/..%2F",
		`/f/..\a`, "/f/..%5Ca", "/f/a%5C..", "/f/a%5c%2e%2e%5cb", "/f/a/..%5C..%2F..", "/f/é/..", "/f/é%2F..",
		"/n/..", "/n/a/../b", "/n/a%2F..", "/u/a/..", "/u/a/%2e%2e/b",
		"/u/..%2Fa/b", "/u/a%2F../b",
	} {
		if got := ask(t, table, "GET "+target); got != "404" {
			t.Errorf("GET %s: got %s, want 404", target, got)
		}
	}
	askAll(t, table, []asked{
		{"three dots", "GET /p/...", `GET /p/{id} id="..."`},
		{"hidden file", "GET /p/.env", `GET /p/{id} id=".env"`},
		{"dots behind a name", "GET /p/a..", `GET /p/{id} id="a.."`},
		{"twice encoded dots", "GET /p/%252e%252e", `GET /p/{id} id="%2e%2e"`},
		{"catch-all with three dots", "GET /f/.../a", `GET /f/* tail=".../a"`},
		{"catch-all with dots inside names", "GET /f/a..b/.c/d.", `GET /f/* tail="a..b/.c/d."`},
		{"catch-all with twice encoded dots", "GET /f/%252e%252e/a", `GET /f/* tail="%2e%2e/a"`},
		{"paths are not cleaned", "GET /p/../p/7", "404"},
		{"nor made shorter", "GET /./p/7", "404"},
	})
}

// No kind of parameter takes a dot segment, however it is written.
func TestCatchAllBesideParameters(t *testing.T) {
	askAll(t, newTable(t, lenient, "GET /{a}/{b}", "POST /*"), []asked{
		{"both match", "DELETE /x/y", "405 Allow: GET, HEAD, OPTIONS, POST"},
		{"catch-all", "POST /x/y", `POST /* tail="x/y"`},
		{"parameter, backslash", "POST /x/..%5Cy", "404"},
		{"parameter, encoded slash", "POST /x/y%2F..", "404"},
		{"parameter", "GET /x/..%5Cy", "404"},
		{"neither", "GET /x/..", "404"},
	})
}

func TestLiteralsWithSpecialCharacters(t *testing.T) {
	table := newTable(t, lenient,
		"GET /%3Aid", "GET /%2A", "GET /a%2Fb", "GET /café", "GET /gr%C3%BC%C3%9Fe/{id}", "GET /a b",
		"GET /100%25", "GET /%7Bid%7D", "GET /a%3Fb", "GET /{any}/x", "GET /%3Aid/%2A/{v}", "GET /a%2Fb/{v}",
		"GET /a%252Fb", "GET /~user", `GET /back\slash`, "GET /%3A/x", "GET /é/{v}/%2F")
	askAll(t, table, []asked{
		{"colon at the start", "GET /:id", "GET /%3Aid"},
		{"colon at the start, encoded", "GET /%3aid", "GET /%3Aid"},
		{"it is no parameter", "GET /7", "404"},
		{"star", "GET /*", "GET /%2A"},
		{"star, encoded", "GET /%2a", "GET /%2A"},
		{"it is no catch-all", "GET /x/y/z", "404"},
		{"encoded slash", "GET /a%2Fb", "GET /a%2Fb"},
		{"encoded slash in small letters", "GET /a%2fb", "GET /a%2Fb"},
		{"it is no slash", "GET /a/b", "404"},
		{"twice encoded slash", "GET /a%252Fb", "GET /a%252Fb"},
		{"outside ASCII", "GET /café", "GET /café"},
		{"outside ASCII, encoded", "GET /caf%C3%A9", "GET /café"},
		{"no normalisation", "GET /cafe%CC%81", "404"},
		{"encoded in the pattern", "GET /grüße/7", `GET /gr%C3%BC%C3%9Fe/{id} id="7"`},
		{"space", "GET /a%20b", "GET /a b"},
		{"plus is no space", "GET /a+b", "404"},
		{"percent sign", "GET /100%25", "GET /100%25"},
		{"braces", "GET /{id}", "GET /%7Bid%7D"},
		{"question mark", "GET /a%3Fb", "GET /a%3Fb"},
		{"tilde", "GET /%7Euser", "GET /~user"},
		{"backslash", "GET /back%5Cslash", `GET /back\slash`},
		{"literals that look like parameters, beside one", "GET /:/x", "GET /%3A/x"},
		{"the parameter", "GET /:id/x", `GET /{any}/x any=":id"`},
		{"before a parameter", "GET /:id/*/7", `GET /%3Aid/%2A/{v} v="7"`},
		{"only those", "GET /:id/y/7", "404"},
		{"encoded slash before a parameter", "GET /a%2Fb/%2F", `GET /a%2Fb/{v} v="/"`},
		{"encoded slash behind a parameter", "GET /é/v/%2f", `GET /é/{v}/%2F v="v"`},
	})
}

// RawPath is only a hint: whoever changes Path and forgets RawPath has changed the path.
func TestPathsThatMiddlewareChanged(t *testing.T) {
	table := newTable(t, lenient, "GET /cats/{id}", "GET /a%2Fb", "GET /*")
	tests := []struct {
		description string
		url         url.URL
		want        string
	}{
		{"RawPath fits", url.URL{Path: "/cats/a/b", RawPath: "/cats/a%2Fb"}, `GET /cats/{id} id="a/b"`},
		{"RawPath is of another path", url.URL{Path: "/cats/7", RawPath: "/dogs/a%2Fb"}, `GET /cats/{id} id="7"`},
		{"RawPath is malformed", url.URL{Path: "/cats/7", RawPath: "/cats/%zz"}, `GET /cats/{id} id="7"`},
		{"RawPath with a NUL", url.URL{Path: "/cats/\x00", RawPath: "/cats/%00"}, "400"},
		{"NUL is no mark of a slash", url.URL{Path: "/a\x00b"}, "400"},
		{"NUL is none in RawPath either", url.URL{Path: "/a\x00b", RawPath: "/a%00b"}, "400"},
		{"empty path", url.URL{}, `GET /* tail=""`},
		{"no slash", url.URL{Path: "cats/7"}, "400"},
		{"no slash, encoded", url.URL{Path: "cats/7", RawPath: "cats/%37"}, "400"},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			hr := newHTTP(t, "GET", "/")
			hr.URL = &test.url
			if got := describe(serve(table, new(router.Matcher), hr)); got != test.want {
				t.Errorf("%#v: got %s, want %s", test.url, got, test.want)
			}
		})
	}
}

func TestParamsOfARequest(t *testing.T) {
	table := newTable(t, lenient, "GET /{a}/x/{int:b}/{path:tail}")
	req := route(table, newHTTP(t, "GET", "/%2541/x/7/t%2F1/2"))
	for name, want := range map[string]string{"a": "%41", "b": "7", "tail": "t/1/2", "c": "", "": "", "A": ""} {
		if got := req.Param(name); got != want {
			t.Errorf("Param(%q) = %q, want %q", name, got, want)
		}
	}
	if got, want := req.Route(), "/{a}/x/{int:b}/{path:tail}"; got == nil || got.Pattern != want {
		t.Errorf("Route() = %+v, want the pattern %s", got, want)
	}
}
