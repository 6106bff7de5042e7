package header_test

import (
	"strings"
	"testing"

	"github.com/soay-go/soay/request/header"
)

func TestNegotiateMediaType(t *testing.T) {
	long := strings.Repeat("x/y,", maxElements-1)
	for _, tt := range []struct {
		name   string
		values []string
		offers []string
		want   string
	}{
		{"no header", nil, []string{"text/html", "a/b"}, "text/html"},
		{"empty header", []string{""}, []string{"text/html", "a/b"}, "text/html"},
		{"only commas", []string{" , ,, "}, []string{"text/html", "a/b"}, "text/html"},
		{"nothing well-formed", []string{"text, /b, a/b;q=2"}, []string{"text/html", "a/b"}, "text/html"},
		{"no offers", []string{"*/*"}, nil, ""},
		{"no header and no offers", nil, nil, ""},
		{"exact", []string{"a/b"}, []string{"text/html", "a/b"}, "a/b"},
		{"case", []string{"A/B"}, []string{"text/html", "a/B"}, "a/B"},
		{"nothing acceptable", []string{"a/b, a/c"}, []string{"text/html"}, ""},
		{"weights", []string{"a/b;q=0.3, a/c;q=0.31"}, []string{"a/b", "a/c"}, "a/c"},
		{"tie goes to the earlier offer", []string{"a/c, a/b"}, []string{"a/b", "a/c"}, "a/b"},
		{"several lines", []string{"a/b;q=0.1", "", "a/c"}, []string{"a/b", "a/c"}, "a/c"},
		{"subtype wildcard", []string{"text/*"}, []string{"a/b", "text/html"}, "text/html"},
		{"wildcard", []string{"*/*"}, []string{"a/b", "text/html"}, "a/b"},
		{"half a wildcard is none", []string{"*/b"}, []string{"a/b"}, ""},
		{"zero refuses", []string{"a/b;q=0"}, []string{"a/b"}, ""},
		{"zero refuses under a wildcard", []string{"*/*, a/b;q=0"}, []string{"a/b", "a/c"}, "a/c"},
		{"type refused, subtype not", []string{"text/*;q=0, text/html;q=0.1"}, []string{"text/plain", "text/html"}, "text/html"},
		{"all spellings of zero", []string{"a/b;q=0., a/c;q=0.0, a/d;q=0.000"}, []string{"a/b", "a/c", "a/d"}, ""},
		{"all spellings of one", []string{"a/b;q=1., a/c;q=0.999"}, []string{"a/c", "a/b"}, "a/b"},
		{"upper-case weight", []string{"a/b;Q=0.1, a/c;q=0.2"}, []string{"a/b", "a/c"}, "a/c"},
		{"weight before parameters", []string{"a/b;q=0;level=1, a/b"}, []string{"a/b;level=1", "a/b"}, "a/b"},
		{"four decimals", []string{"a/b;q=1.0000, a/c;q=0.1"}, []string{"a/b", "a/c"}, "a/c"},
		{"weight above one", []string{"a/b;q=1.001, a/c;q=0.1"}, []string{"a/b", "a/c"}, "a/c"},
		{"huge weight", []string{"a/b;q=99999999999999999999, a/c;q=0.1"}, []string{"a/b", "a/c"}, "a/c"},
		{"negative weight", []string{"a/b;q=-1, a/c;q=0.1"}, []string{"a/b", "a/c"}, "a/c"},
		{"exponent", []string{"a/b;q=1e0, a/c;q=0.1"}, []string{"a/b", "a/c"}, "a/c"},
		{"weight without a leading digit", []string{"a/b;q=.9, a/c;q=0.1"}, []string{"a/b", "a/c"}, "a/c"},
		{"letter among the decimals", []string{"a/b;q=0.x, a/c;q=0.1"}, []string{"a/b", "a/c"}, "a/c"},
		{"quoted weight", []string{`a/b;q="1", a/c;q=0.1`}, []string{"a/b", "a/c"}, "a/c"},
		{"two weights", []string{"a/b;q=1;q=1, a/c;q=0.1"}, []string{"a/b", "a/c"}, "a/c"},
		{"first of equal ranges", []string{"a/b;q=0.1, a/b;q=0.9, a/c;q=0.5"}, []string{"a/b", "a/c"}, "a/c"},
		{"parameter is more specific", []string{"a/b;q=0.2, a/b;level=1"}, []string{"a/b", "a/b;level=1"}, "a/b;level=1"},
		{"more parameters are more specific", []string{"a/b;c=d, a/b;c=d;e=f;q=0"}, []string{"a/b;e=f;c=d", "a/b;c=d"}, "a/b;c=d"},
		{"parameter of a wildcard is not", []string{"a/*;c=d, a/b;q=0"}, []string{"a/b;c=d"}, ""},
		{"offer lacks the parameter", []string{"a/b;level=1"}, []string{"a/b"}, ""},
		{"offer has another value", []string{"a/b;level=1"}, []string{"a/b;level=2"}, ""},
		{"offer has a parameter beyond", []string{"a/b"}, []string{"a/b;level=1"}, "a/b;level=1"},
		{"quoted value", []string{`a/b;c="\d"`}, []string{"a/b;c=d"}, "a/b;c=d"},
		{"value is a prefix", []string{`a/b;c="de"`}, []string{"a/b;c=d"}, ""},
		{"values keep their case", []string{"a/b;c=D"}, []string{"a/b;c=d"}, ""},
		{"charset does not", []string{"a/b;charset=UTF-8"}, []string{"a/b;charset=utf-8"}, "a/b;charset=utf-8"},
		{"comma in quotes", []string{`a/b;c="x, a/c", a/d`}, []string{"a/c", "a/d"}, "a/d"},
		{"escaped quote", []string{`a/b;c="x\", a/c", a/d`}, []string{"a/c", "a/d"}, "a/d"},
		{"unterminated quote", []string{`a/d, a/b;c="x, a/c`}, []string{"a/c", "a/d"}, "a/d"},
		{"quote ends with its line", []string{`a/b;c="x`, `a/c, a/d"`}, []string{"a/d", "a/c"}, "a/c"},
		{"whitespace oddities", []string{"\t a/b \t;\t q=0.5\t,a/c ;; q=0.6;"}, []string{"a/b", "a/c"}, "a/c"},
		{"space within", []string{"a/b q=1, a /c, a/d;q= 1, a/e;q=0.1"}, []string{"a/b", "a/c", "a/d", "a/e"}, "a/e"},
		{"non-ASCII", []string{"\xff/\xff, ä/b, a/c"}, []string{"ä/b", "a/c"}, "a/c"},
		{"malformed offers", []string{"*/*"}, []string{"", "html", "a/b;c", "a/b"}, "a/b"},
		{"malformed offer without a header", nil, []string{"html"}, ""},
		{"last element looked at", []string{long + "a/b"}, []string{"a/b"}, "a/b"},
		{"first element not looked at", []string{long + "x/y, a/b"}, []string{"a/b"}, ""},
		{"empty elements do not count", []string{strings.Repeat(",", 1000) + "a/b"}, []string{"a/b"}, "a/b"},
		{"a browser and an API", browserAccept, []string{"application/json", "text/html"}, "text/html"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := header.NegotiateMediaType(tt.values, tt.offers...); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNegotiateAllocations(t *testing.T) {
	inputs := map[string][]string{
		"none":    nil,
		"browser": browserAccept,
		"quoted":  {`text/html;charset="\u\t\f-8";q=0.5, text/*;q=0.1`},
		"coding":  {"gzip;q=0.5, X-GZIP, *;q=0"},
		"tags":    {"de-CH, DE;q=0.9, *;q=0.1"},
	}
	for name, value := range hostile() {
		inputs[name] = []string{value[:4096]}
	}
	for name, values := range inputs {
		n := testing.AllocsPerRun(10, func() {
			header.NegotiateMediaType(values, "application/json", `text/html; charset="utf-\8"`)
			header.NegotiateEncoding(values, "br", "x-gzip")
			header.NegotiateLanguage(values, "en-GB", "de")
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// naiveMediaType does what the documentation of NegotiateMediaType says, without regard to speed.
func naiveMediaType(values, offers []string) string {
	type mediaRange struct {
		header.MediaType
		weight float64
	}
	var ranges []mediaRange
	for _, element := range elements(values) {
		m, err := header.ParseMediaType(element)
		weight, ok := 1.0, true
		if q, has := m.Param("q"); has {
			weight, ok = parseWeight(q)
			ok = ok && !strings.Contains(strings.ToLower(element), `q="`)
		}
		if err == nil && ok {
			ranges = append(ranges, mediaRange{m, weight})
		}
	}
	// rank orders the ranges that match an offer: by the wildcards they have, then by their parameters.
	rank := func(r mediaRange, offer header.MediaType) int {
		params := 0
		for name, want := range r.Params() {
			if name == "q" {
				continue
			}
			have, ok := offer.Param(name)
			if name == "charset" {
				have, want = strings.ToLower(have), strings.ToLower(want)
			}
			if !ok || have != want {
				return 0
			}
			params++
		}
		switch r.Type + "/" + r.Subtype {
		case offer.Type + "/" + offer.Subtype:
			return 3000 + params
		case offer.Type + "/*":
			return 2000 + params
		case "*/*":
			return 1000 + params
		}
		return 0
	}
	best, most := "", 0.0
	for _, offer := range offers {
		m, err := header.ParseMediaType(offer)
		if err != nil {
			continue
		}
		weight, highest := 0.0, 0
		if len(ranges) == 0 {
			weight = 1
		}
		for _, r := range ranges {
			if n := rank(r, m); n > highest {
				weight, highest = r.weight, n
			}
		}
		if weight > most {
			best, most = offer, weight
		}
	}
	return best
}

func FuzzNegotiateMediaType(f *testing.F) {
	const offers = "text/html\na/b\na/b;c=d\na/b;c=\"d\";e=f\ntext/html;charset=utf-8"
	for _, values := range []string{
		"", "\n", browserAccept[0], "a/b;q=0.5, a/*;q=0.1\n*/*;q=0.01", "a/b;c=d;q=0, a/b", `a/b;c="\d";e=f`, `text/html;charset="UTF-8"`,
		`a/b;c="x, text/html`, "a/b;q=1.001, */*;q=0.001", ",,,", "a/*;c=d;q=0.3, */*;q=0.5;e=f", "\xff", `a/b;q="1"`, "*/*;c=d",
		strings.Repeat("x/y,", 63) + "a/b",
	} {
		f.Add(values, offers)
	}
	f.Fuzz(func(t *testing.T, values, offers string) {
		got := header.NegotiateMediaType(lines(values), lines(offers)...)
		if want := naiveMediaType(lines(values), lines(offers)); got != want {
			t.Errorf("NegotiateMediaType(%q, %q) = %q, want %q", lines(values), lines(offers), got, want)
		}
	})
}
