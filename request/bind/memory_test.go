package bind_test

import (
	"errors"
	"fmt"
	"math/big"
	"runtime"
	"strings"
	"testing"

	"github.com/go-playground/validator/v10"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/response/problem"
)

type (
	wide struct {
		A, B, C, D, E, F, G, H, I, J string
		Any                          any             `json:"any"`
		Next                         *wide           `json:"next"`
		List                         []wide          `json:"list"`
		Map                          map[string]wide `json:"map"`
		Tags                         []string        `json:"tags" default:"a,b,c,d,e,f,g,h"`
		*Inside
	}
	Inside struct {
		Room [256]byte `json:"-"`
		X    int       `json:"x"`
	}
	narrow  struct{}
	limited struct {
		Items []wide          `json:"items" validate:"max=100"`
		Five  []wide          `json:"five" validate:"len=5"`
		Few   []wide          `json:"few" validate:"omitempty,lt=3,dive"`
		Maybe *[]wide         `json:"maybe" validate:"lte=10"`
		Map   map[string]wide `json:"map" validate:"max=10"`
		Array [2]wide         `json:"array"`
		Texts []string        `json:"texts" validate:"max=10,unique"`
	}
	manyTexts struct {
		V    []string   `json:"v"`
		N    []int8     `json:"n" validate:"max=10"`
		Big  []*page    `json:"big"`
		Nums []*big.Rat `json:"nums"`
	}
	leaf struct {
		A, B, C, D, E, F, G, H string
		Tags                   []string `default:"a,b,c,d,e,f"`
	}
	hostileXML struct {
		In   []leaf      `json:"in"`
		Few  []leaf      `json:"few" validate:"max=3"`
		Deep *hostileXML `json:"deep"`
		Text []string    `json:"text"`
	}
	// page is a large type that is a short text.
	page [64 << 10]byte
)

func (p *page) UnmarshalText([]byte) error { return nil }

// megabyte returns a JSON list of so many elements that it has about a megabyte.
func megabyte(element string) string {
	return "[" + strings.Repeat(element+",", (1<<20-200)/(len(element)+1)-1) + element + "]"
}

// entries returns a JSON object of about a megabyte.
func entries(value string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := 0; b.Len() < 1<<20-200-len(value); i++ {
		fmt.Fprintf(&b, `"%x":%s,`, i, value)
	}
	return b.String() + `"z":` + value + "}"
}

// of returns an object with one member.
func of(name, value string) string { return `{"` + name + `":` + value + `}` }

// times repeats a text up to about a megabyte.
func times(text string) string { return strings.Repeat(text, (1<<20-200)/len(text)) }

