package rules_test

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

type (
	name     string
	age      int8
	span     time.Duration
	stringer [16]byte
)

func (s stringer) String() string { return "6ba7b810-9dad-41d1-80b4-00c04fd430c8" }

// values to judge with every rule, by what they are.
var (
	texts = []any{
		"", " ", "a", "A", "Ab", "abc", "ab c", "ab1", "1", "0", "-0", "+1", "12", "12.5", "-12.", ".5", "1e3", "true", "T",
		"tRUE", "äöü", "ÄÖÜ", "ß", "日本語", "Ⅷ", "٣", "ſ", "K", "\xff", "a\xffb", "\xc3", "\u0301", "a\n", "\x00", "\x7f", "~",
		"a b", "red", "green", "'red'", "RED", "a,b", "a|b", "x.y", "abcdefghij", strings.Repeat("ä", 50), strings.Repeat("a", 51),
		"0x1F", "0X", "0x", "#fff", "#FFFF", "#12345", "#123456", "#12345678", "+4912345678", "012345678", "+1234567890123456",
		"d41d8cd98f00b204e9800998ecf8427e", "D41D8CD98F00B204E9800998ECF8427E", strings.Repeat("0a", 32), strings.Repeat("f", 96),
		strings.Repeat("f", 128), "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B810-9DAD-41D1-80B4-00C04FD430C8",
		"6ba7b810-9dad-31d1-00b4-00c04fd430c8", "6ba7b810-9dad-41d1-80b4-00c04fd430c8", "6ba7b810-9dad-51d1-b0b4-00c04fd430c8",
		"6ba7b810-9dad-71d1-b0b4-00c04fd430c8", "6ba7b810-9dad-41d1-c0b4-00c04fd430c8", "6ba7b810-9dad-41d1-B0b4-00c04fd430c8",
		"6ba7b8109-dad-41d1-80b4-00c04fd430c8", "6ba7b810-9dad-41d1-80b4-00c04fd430cg",
		"localhost", "example.org", "example.org.", "-a.org", "a-.org", "a.-b", "1.org", "1a", "a.1", "a..b", "a_b.org",
		strings.Repeat("a", 63) + ".org", strings.Repeat("a", 64) + ".org", strings.Repeat("a.", 126) + "b", strings.Repeat("a.", 126) + "bc.",
		"127.0.0.1", "127.0.0.01", "256.0.0.1", "::1", "::ffff:1.2.3.4", "fe80::1%eth0", "1.2.3", "::", "1::2::3",
		"a@b.co", "a.b+c@example.org", "a..b@example.org", ".a@b.co", "a.@b.co", "a@b", "a@b.1", "a@b.c1", "a@-b.co", "a@b-.co", "a@b.c-o",
		"ä@b.co", "a@ä.co", "a@b.co.", "A <a@b.co>", "a@b.co ", "\"a b\"@c.de", "a@@b.co", "@b.co", "a@", "a%b@c.de", "a_b-c@d.ef", "a@[127.0.0.1]",
		"http://a", "http://", "HTTP://A", "https://example.org:8080/p/a?q=1&r=%20#f", "https://example.org:/", "http://a:99999", "http://a:123456",
		"ftp://a/b", "file:///a", "file:///", "mailto:a@b.co", "//a/b", "/a/b", "a/b", "http://a b", "http://a/b c", "http://[::1]/", "http://u:p@h/",
		"http://a/%zz", "https://a?x=y", "https://a?", "http://a:b/", "urn:a:b", "http://-a", "http://a_b", "#", "http://a/#", "http://a\x7f",
		"MZXW6===", "MY======", "MFRGG===", "MFRGGZDF", "MZXW6YQ=", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9=", "Z===", "====", "-_8=", "a.b.", "a.b.c", "a..b",
		"-_", "a-_", "abcde", "ab+/", "..", "a.b", "2006-01-02", "2024-02-30", "2024-02-29", "2024-02-29T10:00:00Z", "12:00",
		name(""), name("red"), name("äöü"), new(""), new("red"), new(new("red")),
	}
	numbers = []any{
		0, 1, -1, 3, 7, 18, 65535, 65536, math.MaxInt, math.MinInt, int8(-128), int8(18), int16(3), int32(3), int64(math.MaxInt64),
		int64(math.MinInt64), uint(0), uint(18), uint8(255), uint16(65535), uint32(3), uint64(math.MaxUint64), uint64(1 << 63), uintptr(3),
		age(18), new(0), new(18), new(uint8(0)), 0.0, math.Copysign(0, -1), 3.0, 18.5, -1.5, math.NaN(), math.Inf(1), math.Inf(-1),
		math.MaxFloat64, math.SmallestNonzeroFloat64, float32(0.1), float32(3), float32(math.NaN()), new(0.0), new(math.NaN()),
		time.Duration(0), time.Second, 90 * time.Minute, span(time.Second), new(time.Duration(0)),
	}
	others = []any{
		true, false, new(false), []int(nil), []int{}, []int{1}, []int{1, 2, 1}, []string{"a", "b", "c"}, []string{"a", "b", "a"}, []byte("abc"),
		[]name{"x", "x"}, []*int{new(1), nil, new(1)}, []float64{math.NaN(), math.NaN()}, []bool{true, true}, [3]int{}, [2]string{"a", "b"}, [0]int{},
		map[string]int(nil), map[string]int{}, map[string]int{"a": 1, "b": 1, "c": 2}, map[int]string{1: "x"}, new([]int(nil)), new([]int{}),
		time.Time{}, time.Unix(0, 0), time.Now().Add(time.Hour), time.Now().Add(-time.Hour), new(time.Time{}), stringer{}, stringer{1}, make([]int, 40),
		[]uint64{1, 2}, []time.Duration{1, 1}, []any{1, "a", 1}, []any{nil, nil}, [][2]int{{1}, {1}},
	}
)

