package request_test

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request"
)

// withQuery returns a request with a query that need not be valid.
func withQuery(query string) request.Request {
	hr := httptest.NewRequest("GET", "/", nil)
	hr.URL.RawQuery = query
	return begin(hr)
}

func TestQuery(t *testing.T) {
	type values = url.Values
	for _, tt := range []struct {
		description, query, name string
		want                     string
		wantAll                  values
	}{
		{"none", "", "a", "", values{}},
		{"another", "b=1", "a", "", values{"b": {"1"}}},
		{"one", "a=1", "a", "1", values{"a": {"1"}}},
		{"first of several", "a=1&b=2&a=3", "a", "1", values{"a": {"1", "3"}, "b": {"2"}}},
		{"blank value", "a=&a=2", "a", "", values{"a": {"", "2"}}},
		{"no equal sign", "a", "a", "", values{"a": {""}}},
		{"empty name", "=1", "", "1", values{"": {"1"}}},
		{"empty pieces", "&&a=1&", "a", "1", values{"a": {"1"}}},
		{"equal signs in the value", "a=b=c=", "a", "b=c=", values{"a": {"b=c="}}},
		{"plus", "a=1+2++3", "a", "1 2  3", values{"a": {"1 2  3"}}},
		{"percent", "a=%C3%A9%2B%26%3d", "a", "é+&=", values{"a": {"é+&="}}},
		{"percent in the name", "%61b=1", "ab", "1", values{"ab": {"1"}}},
		{"plus in the name", "a+b=1", "a b", "1", values{"a b": {"1"}}},
		{"plus in the name is not itself", "a+b=1", "a+b", "", values{"a b": {"1"}}},
		{"percent in the name is not itself", "%61=1&a=2", "%61", "", values{"a": {"1", "2"}}},
		{"decoded once", "a=%2541", "a", "%41", values{"a": {"%41"}}},
		{"another case", "A=1", "a", "", values{"A": {"1"}}},
		{"semicolon separates nothing", "a=1;b=2", "a", "1;b=2", values{"a": {"1;b=2"}}},
		{"semicolon in the name", "a;b=2", "a", "", values{"a;b": {"2"}}},
		{"malformed value", "a=%zz&a=2", "a", "2", values{"a": {"2"}}},
		{"cut off value", "a=%4&b=%", "a", "", values{}},
		{"malformed name", "%zz=1&a%=2&b=3", "b", "3", values{"b": {"3"}}},
		{"invalid UTF-8", "a=%ff&a=%C3&a=ok", "a", "ok", values{"a": {"ok"}}},
		{"invalid UTF-8 in the name", "%ff=1&\xff=2", "\xff", "", values{}},
		{"invalid UTF-8 as it is", "a=\xc3\x28&a=é", "a", "é", values{"a": {"é"}}},
		{"NUL and line breaks are data", "a=%00%0d%0a", "a", "\x00\r\n", values{"a": {"\x00\r\n"}}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			req := withQuery(tt.query)
			if got := req.Query(tt.name); got != tt.want {
				t.Errorf("Query(%q) = %q, want %q", tt.name, got, tt.want)
			}
			if diff := cmp.Diff(tt.wantAll, req.QueryValues()); diff != "" {
				t.Errorf("QueryValues (-want +got):\n%s", diff)
			}
		})
	}
}

func TestQueryOf30000Pairs(t *testing.T) {
	var b strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&b, "&k%d=v%d", i, i)
	}
	req := withQuery(b.String())
	if got := req.Query("k29999"); got != "v29999" {
		t.Errorf("the last value is %q", got)
	}
	values := req.QueryValues()
	if len(values) != 30_000 || values.Get("k15000") != "v15000" {
		t.Errorf("%d names, k15000 is %q", len(values), values.Get("k15000"))
	}
}

func TestQueryValuesBelongToTheCaller(t *testing.T) {
	req := withQuery("a=1")
	req.QueryValues().Set("a", "2")
	if got := req.QueryValues().Get("a"); got != "1" || req.Query("a") != "1" {
		t.Errorf("a is %q after a change of an earlier result", got)
	}
}

// Query is the first of QueryValues, and these are what package url reads, apart from what is malformed.
func FuzzQuery(f *testing.F) {
	f.Add("a=1&b=2&a=3", "a")
	f.Add("a+b=1&%61=%zz", "a b")
	f.Add("=&&;=%ff&%C3%A9", "é")
	f.Fuzz(func(t *testing.T, query, name string) {
		req := withQuery(query)
		all := req.QueryValues()
		if got := req.Query(name); got != all.Get(name) {
			t.Errorf("Query(%q) = %q, QueryValues has %q", name, got, all[name])
		}
		want, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		for name, values := range want {
			for _, value := range values {
				if !utf8.ValidString(name) || !utf8.ValidString(value) {
					return
				}
			}
		}
		if diff := cmp.Diff(want, all); diff != "" {
			t.Errorf("package url against QueryValues (-want +got):\n%s", diff)
		}
	})
}
