package bind_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

type (
	number        int16
	label         string
	flag          bool
	ratio         float32
	span          time.Duration
	member[T any] struct {
		V T `json:"v"`
	}
)

// good says that a JSON value is read.
func good[T any](text string, want T) check {
	return check{fmt.Sprintf("%T %s", want, clip(text)), func(t *testing.T) {
		got, err := bound[member[T]](t, post(jsonType, `{"v":`+text+`}`))
		if err != nil || !reflect.DeepEqual(got.V, want) {
			t.Errorf("got %#v, %s; want %#v", got.V, summary(err), want)
		}
	}}
}

// bad says that a JSON value cannot be read.
func bad[T any](text, rule string) check {
	return check{fmt.Sprintf("%T %s is wrong", *new(T), clip(text)), func(t *testing.T) {
		_, err := bound[member[T]](t, post(jsonType, `{"v":`+text+`}`))
		if got, want := summary(err), "400 body /v "+rule; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}}
}

func clip(text string) string {
	if len(text) > 40 {
		return text[:40]
	}
	return text
}

func TestJSONIntegers(t *testing.T) {
	runAll(t, []check{
		good("0", 0), good("-0", 0), good("-0.0", 0), good("0e9", 0), good("0e99999999999999999999", 0), good("0.0e-7", 0),
		good("1.0", 1), good("1e2", 100), good("0.1e1", 1), good("10e-1", 1), good("1.50e1", 15), good("-1.20E+1", -12),
		good("9223372036854775807", int64(math.MaxInt64)), good("-9223372036854775808", int64(math.MinInt64)),
		good("9223372036854775807.0", int64(math.MaxInt64)), good("922337203685477580.7e1", int64(math.MaxInt64)),
		good("127", int8(127)), good("-128", int8(-128)), good("1.28e2", int16(128)), good("32767", int16(math.MaxInt16)),
		good("-2147483648", int32(math.MinInt32)), good("7", number(7)), good("1e9", time.Second), good("5", span(5)),
		good("255", uint8(255)), good("-0", uint8(0)), good("-0.0", uint8(0)), good("2.55e2", uint8(255)),
		good("18446744073709551615", uint64(math.MaxUint64)), good("18446744073709551615.000", uint64(math.MaxUint64)),
		good("65535", uint16(65535)), good("4294967295", uint32(math.MaxUint32)), good("3", uint(3)),
		bad[int]("1.5", "integer"), bad[int]("1e-1", "integer"), bad[int]("0.1", "integer"), bad[int](`"1"`, "integer"),
		bad[int]("true", "integer"), bad[int]("[]", "integer"), bad[int]("{}", "integer"), bad[int]("null", "integer"),
		bad[int64]("9223372036854775808", "range"), bad[int64]("-9223372036854775809", "range"), bad[int64]("1e19", "range"),
		bad[int8]("128", "range"), bad[int8]("-129", "range"), bad[int16]("32768", "range"), bad[int32]("2147483648", "range"),
		bad[uint8]("256", "range"), bad[uint16]("65536", "range"), bad[uint32]("4294967296", "range"),
		bad[uint64]("18446744073709551616", "range"), bad[uint]("-1", "range"), bad[uint]("-1.0", "range"),
		bad[uint]("1.5", "integer"), bad[uint](`""`, "integer"), bad[uint]("null", "integer"),
		bad[int]("1e1000000000", "range"), bad[int]("1e99999999999999999999", "range"),
		bad[int]("1e-99999999999999999999", "integer"),
		bad[int](strings.Repeat("9", 1<<20-6), "range"), bad[uint](strings.Repeat("9", 1<<20-6), "range"),
		bad[int]("0."+strings.Repeat("9", 1<<20-8), "integer"), bad[int8]("1"+strings.Repeat("0", 1000)+".0", "range"),
		bad[time.Duration](`"1h"`, "integer"), bad[time.Duration]("0.5", "integer"), bad[time.Duration]("1e30", "range"),
	})
}

