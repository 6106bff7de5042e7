package router_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/soay-go/soay/router"
)

func TestBuiltInValuePatterns(t *testing.T) {
	const uuid = "123e4567-e89b-12d3-a456-426614174000"
	fits := map[string][]string{
		"int":    {"0", "7", "007", "184467440737095516160"},
		"float":  {"0", "7", "1.5", "00.00", "12345678901234567890.5"},
		"uuid":   {uuid, strings.ToUpper(uuid), "00000000-0000-0000-0000-000000000000"},
		"str":    {"a", "7", "-", "...", "ä", "a b"},
		"string": {"a", "7"},
	}
	misses := map[string][]string{
		"int":   {"-1", "+1", "1.0", "1e3", "0x10", "1_000", " 1", "٣", "７", "1/2", "a"},
		"float": {"-1.5", "+1.5", ".5", "1.", "1.2.3", "1e3", "1,5", "NaN", "Inf", "٣.٣", "."},
		"uuid": {
			"", uuid[1:], uuid + "0", strings.ReplaceAll(uuid, "-", ""), "{" + uuid + "}", "urn:uuid:" + uuid,
			strings.Replace(uuid, "1", "g", 1), strings.Replace(uuid, "1", "G", 1), uuid[:35] + "é",
			strings.ReplaceAll(uuid, "-", "0"), strings.Replace(uuid, "3e4567-", "3e456-7", 1),
		},
		"str":    {""},
		"string": {"."},
	}
	for name, values := range fits {
		for _, value := range values {
			expectValue(t, name, value, true)
		}
	}
	for name, values := range misses {
		for _, value := range values {
			expectValue(t, name, value, false)
		}
	}
}

// expectValue asks for a value in the three places where it can stand.
func expectValue(t *testing.T, name, value string, fits bool) {
	t.Helper()
	for _, format := range []string{"/%s", "/a/%s", "/%s/a"} {
		pattern := fmt.Sprintf(format, "{"+name+":v}")
		target := fmt.Sprintf(format, encoded(value))
		want := "404"
		if fits {
			want = fmt.Sprintf("GET %s v=%q", pattern, value)
		}
		if got := ask(t, newTable(t, lenient, "GET "+pattern), "GET "+target); got != want {
			t.Errorf("pattern %s, value %q: got %s, want %s", pattern, value, got, want)
		}
	}
}

// encoded percent-encodes every byte, which no router may see a difference in.
func encoded(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

func TestOwnValuePatterns(t *testing.T) {
	options := router.Options{ValuePatterns: []router.ValuePattern{
		{Name: "slug", Match: regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString},
		{Name: "even", Match: func(s string) bool { return len(s)%2 == 0 }},
		{Name: "Path_2", Match: func(s string) bool { return strings.Contains(s, "/") }},
	}}
	table := newTable(t, options,
		"GET /r/{slug:name}", "GET /f/{even:v}", "GET /f/{v}", "GET /p/<Path_2:v>",
		"GET /o/{even:e}", "GET /o/{slug:s}", "GET /o/{int:i}", "GET /o/{plain}")
	askAll(t, table, []asked{
		{"regexp fits", "GET /r/black-sheep", `GET /r/{slug:name} name="black-sheep"`},
		{"regexp does not fit", "GET /r/Black-Sheep", "404"},
		{"value is decoded before it is tested", "GET /r/%62lack%2dsheep", `GET /r/{slug:name} name="black-sheep"`},
		{"function fits", "GET /f/abcd", `GET /f/{even:v} v="abcd"`},
		{"function does not fit", "GET /f/abc", `GET /f/{v} v="abc"`},
		{"length is that of the decoded bytes", "GET /f/%C3%A4", `GET /f/{even:v} v="ä"`},
		{"encoded slash is a slash for the function", "GET /p/a%2Fb", `GET /p/<Path_2:v> v="a/b"`},
		{"without the slash", "GET /p/ab", "404"},
		{"first of several own ones that fit", "GET /o/ab-c", `GET /o/{slug:s} s="ab-c"`},
		{"order of Options, not of registration", "GET /o/ab", `GET /o/{slug:s} s="ab"`},
		{"second one alone", "GET /o/A-", `GET /o/{even:e} e="A-"`},
		{"built-in one before own ones", "GET /o/12", `GET /o/{int:i} i="12"`},
		{"none of them", "GET /o/A", `GET /o/{plain} plain="A"`},
	})
}

func TestOwnValuePatternIsNotAskedForWhatIsNoValue(t *testing.T) {
	var got []string
	r := router.New(router.Options{ValuePatterns: []router.ValuePattern{{Name: "any", Match: func(s string) bool {
		got = append(got, s)
		return true
	}}}})
	r.Root().Get("/{any:v}/x", named("any"))
	table := build(t, r)
	for _, target := range []string{"/./x", "/../x", "/%2e/x", "/%2E%2e/x", "//x"} {
		if answer := ask(t, table, "GET "+target); answer != "404" {
			t.Errorf("GET %s: got %s, want 404", target, answer)
		}
	}
	if len(got) > 0 {
		t.Errorf("Match was called with %q", got)
	}
}

func own(name string, match func(string) bool) []router.ValuePattern {
	return []router.ValuePattern{{Name: name, Match: match}}
}

func TestMistakesInValuePatterns(t *testing.T) {
	yes := func(string) bool { return true }
	tests := []struct {
		description string
		patterns    []router.ValuePattern
		want        string
	}{
		{"no name", own("", yes), `value pattern "": the name must be letters, digits and _`},
		{"name with a hyphen", own("a-b", yes), `value pattern "a-b": the name must be`},
		{"name with a brace", own("a}", yes), `value pattern "a}": the name must be`},
		{"no function", own("slug", nil), `value pattern "slug": Match is nil`},
		{"built-in name", own("int", yes), `value pattern "int" exists already`},
		{"name of the parser", own("path", yes), `value pattern "path" exists already`},
		{"alias of the parser", own("string", yes), `value pattern "string" exists already`},
		{"twice", append(own("slug", yes), own("slug", yes)...), `value pattern "slug" exists already`},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			got := buildError(router.New(router.Options{ValuePatterns: test.patterns}))
			if !strings.Contains(got, test.want) {
				t.Errorf("Build: got %q, want %q in it", got, test.want)
			}
		})
	}
}
