package header_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay/request/header"
)

// maxElements is the documented bound on the elements of a list.
const maxElements = 64

// numberedParams returns n parameters with different names.
func numberedParams(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ";p%d=%d", i, i)
	}
	return b.String()
}

// elements splits field lines the obvious way: one byte at a time, into new strings.
func elements(values []string) []string {
	var all []string
	for _, line := range values {
		var b []byte
		quoted, escaped := false, false
		flush := func() {
			if element := strings.Trim(string(b), " \t"); element != "" {
				all = append(all, element)
			}
			b = b[:0]
		}
		for _, c := range []byte(line) {
			if c == ',' && !quoted {
				flush()
				continue
			}
			b = append(b, c)
			switch {
			case escaped:
				escaped = false
			case quoted && c == '\\':
				escaped = true
			case c == '"':
				quoted = !quoted
			}
		}
		flush()
	}
	return all[:min(len(all), maxElements)]
}

var weightGrammar = regexp.MustCompile(`^(0(\.[0-9]{0,3})?|1(\.0{0,3})?)$`)

// parseWeight reads a qvalue through a floating-point number.
func parseWeight(s string) (weight float64, ok bool) {
	if !weightGrammar.MatchString(s) {
		return 0, false
	}
	weight, err := strconv.ParseFloat(s, 64)
	return weight, err == nil
}

var weightedGrammar = regexp.MustCompile("^([!#$%&'*+\\-.^_`|~0-9A-Za-z]+)[ \t]*(?:;[ \t;]*[qQ]=([0-9.]+))?$")

// weighted reads the well-formed elements of Accept-Encoding and Accept-Language.
func weighted(values []string) (names []string, weights []float64) {
	for _, element := range elements(values) {
		parts := weightedGrammar.FindStringSubmatch(element)
		if parts == nil {
			continue
		}
		weight, ok := 1.0, true
		if parts[2] != "" {
			weight, ok = parseWeight(parts[2])
		}
		if ok {
			names, weights = append(names, strings.ToLower(parts[1])), append(weights, weight)
		}
	}
	return names, weights
}

// lines turns one string of the fuzzer into field lines; nil if it is empty.
func lines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// hostile returns long values of the kinds that make careless parsers slow.
func hostile() map[string]string {
	const n = 1 << 18 // four times the headers that a server takes
	fill := func(s string) string { return strings.Repeat(s, n/len(s)) }
	return map[string]string{
		"commas":                    fill(","),
		"commas and spaces":         fill(" ,\t"),
		"spaces":                    "a" + fill(" ") + "a",
		"quotes":                    fill(`"`),
		"an unterminated quote":     `a/b;c="` + fill("x"),
		"unterminated escapes":      `a/b;c="` + fill(`\`),
		"many unterminated quotes":  fill(`a/b;c="x,`),
		"one long token":            fill("a"),
		"many tokens":               fill("a,"),
		"many ranges":               fill("a/b;q=0.5,"),
		"many parameters":           "a/b" + fill(";a=b"),
		"many different parameters": "a/b" + numberedParams(n/12),
		"semicolons":                "a/b" + fill("; "),
		"many quoted parameters":    fill(`a/b;c="\"\\";d="",`),
		"a long weight":             "a;q=0." + fill("0"),
		"a long number":             "bytes=" + fill("9") + "-",
		"many byte ranges":          "bytes=" + fill("0-0,"),
		"many suffixes":             "bytes=" + fill("-1,"),
		"many hyphens":              fill("a-"),
		"many tags":                 fill(`"a",`),
		"many weak marks":           fill("W/"),
		"many addresses":            fill("192.0.2.1,"),
		"many hops":                 fill("for=192.0.2.1,"),
		"brackets":                  fill("["),
		"for brackets":              `for="` + fill("[::") + `"`,
		"colons":                    fill(":"),
		"non-ASCII":                 fill("\xff"),
		"control characters":        fill("\x00"),
		"a long password":           "Basic " + fill("YTph"),
	}
}

// Every function must be done with a long value in less time than anything quadratic would take, and repeat little of it. The bound
// leaves room for the race detector on a busy machine.
func TestHostileInput(t *testing.T) {
	for name, value := range hostile() {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			for _, err := range callAll(value) {
				if err != nil && len(err.Error()) > 512 {
					t.Errorf("error of %d bytes", len(err.Error()))
				}
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// callAll calls every function that parses a value and returns the errors.
func callAll(value string) []error {
	values := []string{value, value}
	header.NegotiateMediaType(values, "text/html", "application/json; charset=utf-8")
	header.NegotiateEncoding(values, "br", "gzip")
	header.NegotiateLanguage(values, "en", "de-CH")
	header.IsJSON(value)
	_, mediaType := header.ParseMediaType(value)
	_, byteRange := header.ParseRange(value, 1<<40)
	_, forwarded := header.ParseForwarded(values)
	_, forwardedFor := header.ParseXForwardedFor(values)
	_, etag := header.ParseETag(value)
	_, _, etags := header.ParseETags(values)
	if _, credentials, ok := header.ParseAuthorization(value); ok {
		header.ParseBasic(credentials)
		header.ParseBearer(credentials)
	}
	header.Quote(value)
	header.IsToken(value)
	return []error{mediaType, byteRange, forwarded, forwardedFor, etag, etags}
}

// The fuzz targets change bytes; this puts together whole elements from few words, so that they meet often.
func TestNegotiateAgainstReference(t *testing.T) {
	for _, tt := range []struct {
		name      string
		words     []string
		offers    []string
		negotiate func(values []string, offers ...string) string
		naive     func(values, offers []string) string
	}{
		{
			"media types",
			[]string{"a/b", "A/B;c=d", `a/b;c="\d";e=f`, "a/c", "a/*", "a/*;c=d", "*/*", "*/b", "x", "a/b;charset=U"},
			[]string{"a/b", "a/b;c=d", "a/b;e=f;c=d", "a/c", "a/b;charset=u", "b/b", "x"},
			header.NegotiateMediaType, naiveMediaType,
		},
		{
			"encodings",
			[]string{"gzip", "X-Gzip", "br", "identity", "*", "deflate", "a/b"},
			[]string{"gzip", "br", "identity", "x-gzip", "zstd"},
			header.NegotiateEncoding, naiveEncoding,
		},
		{
			"languages",
			[]string{"en", "EN-gb", "en-GB-x", "en-US", "de", "de-CH-1996", "*", "e_n", "fr"},
			[]string{"en", "en-GB", "en-us", "de", "de-CH", "es"},
			header.NegotiateLanguage, naiveLanguage,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			weights := []string{"", "", ";q=0", ";q=0.5", " ; Q=0.50", ";q=0.501", ";q=1", ";q=2", ";q=.5", ";q=0.9000"}
			separators := []string{",", ", ", ",,", "\n"}
			random := rand.New(rand.NewPCG(1, 2))
			pick := func(from []string) string { return from[random.IntN(len(from))] }
			for range 10_000 {
				var b strings.Builder
				for range random.IntN(6) {
					b.WriteString(pick(tt.words) + pick(weights) + pick(separators))
				}
				var offers []string
				for range random.IntN(4) {
					offers = append(offers, pick(tt.offers))
				}
				values := lines(b.String())
				if got, want := tt.negotiate(values, offers...), tt.naive(values, offers); got != want {
					t.Fatalf("%q with offers %q: got %q, want %q", values, offers, got, want)
				}
			}
		})
	}
}
