package header_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/header"
)

// cookiePairs returns what Cookies yields as name=value texts.
func cookiePairs(lines []string) []string {
	var all []string
	for name, value := range header.Cookies(lines) {
		all = append(all, name+"="+value)
	}
	return all
}

func TestCookies(t *testing.T) {
	for _, tt := range []struct {
		description string
		lines       []string
		want        []string
	}{
		{"no header", nil, nil},
		{"empty header", []string{""}, nil},
		{"one", []string{"a=1"}, []string{"a=1"}},
		{"several in order", []string{"b=2; a=1; c=3"}, []string{"b=2", "a=1", "c=3"}},
		{"no space after the semicolon", []string{"a=1;b=2;c=3"}, []string{"a=1", "b=2", "c=3"}},
		{"tabs and many spaces", []string{"\ta=1 \t;   b=2  "}, []string{"a=1", "b=2"}},
		{"several lines", []string{"a=1", "b=2; c=3"}, []string{"a=1", "b=2", "c=3"}},
		{"empty pieces", []string{";; a=1;; ;"}, []string{"a=1"}},
		{"the same name twice", []string{"a=1; a=2"}, []string{"a=1", "a=2"}},
		{"names differ by case", []string{"a=1; A=2"}, []string{"a=1", "A=2"}},
		{"empty value", []string{"a="}, []string{"a="}},
		{"quotes", []string{`a="1"; b="x y"`}, []string{"a=1", "b=x y"}},
		{"quotes around nothing", []string{`a=""`}, []string{"a="}},
		{"equal signs in the value", []string{"a=b==; c=d=e"}, []string{"a=b==", "c=d=e"}},
		{"spaces and commas in the value", []string{"a=1, 2 3; b=4"}, []string{"a=1, 2 3", "b=4"}},
		{"percent is not decoded", []string{"a=%41+b"}, []string{"a=%41+b"}},
		{"no equal sign", []string{"a; b=2"}, []string{"b=2"}},
		{"no name", []string{"=1; b=2"}, []string{"b=2"}},
		{"space before the equal sign", []string{"a =1; b=2"}, []string{"b=2"}},
		{"name is no token", []string{"a[0]=1; ä=2; b@c=3; d=4"}, []string{"d=4"}},
		{"control characters in the value", []string{"a=1\x002; b=\r\n; c=\x7f; d=4"}, []string{"d=4"}},
		{"beyond ASCII in the value", []string{"a=ä; b=\xff; c=3"}, []string{"c=3"}},
		{"one quote", []string{`a="; b=1"; c="2; d=4`}, []string{"d=4"}},
		{"quote inside", []string{`a=1"2; b="1"2"; c=3`}, []string{"c=3"}},
		{"backslash", []string{`a=1\2; b=3`}, []string{"b=3"}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, cookiePairs(tt.lines)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCookiesLimit(t *testing.T) {
	numbered := func(n int, format string) []string {
		var pairs []string
		for i := range n {
			pairs = append(pairs, fmt.Sprintf(format, i))
		}
		return pairs
	}
	for _, tt := range []struct {
		description string
		lines       []string
		want        int
	}{
		{"as many as are read", []string{strings.Join(numbered(100, "c%d=1"), "; ")}, 100},
		{"one more", []string{strings.Join(numbered(101, "c%d=1"), "; ")}, 100},
		{"one more on another line", append(numbered(100, "c%d=1"), "c100=1"), 100},
		{"a flood", []string{strings.Join(numbered(10_000, "c%d=1"), ";")}, 100},
		{"malformed ones count",
			[]string{strings.Join(numbered(60, "c%d=ä"), ";"), strings.Join(numbered(60, "d%d=1"), ";")}, 40},
	} {
		t.Run(tt.description, func(t *testing.T) {
			if got := len(cookiePairs(tt.lines)); got != tt.want {
				t.Errorf("%d cookies, want %d", got, tt.want)
			}
			if _, count := header.Cookie(tt.lines, "c100"); count != 0 {
				t.Errorf("Cookie found the one beyond the limit")
			}
		})
	}
}

func TestCookiesStop(t *testing.T) {
	lines := []string{"a=1; b=2", "c=3"}
	for want := range 3 {
		var got []string
		for name := range header.Cookies(lines) {
			if len(got) == want {
				break
			}
			got = append(got, name)
		}
		if diff := cmp.Diff([]string{"a", "b", "c"}[:want], append([]string{}, got...)); diff != "" {
			t.Errorf("stopped after %d (-want +got):\n%s", want, diff)
		}
	}
}

func TestCookie(t *testing.T) {
	for _, tt := range []struct {
		description string
		lines       []string
		want        string
		wantCount   int
	}{
		{"none", nil, "", 0},
		{"another", []string{"b=1"}, "", 0},
		{"there", []string{"b=1; a=2"}, "2", 1},
		{"empty value", []string{"a="}, "", 1},
		{"other case", []string{"A=1"}, "", 0},
		{"suffix and prefix of its name", []string{"aa=1; xa=2; a=3"}, "3", 1},
		{"first of two", []string{"a=1; a=2"}, "1", 2},
		{"first of two lines", []string{"a=1", "a=2"}, "1", 2},
		{"first is empty", []string{"a=; a=2"}, "", 2},
		{"malformed one does not count", []string{"a=ä; a=2"}, "2", 1},
	} {
		t.Run(tt.description, func(t *testing.T) {
			if got, count := header.Cookie(tt.lines, "a"); got != tt.want || count != tt.wantCount {
				t.Errorf("got %q, %d; want %q, %d", got, count, tt.want, tt.wantCount)
			}
		})
	}
	lines := []string{`theme=dark; lang=en; session="abc"`}
	if n := testing.AllocsPerRun(100, func() { header.Cookie(lines, "session") }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestValidCookieValue(t *testing.T) {
	var refused []byte
	for b := range 256 {
		if !header.ValidCookieValue("a" + string([]byte{byte(b)}) + "z") {
			refused = append(refused, byte(b))
		}
	}
	var want []byte
	for b := range 256 {
		if b < 0x20 || b > 0x7e || strings.IndexByte(`";\`, byte(b)) >= 0 {
			want = append(want, byte(b))
		}
	}
	if diff := cmp.Diff(want, refused); diff != "" {
		t.Errorf("refused bytes (-want +got):\n%s", diff)
	}
	if !header.ValidCookieValue("") {
		t.Error("the empty value is refused")
	}
}

// Whatever net/http sends as a cookie is read back as it was.
func FuzzCookieOfNetHTTP(f *testing.F) {
	f.Add("a", "1")
	f.Add("__Host-session", "x y,z")
	f.Add("a", " ")
	f.Add("a", "==")
	f.Fuzz(func(t *testing.T, name, value string) {
		c := &http.Cookie{Name: name, Value: value}
		if c.Valid() != nil {
			t.Skip()
		}
		r := &http.Request{Header: http.Header{}}
		r.AddCookie(&http.Cookie{Name: "before", Value: "1"})
		r.AddCookie(c)
		want := []string{"before=1", name + "=" + value}
		if diff := cmp.Diff(want, cookiePairs(r.Header["Cookie"])); diff != "" {
			t.Errorf("%q (-want +got):\n%s", r.Header["Cookie"], diff)
		}
	})
}

// Cookie agrees with Cookies, whose every pair could be sent again.
func FuzzCookies(f *testing.F) {
	f.Add("a=1; b=2;c=3", "a=4")
	f.Add(`a="x y"; =1; b; c=`, ";;")
	f.Add("a=\x00; \xff=1", `q="`)
	f.Fuzz(func(t *testing.T, one, two string) {
		lines := []string{one, two}
		first, counts := map[string]string{}, map[string]int{}
		for name, value := range header.Cookies(lines) {
			if !header.IsToken(name) || !header.ValidCookieValue(value) {
				t.Errorf("yields %q=%q", name, value)
			}
			if counts[name] == 0 {
				first[name] = value
			}
			counts[name]++
		}
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			if value, count := header.Cookie(lines, name); value != first[name] || count != counts[name] {
				t.Errorf("Cookie(%q) = %q, %d; Cookies has %q, %d", name, value, count, first[name], counts[name])
			}
		}
	})
}
