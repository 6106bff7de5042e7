package header_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/soay-go/soay/request/header"
)

func TestParseForwarded(t *testing.T) {
	type hops = []header.ForwardedElement
	for _, tt := range []struct {
		name   string
		values []string
		want   hops
	}{
		{"no header", nil, nil},
		{"empty header", []string{"", " ,"}, nil},
		{"IPv4", []string{"for=192.0.2.43"}, hops{{For: header.Node{Name: "192.0.2.43"}}}},
		{"IPv4 with port", []string{`for="192.0.2.43:47011"`}, hops{{For: header.Node{Name: "192.0.2.43", Port: "47011"}}}},
		{"IPv6", []string{`For="[2001:db8:cafe::17]"`}, hops{{For: header.Node{Name: "2001:db8:cafe::17"}}}},
		{
			"IPv6 with port", []string{`For="[2001:db8:cafe::17]:4711"`},
			hops{{For: header.Node{Name: "2001:db8:cafe::17", Port: "4711"}}},
		},
		{"unknown", []string{"for=Unknown"}, hops{{For: header.Node{Name: "unknown"}}}},
		{"obfuscated", []string{`for="_gazonk"`, "for=_a.b-C_1"}, hops{
			{For: header.Node{Name: "_gazonk"}},
			{For: header.Node{Name: "_a.b-C_1"}},
		}},
		{"obfuscated port", []string{`for="unknown:_x"`}, hops{{For: header.Node{Name: "unknown", Port: "_x"}}}},
		{"everything, unknown parameters too", []string{`for=192.0.2.60;PROTO=HTTPS;by=203.0.113.43;host="example.com:8443";secret="x, y"`}, hops{{
			For: header.Node{Name: "192.0.2.60"}, By: header.Node{Name: "203.0.113.43"}, Host: "example.com:8443", Proto: "https",
		}}},
		{"order of the hops", []string{"for=192.0.2.1, for=192.0.2.2", "for=192.0.2.3"}, hops{
			{For: header.Node{Name: "192.0.2.1"}},
			{For: header.Node{Name: "192.0.2.2"}},
			{For: header.Node{Name: "192.0.2.3"}},
		}},
		{"escapes", []string{`for="\[::1\]"`}, hops{{For: header.Node{Name: "::1"}}}},
		{"whitespace and empty pairs", []string{" ,; for=192.0.2.1 ;; proto=http;\t, "}, hops{{For: header.Node{Name: "192.0.2.1"}, Proto: "http"}}},
		{"an element that says nothing is a hop", []string{"for=192.0.2.1, ;"}, hops{{For: header.Node{Name: "192.0.2.1"}}, {}}},
		{"host names", []string{"host=a-b.c_d.example., host=\"[::1]:80\", host=192.0.2.1"}, hops{
			{Host: "a-b.c_d.example."}, {Host: "[::1]:80"}, {Host: "192.0.2.1"},
		}},
		{"as many as allowed", []string{strings.Repeat("proto=http,", maxElements)}, repeatHop(header.ForwardedElement{Proto: "http"})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := header.ParseForwarded(tt.values)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("elements (-want +got):\n%s", diff)
			}
		})
	}
}

func repeatHop(hop header.ForwardedElement) (hops []header.ForwardedElement) {
	for range maxElements {
		hops = append(hops, hop)
	}
	return hops
}

func TestParseForwardedErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   string
		want string // the end of the error
	}{
		{"no pair", "192.0.2.1", "malformed parameter"},
		{"no value", "for=", "malformed parameter"},
		{"no name", "=192.0.2.1", "malformed parameter"},
		{"space around the equals sign", "for = 192.0.2.1", "malformed parameter"},
		{"no semicolon", "for=192.0.2.1 proto=http", "malformed parameter"},
		{"unterminated quote", `for=192.0.2.1;host="a, for=192.0.2.2`, "malformed parameter"},
		{"port outside quotes", "for=192.0.2.1:80", "malformed parameter"},
		{"brackets outside quotes", "for=[::1]", "malformed parameter"},
		{"parameter twice", "for=192.0.2.1;FOR=192.0.2.1", "parameter appears twice"},
		{"unknown parameter twice", "a=b;a=b", "parameter appears twice"},
		{"too many parameters", "for=unknown" + numberedParams(16), "more than 16 parameters"},
		{"too many elements", strings.Repeat("for=unknown,", maxElements+1), "more than 64 elements"},
		{"empty node", `for=""`, "invalid node"},
		{"bare IPv6", `for="2001:db8::1"`, "invalid node"},
		{"IPv4 in brackets", `for="[192.0.2.1]"`, "invalid node"},
		{"zone", `for="[fe80::1%eth0]"`, "invalid node"},
		{"open bracket", `for="[::1"`, "invalid node"},
		{"text after the bracket", `for="[::1]x:80"`, "invalid node"},
		{"text before the bracket", `for="x[::1]:80"`, "invalid node"},
		{"nested brackets", `for="[[::1]]"`, "invalid node"},
		{"IPv4 with leading zeros", "for=192.0.02.1", "invalid node"},
		{"short IPv4", "for=192.0.2", "invalid node"},
		{"host name as node", "for=example.com", "invalid node"},
		{"unknown and more", "by=unknown1", "invalid node"},
		{"only the underscore", "by=_", "invalid node"},
		{"bad obfuscated name", `by="_a/b"`, "invalid node"},
		{"empty port", `for="192.0.2.1:"`, "invalid node"},
		{"port too large", `for="192.0.2.1:65536"`, "invalid node"},
		{"port too long", `for="192.0.2.1:000080"`, "invalid node"},
		{"port of letters", `for="192.0.2.1:http"`, "invalid node"},
		{"only the underscore as port", `for="192.0.2.1:_"`, "invalid node"},
		{"two ports", `for="192.0.2.1:1:2"`, "invalid node"},
		{"space around the node", `for=" 192.0.2.1"`, "invalid node"},
		{"empty host", `host=""`, "invalid host"},
		{"host with userinfo", `host="a@b"`, "invalid host"},
		{"host with path", `host="a/b"`, "invalid host"},
		{"host with a space", `host="a b"`, "invalid host"},
		{"two hosts", `host="a, b"`, "invalid host"},
		{"host with a bad port", `host="a:b"`, "invalid host"},
		{"host with an empty port", `host="a:"`, "invalid host"},
		{"port without host", `host=":80"`, "invalid host"},
		{"bare IPv6 host", `host="::1"`, "invalid host"},
		{"non-ASCII host", `host="ä.example"`, "invalid host"},
		{"empty proto", `proto=""`, "invalid proto"},
		{"proto with a colon", `proto="http:"`, "invalid proto"},
		{"proto starts with a digit", "proto=1http", "invalid proto"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := header.ParseForwarded([]string{"for=192.0.2.9", tt.in})
			if err == nil {
				t.Fatalf("no error, got %+v", got)
			}
			if got != nil || !strings.HasPrefix(err.Error(), "header: Forwarded ") || !strings.HasSuffix(err.Error(), ": "+tt.want) {
				t.Errorf("got %+v, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func TestNode(t *testing.T) {
	for _, tt := range []struct {
		name       string
		node       header.Node
		wantString string
		wantAddr   string
	}{
		{"not given", header.Node{}, "", ""},
		{"unknown", header.Node{Name: "unknown"}, "unknown", ""},
		{"obfuscated", header.Node{Name: "_a", Port: "_b"}, "_a:_b", ""},
		{"IPv4", header.Node{Name: "192.0.2.1", Port: "80"}, "192.0.2.1:80", "192.0.2.1"},
		{"IPv6", header.Node{Name: "2001:DB8::1"}, "[2001:DB8::1]", "2001:db8::1"},
		{"IPv4-mapped", header.Node{Name: "::ffff:192.0.2.1", Port: "80"}, "[::ffff:192.0.2.1]:80", "192.0.2.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.node.String(); got != tt.wantString {
				t.Errorf("string = %q, want %q", got, tt.wantString)
			}
			addr, ok := tt.node.Addr()
			if ok != (tt.wantAddr != "") || ok && addr.String() != tt.wantAddr {
				t.Errorf("addr = %v, %v, want %q", addr, ok, tt.wantAddr)
			}
		})
	}
}

func TestParseXForwardedFor(t *testing.T) {
	for _, tt := range []struct {
		name    string
		values  []string
		want    []string
		wantErr string
	}{
		{"no header", nil, nil, ""},
		{"empty elements", []string{"", " , ,"}, nil, ""},
		{"order of the hops", []string{"192.0.2.1, 2001:db8::1", "192.0.2.3"}, []string{"192.0.2.1", "2001:db8::1", "192.0.2.3"}, ""},
		{"ports", []string{"192.0.2.1:80, [2001:db8::1]:80"}, []string{"192.0.2.1", "2001:db8::1"}, ""},
		{"brackets without port", []string{"[2001:db8::1]"}, []string{"2001:db8::1"}, ""},
		{"IPv4-mapped", []string{"::ffff:192.0.2.1, [::ffff:192.0.2.2]:1"}, []string{"192.0.2.1", "192.0.2.2"}, ""},
		{"unknown", []string{"unknown"}, nil, `header: X-Forwarded-For "unknown": not an IP address`},
		{"name", []string{"192.0.2.1, localhost"}, nil, `header: X-Forwarded-For "localhost": not an IP address`},
		{"quoted", []string{`"192.0.2.1, 192.0.2.2`}, nil, `header: X-Forwarded-For "\"192.0.2.1, 192.0.2.2": not an IP address`},
		{"zone", []string{"fe80::1%eth0"}, nil, `header: X-Forwarded-For "fe80::1%eth0": not an IP address`},
		{"zone in brackets", []string{"[fe80::1%25a]:80"}, nil, `header: X-Forwarded-For "[fe80::1%25a]:80": not an IP address`},
		{"empty port", []string{"192.0.2.1:"}, nil, `header: X-Forwarded-For "192.0.2.1:": not an IP address`},
		{"port too large", []string{"192.0.2.1:65536"}, nil, `header: X-Forwarded-For "192.0.2.1:65536": not an IP address`},
		{"signed port", []string{"192.0.2.1:+80"}, nil, `header: X-Forwarded-For "192.0.2.1:+80": not an IP address`},
		{"obfuscated port", []string{"192.0.2.1:_a"}, nil, `header: X-Forwarded-For "192.0.2.1:_a": not an IP address`},
		{"IPv4 in brackets", []string{"[192.0.2.1]:80"}, nil, `header: X-Forwarded-For "[192.0.2.1]:80": not an IP address`},
		{"only a port", []string{":80"}, nil, `header: X-Forwarded-For ":80": not an IP address`},
		{"octal", []string{"0300.0.2.1"}, nil, `header: X-Forwarded-For "0300.0.2.1": not an IP address`},
		{"integer", []string{"3221225985"}, nil, `header: X-Forwarded-For "3221225985": not an IP address`},
		{"space within", []string{"192.0.2.1 192.0.2.2"}, nil, `header: X-Forwarded-For "192.0.2.1 192.0.2.2": not an IP address`},
		{
			"too many", []string{strings.Repeat("192.0.2.1,", maxElements), "192.0.2.2"}, nil,
			`header: X-Forwarded-For "192.0.2.2": more than 64 elements`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			addrs, err := header.ParseXForwardedFor(tt.values)
			if err != nil && err.Error() != tt.wantErr || err == nil && tt.wantErr != "" {
				t.Fatalf("got  %v\nwant %s", err, tt.wantErr)
			}
			var got []string
			for _, addr := range addrs {
				got = append(got, addr.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
		})
	}
}

// What was parsed, written again, parses to the same.
func FuzzParseForwarded(f *testing.F) {
	for _, s := range []string{
		`for=192.0.2.43;by=unknown;proto=HTTPS;host="[::1]:80"`, `For="[2001:db8::1]:_x", ;, for=_a`, `for="\[::1\]:1"`, "for=a", `for="`, "a=b;a=c",
		`host="a:1";proto=h+t`, "for=unknown\nfor=unknown",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		hops, err := header.ParseForwarded(lines(s))
		if err != nil {
			return
		}
		var written []string
		for _, hop := range hops {
			written = append(written, writeForwarded(hop))
		}
		again, err := header.ParseForwarded(written)
		if err != nil {
			t.Fatalf("%q from %q: %v", written, s, err)
		}
		if diff := cmp.Diff(hops, again); diff != "" {
			t.Errorf("%q became %q:\n%s", s, written, diff)
		}
	})
}

func writeForwarded(hop header.ForwardedElement) string {
	pairs := []string{""} // an element without pairs is one, too: ";"
	for _, pair := range [][2]string{{"for", hop.For.String()}, {"by", hop.By.String()}, {"host", hop.Host}, {"proto", hop.Proto}} {
		if pair[1] != "" {
			pairs = append(pairs, pair[0]+"="+header.Quote(pair[1]))
		}
	}
	return strings.Join(pairs, ";") + ";"
}

// Both headers read one address alike.
func FuzzParseXForwardedFor(f *testing.F) {
	for _, s := range []string{"192.0.2.1", "192.0.2.1:80, ::1", "[::1]:80", "::ffff:192.0.2.1", "fe80::1%a", "1.2.3.4:99999", "[", ",", "unknown"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		addrs, err := header.ParseXForwardedFor(lines(s))
		if err != nil {
			return
		}
		var hops []string
		for _, addr := range addrs {
			if !addr.IsValid() || addr.Zone() != "" || addr.Is4In6() {
				t.Errorf("address %v from %q", addr, s)
			}
			hops = append(hops, "for="+header.Quote(header.Node{Name: addr.String()}.String()))
		}
		elements, err := header.ParseForwarded(hops)
		if err != nil {
			t.Fatal(err)
		}
		var again []netip.Addr
		for _, element := range elements {
			addr, _ := element.For.Addr()
			again = append(again, addr)
		}
		if diff := cmp.Diff(addrs, again, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Errorf("%q and %q differ:\n%s", s, hops, diff)
		}
	})
}
