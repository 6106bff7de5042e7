package router_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/soay-go/soay/router"
)

func TestPatternSyntaxes(t *testing.T) {
	tests := []struct{ description, pattern, target, want string }{
		{"root", "/", "/", "/"},
		{"literals", "/cats/new", "/cats/new", "/cats/new"},
		{"case counts", "/cats", "/Cats", "404"},
		{"braces", "/cats/{id}", "/cats/7", `/cats/{id} id="7"`},
		{"colon", "/cats/:id", "/cats/7", `/cats/:id id="7"`},
		{"angle brackets", "/cats/<id>", "/cats/7", `/cats/<id> id="7"`},
		{"colon with a value pattern", "/cats/:int:id", "/cats/7", `/cats/:int:id id="7"`},
		{"angle brackets with a value pattern", "/cats/<int:id>", "/cats/7", `/cats/<int:id> id="7"`},
		{"all three at once", "/{a}/:b/<c>", "/1/2/3", `/{a}/:b/<c> a="1" b="2" c="3"`},
		{"parameter first", "/{id}", "/7", `/{id} id="7"`},
		{"name with digits, capitals and _", "/{_Id2}", "/7", `/{_Id2} _Id2="7"`},
		{"colon inside a literal", "/a%3Ab", "/a:b", "/a%3Ab"},
		{"colon inside a literal, encoded", "/a%3Ab", "/a%3Ab", "/a%3Ab"},
		{"verb behind a colon", "/v1/things%3AbatchGet", "/v1/things:batchGet", "/v1/things%3AbatchGet"},
		{"colon before digits", "/12:30", "/12:30", "/12:30"},
		{"colon at the end", "/a:", "/a:", "/a:"},
		{"dots inside a literal", "/v1.0/...", "/v1.0/...", "/v1.0/..."},
		{"catch-all", "/files/*", "/files/a/b.txt", `/files/* tail="a/b.txt"`},
		{"catch-all for one segment", "/files/*", "/files/a", `/files/* tail="a"`},
		{"catch-all needs its slash", "/files/*", "/files", "404"},
		{"catch-all for a slash", "/files/*", "/files/", `/files/* tail=""`},
		{"catch-all for empty segments", "/files/*", "/files//a//b", `/files/* tail="/a//b"`},
		{"catch-all behind a prefix of a segment", "/files/*", "/filesystem", "404"},
		{"named catch-all", "/files/{path:rest}", "/files/a/b", `/files/{path:rest} rest="a/b"`},
		{"named catch-all with a colon", "/files/:path:rest", "/files/a/b", `/files/:path:rest rest="a/b"`},
		{"catch-all at the root", "/*", "/a/b", `/* tail="a/b"`},
		{"catch-all at the root for the root", "/*", "/", `/* tail=""`},
		{"catch-all at the root for an empty segment", "/*", "//a", `/* tail="/a"`},
		{"catch-all behind parameters", "/{a}/x/*", "/1/x/2/3", `/{a}/x/* a="1" tail="2/3"`},
		{"catch-all behind a parameter that is not there", "/{a}/*", "/", "404"},
		{"parameter takes no slash", "/{a}", "/1/2", "404"},
		{"parameter is never empty", "/cats/{id}/toys", "/cats//toys", "404"},
		{"parameter at the end is never empty", "/cats/{id}", "/cats/", "404"},
		{"empty segment before a literal", "/cats", "//cats", "404"},
		{"empty segment behind a literal", "/cats", "/cats//", "404"},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			r := router.New(lenient)
			r.Root().Get(test.pattern, named(test.pattern))
			if got := ask(t, build(t, r), "GET "+test.target); got != test.want {
				t.Errorf("pattern %s, GET %s: got %s, want %s", test.pattern, test.target, got, test.want)
			}
		})
	}
}

const (
	noLiteral = "is neither a literal nor a parameter; a parameter is a whole segment such as {id}"
	noParam   = "looks as if it had a parameter; a parameter is a whole segment such as {id}, " +
		"and a colon in a text is written %3A"
	noName     = "is no parameter name; letters, digits and _ are"
	notEncoded = "is not properly encoded"
)