func TestJSONScalars(t *testing.T) {
	moment := time.Date(2024, 2, 29, 10, 0, 0, 0, time.UTC)
	runAll(t, []check{
		good("1.5", 1.5), good("1e2", 100.0), good("-0.0", math.Copysign(0, -1)), good("1e-400", 0.0), good("1.5", ratio(1.5)),
		good("1.7976931348623157e308", math.MaxFloat64), good("3.4028234e38", float32(3.4028234e38)),
		bad[float64]("1e400", "range"), bad[float64]("-1e1000000000", "range"), bad[float32]("1e39", "range"),
		bad[float64](`"1"`, "number"), bad[float64]("null", "number"), bad[float64](strings.Repeat("9", 1<<20-6), "range"),
		good("true", true), good("false", flag(false)), bad[bool]("1", "boolean"), bad[bool](`"true"`, "boolean"),
		bad[bool]("null", "boolean"), bad[flag]("{}", "boolean"),
		good(`"a"`, "a"), good(`""`, ""), good(`"\u00e9\n\"\\\/\ud83d\ude00"`, "é\n\"\\/😀"), good(`"x"`, label("x")),
		good(`"\u0000"`, "\x00"), bad[string]("1", "string"), bad[string]("null", "string"), bad[label]("[1]", "string"),
		good("1.50", json.Number("1.50")), good("1e1000000000", json.Number("1e1000000000")), bad[json.Number](`"1"`, "number"),
		bad[json.Number]("null", "number"), bad[json.Number](`""`, "number"),
		good(`"2024-02-29T10:00:00Z"`, moment), good(`"2024-02-29"`, moment.Add(-10*time.Hour)),
		bad[time.Time](`"2024-02-29T10:00:00"`, "date-time"), bad[time.Time](`"2024-02-30"`, "date-time"),
		bad[time.Time](`"29.02.2024"`, "date-time"), bad[time.Time](`"2024-2-9"`, "date-time"),
		bad[time.Time](`""`, "date-time"),
		bad[time.Time](`"2024-02-29 10:00:00Z"`, "date-time"), bad[time.Time](`"2024-02-29T10:00:00+24:00"`, "date-time"),
		bad[time.Time](`"2024-02-29T9:00:00Z"`, "date-time"), bad[time.Time](`"2024-02-29T10:00:00,5Z"`, "date-time"),
		bad[time.Time](`"2024-02-29T10:00:00+05:60"`, "date-time"), bad[time.Time](`"2024-02-29T10:00:60Z"`, "date-time"),
		bad[time.Time](`"2024-02-29T24:00:00Z"`, "date-time"), bad[time.Time](`"2024-02-29T10:00:00.Z"`, "date-time"),
		bad[time.Time](`"+024-02-29T10:00:00Z"`, "date-time"), bad[time.Time](`"2024-02-29T10:00Z"`, "date-time"),
		bad[time.Time]("1709200800", "date-time"), bad[time.Time]("null", "date-time"),
		good(`"01-02-03-ff"`, uuid{1, 2, 3, 255}), bad[uuid](`"01-02-03"`, "text"), bad[uuid]("1", "text"),
		bad[uuid]("null", "text"),
		good(`"::1"`, netip.MustParseAddr("::1")), bad[netip.Addr](`"1.2.3"`, "text"), bad[netip.Addr]("null", "text"),
		good("12345678901234567890", *big.NewInt(0).SetUint64(12345678901234567890)), bad[big.Int]("1.5", "text"),
		good("null", big.Int{}), good("7", new(*big.NewInt(7))), good("null", (*big.Int)(nil)),
		good(`"aGk="`, []byte("hi")), good(`""`, []byte{}), bad[[]byte](`"aGk"`, "base64"), bad[[]byte](`"aGl="`, "base64"),
		bad[[]byte](`"a-_="`, "base64"), bad[[]byte]("[1]", "base64"), good("null", []byte(nil)),
	})
}

func TestTimesKeepTheirOffset(t *testing.T) {
	got, err := bound[member[time.Time]](t, post(jsonType, `{"v":"2024-02-29T10:00:00.25+05:30"}`))
	if want := "2024-02-29T10:00:00.25+05:30"; err != nil || got.V.Format(time.RFC3339Nano) != want {
		t.Errorf("got %s, %v", got.V.Format(time.RFC3339Nano), err)
	}
}

// Each size of integer takes its limits and not one beyond, from JSON and from a query.
func TestIntegerLimits(t *testing.T) {
	limits[int8](t, math.MinInt8, math.MaxInt8)
	limits[int16](t, math.MinInt16, math.MaxInt16)
	limits[int32](t, math.MinInt32, math.MaxInt32)
	limits[int64](t, math.MinInt64, math.MaxInt64)
	limits[int](t, math.MinInt, math.MaxInt)
	limits[uint8](t, 0, math.MaxUint8)
	limits[uint16](t, 0, math.MaxUint16)
	limits[uint32](t, 0, math.MaxUint32)
	limits[uint64](t, 0, math.MaxUint64)
	limits[uint](t, 0, math.MaxUint)
}

func limits[T any](t *testing.T, lowest int64, highest uint64) {
	t.Helper()
	one := big.NewInt(1)
	low, high := big.NewInt(lowest), new(big.Int).SetUint64(highest)
	for _, tt := range []struct {
		text string
		want string
	}{
		{low.String(), ""}, {high.String(), ""},
		{new(big.Int).Sub(low, one).String(), "range"}, {new(big.Int).Add(high, one).String(), "range"},
	} {
		in, err := bound[member[T]](t, post(jsonType, `{"v":`+tt.text+`}`))
		if want := wanted(tt.want, "body /v"); summary(err) != want || tt.want == "" && fmt.Sprint(in.V) != tt.text {
			t.Errorf("%T of JSON %s: %v, %q, want %q", in.V, tt.text, in.V, summary(err), want)
		}
		q, err := bound[struct {
			V T `query:"v"`
		}](t, get("/?v="+tt.text))
		if want := wanted(tt.want, "query v"); summary(err) != want || tt.want == "" && fmt.Sprint(q.V) != tt.text {
			t.Errorf("%T of query %s: %v, %q, want %q", in.V, tt.text, q.V, summary(err), want)
		}
	}
}

func wanted(rule, place string) string {
	if rule == "" {
		return ""
	}
	return "400 " + place + " " + rule
}

// Whatever way a number is written, it is an int exactly if it is a whole one in range.
func TestIntegersAgreeWithRationals(t *testing.T) {
	mantissas := []string{"0", "1", "-1", "10", "25", "-250", "1.0", "2.50", "0.25", "0.001", "-0.5",
		"9223372036854775807", "922337203685477580.8", "100000000000000000000", "0.00000000000000000000000001"}
	for _, mantissa := range mantissas {
		for exponent := -30; exponent <= 30; exponent++ {
			text := mantissa + "e" + strconv.Itoa(exponent)
			r, _ := new(big.Rat).SetString(text)
			want := "400 body /v integer"
			if r.IsInt() && r.Num().IsInt64() {
				want = ""
			} else if r.IsInt() {
				want = "400 body /v range"
			}
			in, err := bound[member[int64]](t, post(jsonType, `{"v":`+text+`}`))
			if summary(err) != want || want == "" && in.V != r.Num().Int64() {
				t.Errorf("%s: %d, %q, want %q", text, in.V, summary(err), want)
			}
		}
	}
}
