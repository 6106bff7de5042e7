package rules_test

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

// fuzzedRules are put together to tags. A name that ends with = gets a parameter.
var fuzzedRules = strings.Fields(`min= max= len= gt= gte= lt= lte= eq= ne= oneof= noneof= oneofci= noneofci= eq_ignore_case=
	ne_ignore_case= contains= containsany= containsrune= excludes= excludesall= excludesrune= startswith= startsnotwith= endswith=
	endsnotwith= datetime= min max gt lt alpha alphaspace alphanum alphanumspace alphaunicode alphanumunicode ascii printascii
	lowercase uppercase number numeric boolean hexadecimal hexcolor e164 uuid uuid3 uuid4 uuid5 uuid7 uuid_rfc4122 uuid3_rfc4122
	uuid4_rfc4122 uuid5_rfc4122 md4 md5 sha256 sha384 sha512 hostname hostname_rfc1123 hostname_label fqdn ip ipv4 ipv6 email url uri
	http_url https_url unique isdefault omitempty omitnil omitzero port iscolor country_code base64 semver latitude base32 base64 base64url base64rawurl jwt cidr multibyte`)

// fuzzedTag makes a tag of one to three rules or alternatives of what the fuzzer has found.
func fuzzedTag(choice []byte, param string) string {
	var tag strings.Builder
	for i, c := range choice[:min(len(choice), 3)] {
		rule := fuzzedRules[int(c)%len(fuzzedRules)]
		switch {
		case i > 0 && len(choice) > 3 && choice[3]&(1<<i) != 0:
			tag.WriteByte('|')
		case i > 0:
			tag.WriteByte(',')
		}
		tag.WriteString(rule)
		if strings.HasSuffix(rule, "=") {
			tag.WriteString(strings.NewReplacer(",", "0x2C", "|", "0x7C").Replace(param))
		}
	}
	return tag.String()
}

// fuzzedValue makes a value of a kind.
func fuzzedValue(kind uint8, text string, n uint64) any {
	values := []any{
		text, name(text), &text, int(n), int8(n), int16(n), int32(n), int64(n), uint(n), uint8(n), uint16(n), uint32(n), n,
		uintptr(n), age(n), math.Float64frombits(n), math.Float32frombits(uint32(n)), float64(int64(n)), float32(int64(n)), n&1 == 0,
		new(int(n)), new(math.Float64frombits(n)), new(n&1 == 0), time.Duration(n), span(n),
		time.Unix(int64(n%(1<<33)), 0), []byte(text), strings.Split(text, " "), []rune(text), [4]byte{byte(n), byte(n >> 8), 1, 1},
		map[string]int{text: 1, "": int(n & 1)}, []int(nil), new([]rune(text)), [2]string{text, "a"}, []any{text, n}, []bool{n&1 == 0, true},
	}
	return values[int(kind)%len(values)]
}

// What a compiled tag says of a value is what the library says of it.
func FuzzAgreesWithLibrary(f *testing.F) {
	texts := []string{
		"", "a", "äöü", "a\xffb", "red", "12.5", "a.b+c@example.org", "http://a.b:80/c?d=e", "6ba7b810-9dad-41d1-80b4-00c04fd430c8",
		"example.org.", "::ffff:1.2.3.4", "#ffff", "+4912345678", "2024-02-29", "a b a", "ſK",
	}
	for i, text := range texts {
		f.Add(uint8(0), text, uint64(i), []byte{byte(i), byte(7 * i), byte(40 + i), byte(i)}, "3")
	}
	for i, param := range []string{"3", "-1", "0x10", "1h", "18446744073709551615", "NaN", "red 'a b' 7", "2006-01-02", "ä", "true", "", ",|"} {
		f.Add(uint8(3*i), "red", uint64(18), []byte{byte(i)}, param)
		f.Add(uint8(2*i+1), "abc", uint64(1)<<63, []byte{byte(9 + i), byte(i)}, param)
	}
	used := 0
	f.Fuzz(func(t *testing.T, kind uint8, text string, n uint64, choice []byte, param string) {
		if len(choice) == 0 || strings.Contains(param, "0x2C") || strings.Contains(param, "0x7C") {
			return
		}
		if used++; used%100 == 0 { // the library keeps every tag, in a list that it copies for each
			library, plain = newCompilers()
		}
		tag, value := fuzzedTag(choice, param), fuzzedValue(kind, text, n)
		if _, err := plain.Compile(reflect.TypeOf(value), tag); err != nil {
			return
		}
		checkBoth(t, value, tag)
	})
}