var compared = []string{
	"min=3", "min=0", "min=-1", "max=3", "max=50", "len=3", "len=0", "gt=3", "gte=3", "gte=0x12", "lt=3", "lte=3", "eq=3", "ne=3", "eq=", "ne=",
	"max=9223372036854775807", "min=-9223372036854775808", "max=18446744073709551615", "eq=18446744073709551615", "min=010", "min=0b11", "min=1_0",
	"eq=true", "ne=false", "eq=T", "eq=red", "ne=red", "eq=a0x2Cb", "eq=a0x7Cb", "min=1.5", "max=1e3", "eq=-0", "eq=NaN", "ne=NaN", "min=Inf", "eq=0.1",
	"min=1s", "max=1h30m", "eq=1s", "ne=0s", "len=1s", "min=1000000000", "gt", "gte", "lt", "lte", "min", "max",
	"oneof=red green 'a b' 7 18", "oneof=+7 007 -1", "oneof=a0x2Cb ''", "oneof=", "noneof=red 18 'a b'", "oneofci=Red GREEN 'A B' ſ k", "noneofci=RED",
	"oneof=18446744073709551615 9223372036854775807 -9223372036854775808", "eq_ignore_case=RED", "ne_ignore_case=ÄÖÜ", "unique", "port",
	"isdefault", "omitempty,min=3", "omitnil,min=3", "omitzero,min=3", "omitempty,eq=7|eq=18", "eq=red|eq=green", "min=3,max=18", "omitempty,email|uuid",
	"contains=b", "contains=", "containsany=xyzb", "containsrune=ä", "containsrune=\xff", "excludes=b", "excludesall=xyzb0x2C", "excludesrune=@",
	"startswith=a", "startsnotwith=a", "endswith=c", "endsnotwith=c", "alpha", "alphaspace", "alphanum", "alphanumspace", "alphaunicode",
	"alphanumunicode", "ascii", "printascii", "lowercase", "uppercase", "number", "numeric", "boolean", "hexadecimal", "hexcolor", "e164",
	"datetime=2006-01-02", "datetime=15:04", "uuid", "uuid3", "uuid4", "uuid5", "uuid7", "uuid_rfc4122", "uuid3_rfc4122", "uuid4_rfc4122",
	"uuid5_rfc4122", "md4", "md5", "sha256", "sha384", "sha512", "hostname", "hostname_rfc1123", "hostname_label", "fqdn", "ip", "ipv4", "ipv6",
	"email", "url", "uri", "http_url", "https_url", "iscolor", "iscolor|email", "email|iscolor", "country_code", "base32", "base64", "base64url", "base64rawurl", "jwt", "json", "latitude",
	"semver", "timezone", "ulid", "structonly,min=3", "nostructlevel,min=3", "multibyte", "alpha|numeric|email",
}

// Every rule judges every value of every kind as the library does, or is refused when it is
// compiled: then the library panics for the type, or says no to all of its values.
func TestAgreesWithLibrary(t *testing.T) {
	refused := 0
	for _, tag := range compared {
		for _, value := range append(append(append([]any{}, texts...), numbers...), others...) {
			if _, err := plain.Compile(reflect.TypeOf(value), tag); err != nil {
				refused++
				mustBeUseless(t, value, tag, err)
				continue
			}
			checkBoth(t, value, tag)
		}
	}
	t.Logf("%d tags, %d values, %d pairs refused", len(compared), len(texts)+len(numbers)+len(others), refused)
}

// mustBeUseless checks that a tag was refused with reason. Of some types no value shows it: the
// rule may be behind one that ends the judgement, or about elements that are not there.
func mustBeUseless(t *testing.T, value any, tag string, err error) {
	t.Helper()
	v := reflect.ValueOf(value)
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	hasElements := v.Kind() != reflect.Slice && v.Kind() != reflect.Array && v.Kind() != reflect.Map || v.Len() > 0
	isFirst := !strings.HasPrefix(tag, "omit") && !strings.Contains(tag, "struct") && !strings.Contains(tag, "|")
	if strings.Contains(err.Error(), "it is for strings") || !hasElements || !isFirst {
		return
	}
	if got := libraryName(library, value, tag); !strings.HasPrefix(got, "panic: ") {
		t.Errorf("Compile(%T, %q): %v, but the library says %q of %#v", value, tag, err, got, value)
	}
}
