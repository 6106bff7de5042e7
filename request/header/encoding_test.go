package header_test

import (
	"strings"
	"testing"

	"github.com/soay-go/soay/request/header"
)

func TestNegotiateEncoding(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values []string
		offers []string
		want   string
	}{
		{"no header", nil, []string{"gzip"}, "identity"},
		{"empty header", []string{""}, []string{"gzip"}, "identity"},
		{"no offers", []string{"gzip"}, nil, "identity"},
		{"listed", []string{"gzip, deflate, br"}, []string{"gzip"}, "gzip"},
		{"tie goes to the earlier offer", []string{"gzip, deflate, br"}, []string{"br", "gzip"}, "br"},
		{"weights", []string{"br;q=0.5, gzip;q=0.6"}, []string{"br", "gzip"}, "gzip"},
		{"not listed", []string{"deflate"}, []string{"gzip"}, "identity"},
		{"case", []string{"GZip"}, []string{"gzip"}, "gzip"},
		{"x-gzip in the header", []string{"x-gzip"}, []string{"gzip"}, "gzip"},
		{"x-gzip in the offer", []string{"gzip"}, []string{"X-GZIP"}, "X-GZIP"},
		{"x-compress", []string{"x-compress"}, []string{"compress"}, "compress"},
		{"wildcard", []string{"*"}, []string{"br", "gzip"}, "br"},
		{"name before wildcard", []string{"*, br;q=0.1"}, []string{"br", "gzip"}, "gzip"},
		{"refused", []string{"gzip;q=0"}, []string{"gzip"}, "identity"},
		{"refused under a wildcard", []string{"gzip;q=0, *"}, []string{"gzip", "br"}, "br"},
		{"unlisted identity comes last", []string{"gzip;q=0.001"}, []string{"gzip"}, "gzip"},
		{"identity preferred", []string{"gzip;q=0.5, identity"}, []string{"gzip"}, "identity"},
		{"identity in a tie", []string{"identity, gzip"}, []string{"gzip"}, "gzip"},
		{"identity offered first in a tie", []string{"identity, gzip"}, []string{"identity", "gzip"}, "identity"},
		{"identity refused", []string{"identity;q=0, gzip"}, []string{"gzip"}, "gzip"},
		{"identity refused, nothing left", []string{"identity;q=0, gzip"}, []string{"br"}, ""},
		{"identity refused by wildcard", []string{"*;q=0"}, []string{"gzip"}, ""},
		{"identity spared by name", []string{"*;q=0, identity;q=0.1"}, []string{"gzip"}, "identity"},
		{"gzip or nothing", []string{"gzip, *;q=0"}, []string{"br", "gzip"}, "gzip"},
		{"first of two counts", []string{"gzip;q=0, gzip"}, []string{"gzip"}, "identity"},
		{"several lines", []string{"br;q=0.1", "gzip"}, []string{"br", "gzip"}, "gzip"},
		{"malformed elements", []string{"br;q=2, br;x=1, br;q=1;x=1, br x, br;, =, gzip;q=0.1"}, []string{"br", "gzip"}, "gzip"},
		{"not a prefix", []string{"gzip2"}, []string{"gzip"}, "identity"},
		{"quotes", []string{`"gzip", "br`}, []string{"gzip", "br"}, "identity"},
		{"beyond the bound", []string{strings.Repeat("x,", maxElements) + "gzip"}, []string{"gzip"}, "identity"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := header.NegotiateEncoding(tt.values, tt.offers...); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// naiveEncoding does what the documentation of NegotiateEncoding says, with a map.
func naiveEncoding(values, offers []string) string {
	canonical := func(name string) string {
		name = strings.ToLower(name)
		if name == "x-gzip" || name == "x-compress" {
			name = name[2:]
		}
		return name
	}
	weights := map[string]float64{}
	names, all := weighted(values)
	for i, name := range names {
		if _, twice := weights[canonical(name)]; !twice {
			weights[canonical(name)] = all[i]
		}
	}
	weight := func(coding string) (float64, bool) {
		if w, ok := weights[canonical(coding)]; ok {
			return w, true
		}
		w, ok := weights["*"]
		return w, ok
	}
	best, most := "", 0.0
	for _, offer := range append(offers, "identity") {
		if w, _ := weight(offer); w > most {
			best, most = offer, w
		}
	}
	if _, listed := weight("identity"); best == "" && !listed {
		return "identity"
	}
	return best
}

func FuzzNegotiateEncoding(f *testing.F) {
	const offers = "br\ngzip\nidentity"
	for _, values := range []string{
		"", "gzip, deflate, br;q=0.9", "*;q=0", "identity;q=0, *;q=0.5", "x-gzip\nBR;q=0.1", "gzip;q=2, ,br", "*;q=0.1, gzip;q=0", "gzip; ;q=1",
	} {
		f.Add(values, offers)
	}
	f.Fuzz(func(t *testing.T, values, offers string) {
		got := header.NegotiateEncoding(lines(values), lines(offers)...)
		if want := naiveEncoding(lines(values), lines(offers)); got != want {
			t.Errorf("NegotiateEncoding(%q, %q) = %q, want %q", lines(values), lines(offers), got, want)
		}
	})
}