// measure binds a request, and returns the bytes that this allocated. What is alive at any time is less.
func measure[In any](t *testing.T, req request.Request) (uint64, error) {
	planOf[In](t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := bound[In](t, req)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, err
}

// costs says what is made of a body of about a megabyte: the status, 0 for none, and how many
// megabytes are allocated.
func costs[In any](description, contentType, text string, want int, wantMiB uint64) check {
	return check{description, func(t *testing.T) {
		if raceEnabled {
			t.Skip("the race detector allocates")
		}
		got, err := measure[In](t, post(contentType, text))
		status := 0
		if err != nil {
			status = problem.StatusOf(err)
		}
		if status != want || got > wantMiB<<20 {
			t.Errorf("%d MiB, %.200s; want at most %d MiB and status %d", got>>20, told(err), wantMiB, want)
		}
	}}
}

// The values of a request may take 16 MiB, with the limit of 1 MiB for the body. The body itself is
// read into memory and copied once; maps are made anew when they grow.
const (
	little = 6
	usual  = 32
)

func TestMemoryOfJSON(t *testing.T) {
	runAll(t, []check{
		costs[body[[]wide]]("structs", jsonType, megabyte(`{}`), 413, little),
		costs[body[[]narrow]]("structs without fields", jsonType, megabyte(`{}`), 0, usual),
		costs[wide]("lists in structs in lists", jsonType, of("list", megabyte(of("list", `[{},{},{},{},{},{}]`))), 413, usual),
		costs[body[[]*wide]]("pointers", jsonType, megabyte(`{}`), 413, usual),
		costs[body[[]**int]]("pointers to pointers", jsonType, megabyte(`1`), 0, usual),
		costs[wide]("structs inside each other", jsonType, of("list", megabyte(of("next", of("next", `{}`)))), 413, usual),
		costs[body[[]wide]]("embedded pointers", jsonType, megabyte(of("x", "1")), 413, usual),
		costs[body[map[string]wide]]("a map of structs", jsonType, entries(`{}`), 413, usual),
		costs[body[map[string]int]]("a map", jsonType, entries(`0`), 0, usual),
		costs[body[[]map[string]int]]("small maps", jsonType, megabyte(of("a", "0")), 413, usual),
		costs[body[[]map[string]wide]]("small maps of structs", jsonType, megabyte(of("a", "{}")), 413, usual),
		costs[body[[][]int]]("empty lists", jsonType, megabyte(`[]`), 0, usual),
		costs[body[[][]int]]("short lists", jsonType, megabyte(`[1]`), 0, usual),
		costs[body[[][]string]]("short lists of texts", jsonType, megabyte(`["",""]`), 0, usual),
		costs[body[[][][][]int]]("lists of lists of lists", jsonType, megabyte(`[[[]]]`), 413, usual),
		costs[body[list]]("lists of themselves", jsonType, megabyte(`[[[[[]]],[]],[]]`), 413, usual),
		costs[body[[][1000]int]]("arrays", jsonType, megabyte(`[]`), 413, little),
		costs[body[[]int64]]("digits", jsonType, megabyte(`1`), 0, usual),
		costs[body[[]string]]("texts", jsonType, megabyte(`""`), 0, usual),
		costs[body[[]string]]("escaped texts", jsonType, megabyte(`"\u00e9"`), 0, usual),
		costs[body[string]]("one text", jsonType, `"`+times(`\u00e9`)+`"`, 0, usual),
		costs[body[[]byte]]("bytes", jsonType, `"`+times("aGk=aGk="[:4])+`"`, 400, usual),
		costs[body[[]bind.Optional[wide]]]("Optionals", jsonType, megabyte(`{}`), 413, little),
		costs[body[any]]("any: lists", jsonType, megabyte(`[]`), 0, usual),
		costs[body[any]]("any: lists of lists", jsonType, megabyte(`[[[[]]]]`), 413, usual),
		costs[body[any]]("any: numbers", jsonType, megabyte(`1`), 0, usual),
		costs[body[any]]("any: objects", jsonType, megabyte(of("a", "{}")), 413, usual),
		costs[body[any]]("any: an object", jsonType, entries(`0`), 0, usual),
		costs[body[any]]("any: texts", jsonType, megabyte(`"abcdefghijkl"`), 0, usual),
		costs[wide]("any, in a struct", jsonType, of("any", megabyte(`[{}]`)), 413, usual),
		costs[body[map[string]any]]("any, in a map", jsonType, of("a", megabyte(`{"":[]}`)), 413, usual),
		costs[body[[]page]]("large types of their own", jsonType, megabyte(`""`), 413, little),
		costs[body[[]*page]]("pointers to large types of their own", jsonType, megabyte(`""`), 413, usual),
		costs[body[[]*big.Int]]("big numbers", jsonType, megabyte(`1`), 413, usual),
		costs[wide]("what nobody reads", jsonType, of("y", megabyte(`{"\u0061":[{}]}`)), 0, little),
		costs[narrow]("escaped names that nobody reads", jsonType, `{`+times(`"\u00e9`)[:1<<10]+`":0}`, 0, little),
		costs[body[[]narrow]]("escaped names", jsonType, megabyte(`{"\n":0}`), 0, usual),
		costs[body[[]int]]("deep lists before a long one", jsonType, strings.Repeat(`[0,0,0,0,0,`, 60)+megabyte("0")[:900_000]+"0]"+strings.Repeat("]", 60), 400, little),
		costs[body[list]]("deep and long", jsonType, strings.Repeat(`[[],[],[],[],[],`, 60)+megabyte("[]")[:900_000]+`]`+strings.Repeat("]", 60), 0, usual),
	})
}

// Of lists that are too long no more is made than shows it.
func TestMemoryOfTooMany(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"items", megabyte(`{}`), "422 body /items max"},
		{"items", megabyte(`{"any":[1]}`), "422 body /items max"},
		{"items", megabyte(`5`), "422 body /items max"},
		{"five", megabyte(`{}`), "422 body /five len"},
		{"few", megabyte(`{}`), "422 body /few lt"},
		{"maybe", megabyte(`{}`), "422 body /maybe lte"},
		{"map", entries(`{}`), "422 body /map max"},
		{"array", megabyte(`{}`), "422 body /array len"},
		{"texts", megabyte(`"a"`), "422 body /texts max"},
	} {
		got, err := measure[limited](t, post(jsonType, of(tt.name, tt.text)))
		if told(err) != tt.want || got > 20<<20 { // the names of a map's million bytes have to be compared
			t.Errorf("%s of %.20s: %d MiB, %.200s; want %s", tt.name, tt.text, got>>20, told(err), tt.want)
		}
	}
}

