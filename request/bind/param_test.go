package bind_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"net/http"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
)

type (
	fromPath[T any] struct {
		V T `path:"v"`
	}
	fromQuery[T any] struct {
		V T `query:"v"`
	}
	fromHeader[T any] struct {
		V T `header:"x-v"`
	}
	fromCookie[T any] struct {
		V T `cookie:"v"`
	}
	fromForm[T any] struct {
		V T `form:"v"`
	}
)

// param binds one text from a source.
func param[In any](t *testing.T, source, text string) (In, error) {
	t.Helper()
	var req request.Request
	switch source {
	case "path":
		req = requesttest.Request("GET", "/"+url.PathEscape(text), requesttest.With{Pattern: "/{v}"})
	case "query":
		req = get("/?v=" + url.QueryEscape(text))
	case "header":
		req = requesttest.Request("GET", "/", requesttest.With{Header: http.Header{"X-V": {text}}})
	case "cookie":
		req = get("/", "Cookie", "v="+text)
	default:
		req = post(formType, "v="+url.QueryEscape(text))
	}
	return bound[In](t, req)
}

// everySource binds a text from each source, and hands what became of it to f.
func everySource[T any](t *testing.T, text string, f func(source string, got T, err error)) {
	t.Helper()
	if !strings.Contains(text, "\x00") { // which no route matches
		p, err := param[fromPath[T]](t, "path", text)
		f("path", p.V, err)
	}
	q, err := param[fromQuery[T]](t, "query", text)
	f("query", q.V, err)
	h, err := param[fromHeader[T]](t, "header", text)
	f("header", h.V, err)
	form, err := param[fromForm[T]](t, "form", text)
	f("form", form.V, err)
	if !strings.ContainsFunc(text, func(r rune) bool { return r > '~' || r < ' ' || strings.ContainsRune(`";\`, r) }) {
		c, err := param[fromCookie[T]](t, "cookie", text) // it can hold these, not others
		f("cookie", c.V, err)
	}
}

func reads[T any](text string, want T) check {
	return check{fmt.Sprintf("%T %s", want, clip(text)), func(t *testing.T) {
		everySource(t, text, func(source string, got T, err error) {
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %#v, %s; want %#v", source, got, summary(err), want)
			}
		})
	}}
}

func refuses[T any](text, rule string) check {
	return check{fmt.Sprintf("%T %s is wrong", *new(T), clip(text)), func(t *testing.T) {
		everySource(t, text, func(source string, _ T, err error) {
			name := "v"
			if source == "header" {
				name = "x-v"
			}
			if want := "400 " + source + " " + name + " " + rule; summary(err) != want {
				t.Errorf("%s: %q, want %q", source, summary(err), want)
			}
		})
	}}
}

func TestParameters(t *testing.T) {
	moment := time.Date(2024, 2, 29, 10, 0, 0, 0, time.UTC)
	runAll(t, []check{
		reads("7", 7), reads("+5", 5), reads("-5", -5), reads("007", 7), reads("-0", 0), reads("7", number(7)),
		reads("-128", int8(-128)), reads("9223372036854775807", int64(math.MaxInt64)), reads("+5", uint(5)),
		reads("-0", uint(0)),
		reads("18446744073709551615", uint64(math.MaxUint64)), reads("255", uint8(255)),
		refuses[int]("1.0", "integer"), refuses[int]("1e2", "integer"), refuses[int]("0x1F", "integer"),
		refuses[int]("1_000", "integer"),
		refuses[int](" 5", "integer"), refuses[int]("٣", "integer"), refuses[int]("--5", "integer"),
		refuses[int]("+-5", "integer"),
		refuses[int]("+", "integer"), refuses[int]("-", "integer"), refuses[int]("five", "integer"),
		refuses[int]("5;drop", "integer"),
		refuses[int]("5\x00", "integer"), refuses[int]("1,5", "integer"), refuses[int8]("128", "range"),
		refuses[int]("99999999999999999999", "range"), refuses[int](strings.Repeat("9", 4000), "range"),
		refuses[uint]("-1", "range"), refuses[uint]("++1", "integer"), refuses[uint]("-", "integer"),
		refuses[uint]("1.0", "integer"),
		refuses[uint]("+-1", "integer"), refuses[uint]("-1.5", "integer"), refuses[uint8]("256", "range"),
		reads("1.5", 1.5), reads("1e2", 100.0), reads("-2E-2", -0.02), reads(".5", 0.5), reads("5", ratio(5)),
		reads("1e-400", 0.0),
		refuses[float64]("1e400", "range"), refuses[float32]("1e39", "range"), refuses[float64]("Infinity", "number"),
		refuses[float64]("NaN", "number"), refuses[float64]("inf", "number"), refuses[float64]("0x1p4", "number"),
		refuses[float64]("1_0", "number"), refuses[float64](" 5", "number"), refuses[float64]("e5", "number"),
		refuses[float64]("1.2.3", "number"), refuses[float64]("1,5", "number"),
		reads("true", true), reads("1", true), reads("false", flag(false)), reads("0", false), refuses[bool]("yes", "boolean"),
		reads("True", true), reads("FALSE", false), reads("tRuE", true), refuses[bool]("t", "boolean"), refuses[bool]("ON", "boolean"), refuses[bool]("2", "boolean"),
		reads("a b&c=d/é", "a b&c=d/é"), reads("x", label("x")), reads("null", "null"), reads("%00", "%00"),
		reads("1.50", json.Number("1.50")), refuses[json.Number]("one", "number"), refuses[json.Number]("0x10", "number"),
		reads("2024-02-29t10:00:00z", moment), reads("2024-02-29T12:00:00.0+02:00", moment.In(time.FixedZone("", 7200))),
		reads("2016-12-31T23:59:60Z", time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC)),
		refuses[time.Time]("2016-12-31T22:59:60Z", "date-time"), refuses[time.Time]("2016-12-31T23:59:61Z", "date-time"),
		reads("2024-02-29T10:00:00Z", moment), reads("2024-02-29", moment.Add(-10*time.Hour)),
		refuses[time.Time]("2024-02-30", "date-time"), refuses[time.Time]("now", "date-time"),
		refuses[time.Time]("2024-02-29T10:00:00", "date-time"),
		reads("1h30m", 90*time.Minute), reads("-1.5s", -1500*time.Millisecond), refuses[time.Duration]("90", "duration"),
		refuses[time.Duration]("1 h", "duration"), refuses[time.Duration]("9999999h", "duration"), reads("5", span(5)),
		reads("01-02-03-ff", uuid{1, 2, 3, 255}), refuses[uuid]("01-02", "text"), reads("::1", netip.MustParseAddr("::1")),
		refuses[netip.Addr]("1.2.3", "text"), reads("123", *big.NewInt(123)), refuses[big.Int]("1.5", "text"),
		reads("7", new(7)), reads("7", new(new(7))), reads("7", soay.Optional[int](some(7))),
		reads("7", some(new(7))), refuses[*int]("x", "integer"), refuses[soay.Optional[**bool]]("x", "boolean"),
	})
}

func TestLists(t *testing.T) {
	day := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	runAll(t, []check{
		takes(get("/?v=01-02-03-04&v=00-00-00-ff"), fromQuery[[]uuid]{[]uuid{{1, 2, 3, 4}, {0, 0, 0, 255}}}),
		takes(get("/?v=1&v=&v=2"), fromQuery[[]*int]{[]*int{new(1), new(2)}}),
		takes(get("/?v=a&v="), fromQuery[[]label]{[]label{"a", ""}}), takes(get("/?v"), fromQuery[[]string]{[]string{""}}),
		takes(get("/?v=1h&v=0"), fromQuery[*[]time.Duration]{&[]time.Duration{time.Hour, 0}}),
		takes(get("/", "X-V", "2024-02-29, 2024-02-29"), fromHeader[[]time.Time]{[]time.Time{day, day}}),
		takes(get("/", "X-V", "1.5 ,\t2", "X-V", "3"), fromHeader[[]float64]{[]float64{1.5, 2, 3}}),
		takes(post(formType, "v=true&v=0"), fromForm[[]flag]{[]flag{true, false}}),
		takes(post(formType, "v=0&v=255"), fromForm[[]uint16]{[]uint16{0, 255}}),
		takes(get("/"), fromQuery[[]int]{}), takes(get("/", "X-V", " , ,"), fromHeader[[]int]{}),
		denies[fromQuery[[]uuid]](get("/?v=01-02-03-04&v=x"), "400 query v text"),
		denies[fromHeader[[]int]](get("/", "X-V", "1;2"), "400 header x-v integer"),
		denies[fromForm[[]bool]](post(formType, "v=1&v=2"), "400 form v boolean"),
	})
}

func some[T any](v T) soay.Optional[T] {
	var o soay.Optional[T]
	if b, err := json.Marshal(v); err != nil || o.UnmarshalJSON(b) != nil {
		panic(err)
	}
	return o
}

func TestAbsentParameters(t *testing.T) {
	type input struct {
		Int      int                  `query:"int"`
		Bool     bool                 `header:"X-Bool"`
		Text     string               `cookie:"text"`
		List     []int                `query:"list"`
		Pointer  *int                 `query:"pointer"`
		Optional soay.Optional[int]   `query:"optional" validate:"gt=5"`
		Lists    soay.Optional[[]int] `query:"lists"`
		Ruled    int                  `query:"ruled" validate:"gte=5"`
		Default  int                  `query:"default" default:"7"`
		Words    []string             `header:"X-Words" default:"a,b"`
		Since    time.Time            `query:"since" default:"2024-01-02"`
		Far      *time.Duration       `query:"far" default:"1h"`
		Form     label                `form:"form" default:""`
	}
	want := input{Default: 7, Words: []string{"a", "b"}, Since: time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC), Far: new(time.Hour)}
	for _, req := range []request.Request{
		get("/"), get("/?int=&list=&pointer=&optional=&lists=&ruled=&default=&since=&far="), get("/?&&=&int&other=5&INT=5"),
		post(formType, "FORM=1"), post("", ""), post(formType, "&&&"),
	} {
		got, err := bound[input](t, req)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", req.URL().RawQuery, got, err)
		}
		if _, sent := got.Lists.Get(); sent {
			t.Error("an absent list counts as sent")
		}
	}
}

func TestRequiredParameters(t *testing.T) {
	type input struct {
		Int    int                   `query:"int" validate:"required,lt=5"`
		Bool   bool                  `header:"X-Bool" validate:"required"`
		Text   string                `cookie:"text" validate:"required"`
		List   []string              `query:"list" validate:"required"`
		Maybe  soay.Optional[string] `form:"maybe" validate:"required"`
		Number *int                  `form:"number" validate:"required"`
	}
	_, err := bound[input](t, post(formType, "number="))
	want := "422 query int required; header X-Bool required; cookie text required; query list required; " +
		"form maybe required; form number required"
	if got := summary(err); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	req := requesttest.Request("POST", "/?int=0&list=", requesttest.With{
		Header: http.Header{"X-Bool": {"false"}, "Cookie": {"text="}, "Content-Type": {formType}},
		Body:   strings.NewReader("maybe=&number=0"),
	})
	if _, err := bound[input](t, req); err != nil {
		t.Errorf("zero values that were sent: %s", summary(err))
	}
}