var malformed = []struct{ description, pattern, want string }{
	{"empty", "", "does not start with a slash"},
	{"no slash", "cats", "does not start with a slash"},
	{"method in the pattern", "GET /cats", "does not start with a slash"},
	{"URL", "http://localhost/cats", "does not start with a slash"},
	{"empty segment", "/cats//new", "a segment is empty"},
	{"empty first segment", "//cats", "a segment is empty"},
	{"two slashes", "//", "a segment is empty"},
	{"two slashes at the end", "/cats//", "a segment is empty"},
	{"part of a segment", "/cats-{id}", `segment "cats-{id}" ` + noLiteral},
	{"suffix", "/{id}.json", `segment "{id}.json" ` + noLiteral},
	{"two parameters in a segment", "/{a}-{b}", noName},
	{"brace not closed", "/{id", `segment "{id" ` + noLiteral},
	{"brace not opened", "/id}", `segment "id}" ` + noLiteral},
	{"brace closed by an angle bracket", "/{id>", `segment "{id>" ` + noLiteral},
	{"angle bracket not closed", "/<id", `segment "<id" ` + noLiteral},
	{"brace alone", "/{", `segment "{" ` + noLiteral},
	{"colon alone", "/:", `segment ":" ` + noLiteral},
	{"empty braces", "/{}", `"" ` + noName},
	{"empty angle brackets", "/<>", `"" ` + noName},
	{"value pattern without a name", "/{int:}", `"" ` + noName},
	{"name without a value pattern", "/{:id}", `value pattern "" is unknown`},
	{"name with a hyphen", "/{cat-id}", `"cat-id" ` + noName},
	{"name with a space", "/{ id }", `" id " ` + noName},
	{"name that starts with a digit", "/{1st}", `"1st" ` + noName},
	{"name outside ASCII", "/{größe}", `"größe" ` + noName},
	{"name with a dot", "/{id...}", `"id..." ` + noName},
	{"three parts", "/{int:id:x}", `"id:x" ` + noName},
	{"braces behind a colon", "/:{id}", `"{id}" ` + noName},
	{"unknown value pattern", "/{slug:id}", `value pattern "slug" is unknown`},
	{"value patterns are case-sensitive", "/{INT:id}", `value pattern "INT" is unknown`},
	{"name and type swapped", "/{id:int}", `value pattern "id" is unknown`},
	{"name twice", "/{id}/toys/{id}", `parameter "id" stands twice`},
	{"name twice in different syntaxes", "/:id/<int:id>", `parameter "id" stands twice`},
	{"catch-all repeats a name", "/{tail}/*", `parameter "tail" stands twice`},
	{"catch-all inside", "/*/cats", "a catch-all stands only at the end"},
	{"named catch-all inside", "/{path:a}/cats", "a catch-all stands only at the end"},
	{"catch-all before a slash", "/files/*/", "a catch-all stands only at the end"},
	{"colon and name behind a text", "/user_:name", `segment "user_:name" ` + noParam},
	{"colon and name behind a text, inside", "/a/user_:name/b", `segment "user_:name" ` + noParam},
	{"verb behind a colon", "/v1/things:batchGet", `segment "things:batchGet" ` + noParam},
	{"verb behind a parameter", "/v1/{id}:cancel", `segment "{id}:cancel" ` + noParam},
	{"colon behind an encoded one", "/a%3Ab:c", `segment "a%3Ab:c" ` + noParam},
	{"two catch-alls", "/*/*", "a catch-all stands only at the end"},
	{"star inside a segment", "/files/*.js", `segment "*.js" ` + noLiteral},
	{"two stars", "/files/**", `segment "**" ` + noLiteral},
	{"named star", "/files/*name", `segment "*name" ` + noLiteral},
	{"query", "/cats?id=7", `segment "cats?id=7" ` + noLiteral},
	{"fragment", "/cats#top", `segment "cats#top" ` + noLiteral},
	{"bad escape", "/100%", notEncoded},
	{"bad hexadecimal", "/%zz", notEncoded},
	{"encoded NUL", "/a%00b", notEncoded},
	{"NUL", "/a\x00b", notEncoded},
	{"encoded bytes that are no text", "/caf%E9", notEncoded},
	{"bytes that are no text", "/caf\xe9", notEncoded},
	{"dot segment", "/a/./b", `segment "." never reaches a server`},
	{"double dot segment", "/a/..", `segment ".." never reaches a server`},
	{"encoded dot segment", "/a/%2e%2E/b", `segment "%2e%2E" never reaches a server`},
}

func TestMalformedPatterns(t *testing.T) {
	for _, test := range malformed {
		t.Run(test.description, func(t *testing.T) {
			r := router.New(lenient)
			r.Root().Get(test.pattern, named("x"))
			got := buildError(r)
			place := regexp.MustCompile(`^pattern_test\.go:\d+: pattern "`)
			if !strings.Contains(got, test.want) || !place.MatchString(got) {
				t.Errorf("pattern %q:\n got %s\nwant the place, the pattern and %s", test.pattern, got, test.want)
			}
			if strings.Contains(got, "\n") {
				t.Errorf("pattern %q: one mistake is reported more than once:\n%s", test.pattern, got)
			}
		})
	}
}

func TestBuildReportsAllMistakes(t *testing.T) {
	r := router.New(router.Options{TrailingSlash: 7, ValuePatterns: []router.ValuePattern{{Name: "empty"}}})
	r.Root().Get("cats", named("x"))
	r.Root().Get("/{id", named("x"))
	r.Root().Get("/dogs", nil)
	register(r.Root(), "GET /a", "GET /a/")
	r.Root().Get("/b", named("x")).Name("n")
	r.Root().Get("/c", named("x")).Name("n")
	got := buildError(r)
	for _, want := range []string{
		"TrailingSlash has the unknown value 7",
		`value pattern "empty": Match is nil`,
		`pattern "cats" does not start with a slash`,
		`pattern "/{id"`,
		"route /dogs: the handler is nil",
		"the name \"n\" is that of the route at",
	} {
		if strings.Count(got, want) != 1 {
			t.Errorf("want %s once, in\n%s", want, got)
		}
	}
	if lines := strings.Count(got, "\n") + 1; lines != 6 {
		t.Errorf("%d lines, want 6:\n%s", lines, got)
	}
}