// A list may be as long as its rules say, whatever room it was given before.
func TestListsOfEveryLength(t *testing.T) {
	type input struct {
		A []int          `json:"a" validate:"max=70"`
		B []wide         `json:"b"`
		C map[string]int `json:"c" validate:"max=70"`
	}
	for n := range 75 {
		list := "[" + strings.TrimSuffix(strings.Repeat("7 , ", n), ", ") + "]"
		structs := "[" + strings.TrimSuffix(strings.Repeat("{},", n), ",") + "]"
		table := "{"
		for i := range n {
			table += fmt.Sprintf(`"%d":%d,`, i, i)
		}
		table = strings.TrimSuffix(table, ",") + "}"
		got, err := bound[input](t, post(jsonType, `{"a":`+list+`,"b":`+structs+`,"c":`+table+`}`))
		if n > 70 {
			if told(err) != "422 body /a max; body /c max" {
				t.Errorf("%d elements: %s", n, told(err))
			}
			continue
		}
		if err != nil || len(got.A) != n || len(got.B) != n || len(got.C) != n {
			t.Errorf("%d elements: %d, %d and %d, %s", n, len(got.A), len(got.B), len(got.C), told(err))
		}
	}
}

func TestMemoryOfForms(t *testing.T) {
	type inBody struct {
		In manyTexts `body:"form,xml"`
	}
	type fields struct {
		V    []string   `form:"v"`
		Big  []*page    `form:"big"`
		Nums []*big.Rat `form:"nums"`
	}
	thousand := func(text string) string { return strings.TrimSuffix(strings.Repeat(text+"&", 1000), "&") }
	long := strings.Repeat("a", 1000)
	runAll(t, []check{
		costs[fields]("texts", formType, thousand("v=a"), 0, little),
		costs[fields]("long texts", formType, thousand("v="+long), 0, little),
		costs[fields]("indexes", formType, strings.Repeat("v[9999999]=a&v[]=a&", 499), 0, little),
		costs[fields]("large types", formType, thousand("big=a"), 413, usual),
		costs[fields]("numbers that become long", formType, thousand("nums=1e999999"), 400, little),
		costs[fields]("too many", formType, times("v=a&"), 400, little),
		costs[inBody]("a body of texts", formType, thousand("v=a"), 0, little),
		costs[inBody]("a body of too many", formType, thousand("n=1"), 422, little),
		costs[inBody]("a body of large types", formType, thousand("big=a"), 413, usual),
	})
}

// The reader of encoding/xml allocates some hundred bytes for each element, which are garbage at once.
func TestMemoryOfXML(t *testing.T) {
	type xmlParts struct {
		In hostileXML `body:"xml"`
	}
	const garbage = 96
	doc := func(text string) string { return "<a>" + times(text) + "</a>" }
	runAll(t, []check{
		costs[xmlParts]("structs", xmlType, doc("<in/>"), 413, garbage),
		costs[xmlParts]("structs in structs", xmlType, doc("<deep><in/></deep>"), 400, garbage),
		costs[xmlParts]("too many", xmlType, doc("<few/>"), 422, garbage),
		costs[xmlParts]("texts", xmlType, doc("<text/>"), 0, garbage),
		costs[xmlParts]("what nobody reads", xmlType, doc("<x/>"), 0, garbage),
		costs[xmlParts]("attributes that nobody reads", xmlType, doc(`<x y=""/>`), 0, garbage),
		costs[xmlParts]("one text", xmlType, "<a><text>"+times("a")+"</text></a>", 0, garbage),
		costs[xmlParts]("levels", xmlType, times("<deep>"), 400, little),
		costs[xmlParts]("levels that nobody reads", xmlType, times("<x>"), 400, little),
	})
}

