package header_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/header"
)

// read returns what a walk from the right yields: texts, and "error" where it stops.
func readFor(values ...string) []string {
	var got []string
	for addr, err := range header.ForwardedFor(values) {
		if err != nil {
			got = append(got, "error")
			continue
		}
		got = append(got, addr.String())
	}
	return got
}

func readHops(values ...string) []string {
	var got []string
	for hop, err := range header.ForwardedHops(values) {
		if err != nil {
			got = append(got, "error")
			continue
		}
		got = append(got, fmt.Sprint(hop.For, " ", hop.Proto, " ", hop.Host))
	}
	return got
}

func TestForwardedFor(t *testing.T) {
	for _, tt := range []struct {
		description string
		values      []string
		want        []string
	}{
		{"nothing", nil, nil},
		{"empty elements", []string{" ,, ", ""}, nil},
		{"from the right", []string{"192.0.2.1, 192.0.2.2"}, []string{"192.0.2.2", "192.0.2.1"}},
		{"several lines are one list", []string{"192.0.2.1", "192.0.2.2,192.0.2.3"}, []string{"192.0.2.3", "192.0.2.2", "192.0.2.1"}},
		{"junk of the client stays behind", []string{"junk, 198.51.100.7, 10.0.0.2"}, []string{"10.0.0.2", "198.51.100.7", "error"}},
		{"a quote of the client", []string{`"junk, 198.51.100.7`}, []string{"198.51.100.7", "error"}},
		{"stops at the first error", []string{"192.0.2.1, unknown, 192.0.2.2"}, []string{"192.0.2.2", "error"}},
		{"ports, brackets and mapped addresses", []string{"192.0.2.1:80, [2001:db8::1]:8080, ::ffff:192.0.2.9"},
			[]string{"192.0.2.9", "2001:db8::1", "192.0.2.1"}},
		{"a zone", []string{"fe80::1%eth0"}, []string{"error"}},
	} {
		if diff := cmp.Diff(tt.want, readFor(tt.values...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.description, diff)
		}
	}
	got := readFor(strings.Repeat("192.0.2.1,", 1000))
	if len(got) != maxElements+1 || got[maxElements] != "error" {
		t.Errorf("of 1000 elements it yields %d", len(got))
	}
	for range header.ForwardedFor([]string{"192.0.2.1,192.0.2.2"}) {
		break // the walk ends when nobody wants more
	}
}

func TestForwardedHops(t *testing.T) {
	for _, tt := range []struct {
		description string
		values      []string
		want        []string
	}{
		{"nothing", nil, nil},
		{"from the right", []string{"for=192.0.2.1;proto=http, for=192.0.2.2;proto=HTTPS;host=a.example"},
			[]string{"192.0.2.2 https a.example", "192.0.2.1 http "}},
		{"several lines are one list", []string{"for=192.0.2.1", "for=192.0.2.2"}, []string{"192.0.2.2  ", "192.0.2.1  "}},
		{"commas and quotes in quotes", []string{`for=192.0.2.1, for=_a;x="a,b\\\",c"`}, []string{"_a  ", "192.0.2.1  "}},
		{"an open quote of the client", []string{`for="junk, for=192.0.2.2`}, []string{"192.0.2.2  ", "error"}},
		{"an open quote before quotes", []string{`for="junk, for="[2001:db8::1]:80"`}, []string{"[2001:db8::1]:80  ", "error"}},
		{"junk of the client", []string{"=;=, for=192.0.2.2"}, []string{"192.0.2.2  ", "error"}},
		{"unknown is no error", []string{"for=unknown"}, []string{"unknown  "}},
	} {
		if diff := cmp.Diff(tt.want, readHops(tt.values...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.description, diff)
		}
	}
	got := readHops(strings.Repeat("for=192.0.2.1,", 1000))
	if len(got) != maxElements+1 || got[maxElements] != "error" {
		t.Errorf("of 1000 elements it yields %d", len(got))
	}
	for range header.ForwardedHops([]string{"for=a1,for=_a"}) {
		break
	}
}

func TestForwardedValue(t *testing.T) {
	for _, tt := range []struct {
		description string
		values      []string
		distance    int
		want        string
	}{
		{"nothing", nil, 1, ""},
		{"the last", []string{"http, https"}, 1, "https"},
		{"the one before", []string{"http, https"}, 2, "http"},
		{"of a shorter list the first", []string{"http, https"}, 3, "http"},
		{"over lines", []string{"a", "b,c"}, 3, "a"},
	} {
		if got := header.ForwardedValue(tt.values, tt.distance); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.description, got, tt.want)
		}
	}
}

// A list without mistakes has the same elements from both sides.
func FuzzForwardedHops(f *testing.F) {
	for _, seed := range []string{"for=192.0.2.1, for=_a", `for="[::1]:80";by=x,, proto=https`, `x="a\\",for=_b`, `for="a`, `x="\",",for=_a`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		want, err := header.ParseForwarded([]string{line})
		if err != nil {
			return
		}
		var got []header.ForwardedElement
		for hop, err := range header.ForwardedHops([]string{line}) {
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			got = append([]header.ForwardedElement{hop}, got...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-left +right):\n%s", line, diff)
		}
	})
}

func TestHostPattern(t *testing.T) {
	for _, tt := range []struct {
		pattern, host string
		want          bool
	}{
		{"cats.example", "cats.example", true},
		{"Cats.Example.", "CATS.example.:8080", true},
		{"cats.example", "a.cats.example", false},
		{"cats.example:80", "cats.example", false},
		{"cats.example:80", "cats.example:80", true},
		{"*.cats.example", "a.b.cats.example", true},
		{"*.cats.example", "cats.example", false},
		{"*.cats.example", "evilcats.example", false},
		{"*.cats.example:80", "a.cats.example:81", false},
		{"[::1]", "[0:0::1]:80", true},
		{"192.0.2.1", "192.0.2.1:80", true},
	} {
		p, ok := header.ParseHostPattern(tt.pattern)
		if !ok {
			t.Fatalf("%q is no pattern", tt.pattern)
		}
		name, port, _ := header.ParseHost(tt.host)
		if got := p.Matches(name, port); got != tt.want {
			t.Errorf("%s matches %s: %t", tt.pattern, tt.host, got)
		}
	}
	for _, wrong := range []string{"", "*", "*.", "*.[::1]", "a.*.example", "http://cats.example", "a b", "cats.example:x"} {
		if _, ok := header.ParseHostPattern(wrong); ok {
			t.Errorf("%q is taken for a pattern", wrong)
		}
	}
}
