package header_test

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/soay-go/soay/request/header"
)

func TestNegotiateLanguage(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values []string
		offers []string
		want   string
	}{
		{"no header", nil, []string{"en", "de"}, "en"},
		{"empty header", []string{" "}, []string{"en", "de"}, "en"},
		{"nothing well-formed", []string{"de_DE, deutschland, d1, -de, de-, de;q=7"}, []string{"en", "de"}, "en"},
		{"no offers", []string{"en"}, nil, ""},
		{"exact", []string{"de"}, []string{"en", "de"}, "de"},
		{"case", []string{"PT-br"}, []string{"en", "pt-BR"}, "pt-BR"},
		{"nothing acceptable", []string{"fr"}, []string{"en", "de"}, ""},
		{"weights", []string{"en;q=0.5, de;q=0.6"}, []string{"en", "de"}, "de"},
		{"order of the header decides a tie", []string{"de, en"}, []string{"en", "de"}, "de"},
		{"several lines", []string{"en;q=0.1", "de"}, []string{"en", "de"}, "de"},
		{"below the range", []string{"en"}, []string{"de", "en-GB"}, "en-GB"},
		{"first below the range", []string{"en"}, []string{"en-GB", "en-US"}, "en-GB"},
		{"the range itself before what is below", []string{"en"}, []string{"en-GB", "en"}, "en"},
		{"lookup by truncation", []string{"zh-Hant-TW"}, []string{"en", "zh"}, "zh"},
		{"longest truncation", []string{"zh-Hant-TW"}, []string{"zh", "zh-Hant"}, "zh-Hant"},
		{"truncation over single letters", []string{"zh-Hant-CN-x-private1-private2"}, []string{"zh-Hant-CN", "zh"}, "zh-Hant-CN"},
		{"siblings do not match", []string{"en-US"}, []string{"en-GB"}, ""},
		{"subtags are whole", []string{"de"}, []string{"deu", "den-DE"}, ""},
		{"truncated range before the next one", []string{"en-US, fr;q=0.8, en;q=0.5"}, []string{"fr", "en"}, "en"},
		{"range of its own before a shorter one", []string{"en, en-GB;q=0.5, fr;q=0.8"}, []string{"en-GB", "fr"}, "fr"},
		{"wildcard", []string{"*"}, []string{"en", "de"}, "en"},
		{"wildcard comes last", []string{"*, de"}, []string{"en", "de"}, "de"},
		{"wildcard by weight", []string{"de;q=0.5, *"}, []string{"de", "en"}, "en"},
		{"wildcard refused", []string{"de, *;q=0"}, []string{"en"}, ""},
		{"wildcard spares what is listed", []string{"de-CH, *;q=0"}, []string{"en", "de"}, "de"},
		{"refused", []string{"en;q=0, *"}, []string{"en", "en-GB", "de"}, "de"},
		{"refused below", []string{"en, en-GB;q=0"}, []string{"en-GB", "en-US"}, "en-US"},
		{"refused above, not below", []string{"en;q=0, en-GB"}, []string{"en", "en-US", "en-GB"}, "en-GB"},
		{"refused despite a truncated range", []string{"de-CH, de;q=0"}, []string{"de"}, ""},
		{"refusing one country spares the language", []string{"de-CH;q=0, *;q=0.1"}, []string{"de"}, "de"},
		{"first of two counts", []string{"en;q=0, en"}, []string{"en"}, ""},
		{"for the offers above, the better one does", []string{"en-GB;q=0, en-GB"}, []string{"en-GB", "en"}, "en"},
		{"first of two wildcards counts", []string{"*;q=0, *"}, []string{"en"}, ""},
		{"empty offer", []string{"en"}, []string{"", "en"}, "en"},
		{"malformed elements", []string{"fr;q=1.5, e_n, fr;x=y, en;q=0.1"}, []string{"fr", "en"}, "en"},
		{"subtag of nine", []string{"abcdefghi, en-123456789, de;q=0.1"}, []string{"en", "de"}, "de"},
		{"extended range", []string{"*-CH, de;q=0.1"}, []string{"fr-CH", "de"}, "de"},
		{"non-ASCII", []string{"\u0435n, de"}, []string{"en", "de"}, "de"},
		{"beyond the bound", []string{strings.Repeat("xx,", maxElements) + "en"}, []string{"en"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := header.NegotiateLanguage(tt.values, tt.offers...); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

var languageGrammar = regexp.MustCompile(`^(?i:\*|[a-z]{1,8}(-[a-z0-9]{1,8})*)$`)

// naiveLanguage does what the documentation of NegotiateLanguage says: it lists every pair of a range and an offer, and sorts.
func naiveLanguage(values, offers []string) string {
	type languageRange struct {
		tag      string
		weight   float64
		position int
	}
	type pair struct {
		languageRange
		offer  string
		common int
		exact  bool
	}
	var ranges []languageRange
	names, weights := weighted(values)
	for i, tag := range names {
		if languageGrammar.MatchString(tag) {
			ranges = append(ranges, languageRange{tag, weights[i], i})
		}
	}
	if len(ranges) == 0 && len(offers) > 0 {
		return offers[0]
	}
	var pairs []pair
	for _, offer := range offers {
		tag := strings.ToLower(offer)
		var named *languageRange // the longest range that names the offer or is above it
		var matches []pair
		for i, r := range ranges {
			if r.tag == "*" || tag == "" {
				continue
			}
			if strings.HasPrefix(tag+"-", r.tag+"-") && (named == nil || len(r.tag) > len(named.tag)) {
				named = &ranges[i]
			}
			if strings.HasPrefix(r.tag, tag+"-") && r.weight > 0 {
				matches = append(matches, pair{r, offer, len(tag), true})
			}
		}
		if named != nil && named.weight == 0 {
			continue
		}
		if named != nil {
			matches = append(matches, pair{*named, offer, len(named.tag), len(named.tag) == len(tag)})
		}
		if i := slices.IndexFunc(ranges, func(r languageRange) bool { return r.tag == "*" }); i >= 0 && len(matches) == 0 {
			wildcard := languageRange{"*", ranges[i].weight, 1000}
			matches = append(matches, pair{wildcard, offer, 0, false})
		}
		pairs = append(pairs, matches...)
	}
	pairs = slices.DeleteFunc(pairs, func(p pair) bool { return p.weight == 0 })
	slices.SortStableFunc(pairs, func(a, b pair) int {
		exact := 0
		if a.exact != b.exact {
			exact = 1
			if a.exact {
				exact = -1
			}
		}
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.position, b.position), cmp.Compare(b.common, a.common), exact)
	})
	if len(pairs) == 0 {
		return ""
	}
	return pairs[0].offer
}

func FuzzNegotiateLanguage(f *testing.F) {
	const offers = "en\nen-GB\nde\nzh-Hant"
	for _, values := range []string{
		"", "de-CH,de;q=0.9,en;q=0.8,*;q=0.5", "en-GB;q=0, en", "zh-Hant-TW, zh;q=0", "*;q=0, *", "*, de", "fr", "en-US, en;q=0.5\nde;q=0.7",
		"a-b-c, e, en-", "*;q=0.5,en;q=0.5",
	} {
		f.Add(values, offers)
	}
	f.Add("en, de", "\nen-gb\nEN-gb-x\nde-1")
	f.Fuzz(func(t *testing.T, values, offers string) {
		got := header.NegotiateLanguage(lines(values), lines(offers)...)
		if want := naiveLanguage(lines(values), lines(offers)); got != want {
			t.Errorf("NegotiateLanguage(%q, %q) = %q, want %q", lines(values), lines(offers), got, want)
		}
	})
}

func TestIsLanguageTag(t *testing.T) {
	for _, tt := range []struct {
		description, tag string
		want             bool
	}{
		{"a language", "de", true},
		{"a language and a country", "pt-BR", true},
		{"a script", "zh-Hant-TW", true},
		{"private use", "x-shouting", true},
		{"digits behind the language", "es-419", true},
		{"nothing", "", false},
		{"any language", "*", false},
		{"an underscore", "de_DE", false},
		{"an empty subtag", "de-", false},
		{"digits in front", "419-es", false},
		{"a long subtag", "de-abcdefghi", false},
		{"a header", "de\r\nX: y", false},
		{"two languages", "de, en", false},
	} {
		if got := header.IsLanguageTag(tt.tag); got != tt.want {
			t.Errorf("%s: %t, want %t", tt.description, got, tt.want)
		}
	}
}