// Numbers whose length is a matter of time are short.
func TestBigNumbers(t *testing.T) {
	type input struct {
		I *big.Int   `json:"i"`
		F *big.Float `json:"f"`
		R *big.Rat   `json:"r"`
	}
	digits := func(n int) string { return strings.Repeat("9", n) }
	for _, tt := range []struct{ description, text, want string }{
		{"short", `{"i":123456789012345678901234567890,"f":"1.5e300","r":"1/3"}`, ""},
		{"exponents", `{"f":"1e1024","r":"-1.5e-1024"}`, ""},
		{"hexadecimal, in which e is a digit", `{"f":"0x1e9999p5","r":"0x1e9999p-5"}`, ""},
		{"1,024 digits", `{"i":` + digits(1024) + `}`, ""},
		{"1,025 digits", `{"i":` + digits(1025) + `}`, "400 body /i range"},
		{"1 MB of digits", `{"i":` + digits(1<<20-100) + `}`, "400 body /i range"},
		{"1 MB of digits in a text", `{"f":"` + digits(1<<20-100) + `"}`, "400 body /f range"},
		{"a large exponent", `{"r":"1e999999"}`, "400 body /r range"},
		{"a very small one", `{"f":"1e-999999999"}`, "400 body /f range"},
		{"with lines between", `{"f":"1e9_999"}`, "400 body /f range"},
		{"of two", `{"r":"1p99999"}`, "400 body /r range"},
		{"beyond all integers", `{"r":"1e99999999999999999999"}`, "400 body /r range"},
		{"no number", `{"r":"ae"}`, "400 body /r text"},
	} {
		_, err := bound[input](t, post(jsonType, tt.text))
		if told(err) != tt.want {
			t.Errorf("%s: %s, want %s", tt.description, told(err), tt.want)
		}
		if err := post(jsonType, tt.text).JSON(new(input)); (err == nil) != (tt.want == "") {
			t.Errorf("%s: req.JSON says %v", tt.description, err)
		}
	}
}

// When there are as many violations as are told, nothing more is looked at.
func TestComparisonsEnd(t *testing.T) {
	type pair struct {
		A int `json:"a" validate:"counted"`
	}
	type input struct {
		Min   int            `json:"min"`
		List  []int          `json:"list" validate:"dive,counted"`
		Map   map[string]int `json:"map" validate:"dive,counted"`
		Keys  map[string]int `json:"keys" validate:"dive,keys,counted,endkeys"`
		Lists [][]int        `json:"lists" validate:"dive,dive,counted"`
		Pairs []pair         `json:"pairs"`
	}
	v, calls := validator.New(), 0
	if err := v.RegisterValidation("counted", func(validator.FieldLevel) bool { calls++; return false }); err != nil {
		t.Fatal(err)
	}
	plan, err := bind.NewCompiler(v).Plan(typeOf[input]())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		of("list", megabyte("1")), of("map", entries("1")), of("keys", entries("1")), of("lists", megabyte("[1,1]")),
		of("pairs", megabyte(`{"a":1}`)),
	} {
		calls = 0
		var in input
		err := plan.Bind(post(jsonType, text), valueOf(&in))
		if e, ok := errors.AsType[*bind.Error](err); !ok || len(e.Violations) != maxViolations || calls > 2*maxViolations {
			t.Errorf("%.20s: %d calls, %.100s", text, calls, told(err))
		}
	}
}

// live is how much memory is in use when a value of the type is read.
type live struct{}

var liveBytes uint64

func (*live) UnmarshalText([]byte) error {
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	liveBytes = now.HeapAlloc
	return nil
}

// What the reader of XML allocates is not kept: at the end of a body there are the values and two copies of it.
func TestLiveMemoryOfXML(t *testing.T) {
	type input struct {
		In struct {
			Leaves []leaf `json:"leaf"`
			Last   live   `json:"last"`
		} `body:"xml"`
	}
	planOf[input](t)
	for _, text := range []string{strings.Repeat("<leaf/>", 30_000), strings.Repeat("<x/>", 250_000), strings.Repeat("<x><y/></x>", 90_000)} {
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := bound[input](t, post(xmlType, "<a>"+text+"<last>1</last></a>")); err != nil {
			t.Fatal(told(err))
		}
		if got := int64(liveBytes - before.HeapAlloc); got > 20<<20 {
			t.Errorf("%.10s: %d MiB are in use", text, got>>20)
		}
	}
}
