package bind_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/strictjson"
)

type (
	part struct {
		A int8              `json:"a"`
		B []string          `json:"b"`
		C map[string]*int16 `json:"c"`
		D *part             `json:"-"`
	}
	Embedded struct {
		Deep  float32 `json:"deep"`
		Other []bool
	}
	// exact is bound as encoding/json decodes it.
	exact struct {
		Embedded
		Int     int
		I8      int8
		I64     int64  `json:"i64,string"`
		U8      uint8  `json:"u8,omitempty"`
		U64     uint64 `json:"u~/\u0064"`
		F64     float64
		F32     *float32 `json:",string"`
		Bool    bool     `json:"b,string"`
		Text    string
		Quoted  string `json:"q,string"`
		Named   label
		Bytes   []byte
		Ints    []int
		Array   [3]uint16
		Parts   []part
		Pointer **part
		Table   map[string][]part
		Keyed   map[int32]string
		Matrix  [][]float64
		Wait    time.Duration
		Hidden  int `json:"-"`
	}
)

// What encoding/json writes of a value binds to that value.
func TestJSONAgreesWithEncoding(t *testing.T) {
	seed := rand.New(rand.NewPCG(5, 6))
	check := func(in exact) bool {
		in.Hidden = 0
		for i := range in.Parts {
			in.Parts[i].D = nil
		}
		clearHidden(&in)
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		if seed.IntN(2) == 0 {
			var indented bytes.Buffer
			_ = json.Indent(&indented, text, " ", "\t")
			text = indented.Bytes()
		}
		got, err := bound[exact](t, post(jsonType, string(text)))
		if err != nil || !reflect.DeepEqual(got, in) {
			t.Errorf("%s\nbinds to %+v, %s", text, got, summary(err))
			return false
		}
		return true
	}
	if err := quick.Check(check, repeatable(300)); err != nil {
		t.Error(err)
	}
}

// clearHidden takes away what JSON does not have.
func clearHidden(in *exact) {
	if in.Pointer != nil && *in.Pointer != nil {
		(*in.Pointer).D = nil
	} else {
		in.Pointer = nil // a pointer to nil is null too
	}
	for _, parts := range in.Table {
		for i := range parts {
			parts[i].D = nil
		}
	}
}

// stable has what can be written again as it was read.
type stable struct {
	Text  string                  `json:"text"`
	Int   int64                   `json:"int"`
	Uint  uint16                  `json:"uint"`
	Float float64                 `json:"float"`
	Ratio float32                 `json:"ratio,string"`
	Num   json.Number             `json:"num,omitempty"`
	Bool  *bool                   `json:"bool"`
	Time  *time.Time              `json:"time"`
	Wait  time.Duration           `json:"wait"`
	ID    uuid                    `json:"id"`
	Addr  netip.Addr              `json:"addr"`
	Bytes []byte                  `json:"bytes"`
	Any   any                     `json:"any"`
	Raw   json.RawMessage         `json:"raw,omitempty"`
	List  [][]*int8               `json:"list"`
	Pair  *[2]string              `json:"pair"`
	Map   map[string]float32      `json:"map"`
	Keys  map[int8]bool           `json:"keys"`
	Maybe bind.Optional[int]      `json:"maybe,omitzero"`
	Null  bind.Optional[*string]  `json:"null,omitzero"`
	Next  *stable                 `json:"next"`
	More  []stable                `json:"more"`
	Lines bind.Optional[[]string] `json:"lines,omitzero"`
}

// Arbitrary bytes never panic, and what was accepted is the same when it is written and bound
// again.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{
		`{}`, `null`,
		`{"text":"a\n\u00e9\ud83d\ude00","int":1e2,"uint":65535,"float":-0.0,"ratio":"1.5","num":1.50,"bool":true}`,
		`{"time":"2024-02-29T10:00:00.5+05:30","wait":5,"id":"01-02-03-04","addr":"fe80::1%eth0","bytes":"aGk="}`,
		`{"time":"2024-02-29","any":{"a":[1,null,"x",{"b":[]}]},"raw":{"a" : [1e3 ]},"list":[[1,null],[],null]}`,
		`{"pair":["a","b"],"map":{"a":1.25},"keys":{"-1":true,"0":false},"maybe":0,"null":null,"lines":[]}`,
		`{"next":{"next":{"text":"x"}},"more":[{"more":[]},{"maybe":7}]}`, `{"list":[[128]],"pair":["a"],"keys":{"01":true}}`,
		`{"text":1,"int":"1","float":1e400,"bool":0,"unknown":{"a":[1,2,{"b":"\""}]}}`, `[1,2`, "\xff", `{"raw":"<\u2028>"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		first, err := bound[stable](t, post(jsonType, string(text)))
		if err != nil {
			return
		}
		written, err := json.Marshal(first)
		if err != nil {
			t.Fatalf("%s was accepted, but %+v cannot be written: %v", text, first, err)
		}
		second, err := bound[stable](t, post(jsonType, string(written)))
		if err != nil {
			t.Fatalf("%s\nwas accepted, and is written as\n%s\nwhich is not: %s", text, written, summary(err))
		}
		if again, _ := json.Marshal(second); !bytes.Equal(written, again) {
			t.Errorf("%s\nbinds to     %s\nand that to  %s", text, written, again)
		}
	})
}

// A number of JSON is read as strconv reads it, where it has the form that strconv takes.
func FuzzNumbers(f *testing.F) {
	for _, text := range []string{"0", "-0", "1.0", "1e2", "-1.5E+3", "9223372036854775808", "1e400", "5e-324", "00", "+1", "0x1", "1_0", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) || strings.Trim(text, "+-.0123456789Ee") != "" {
			return // it is no number
		}
		wantFloat, floatErr := strconv.ParseFloat(text, 64)
		got, err := bound[member[float64]](t, post(jsonType, `{"v":`+text+`}`))
		if (err == nil) != (floatErr == nil) || err == nil && got.V != wantFloat {
			t.Errorf("float of %s: %v, %s; want %v, %v", text, got.V, summary(err), wantFloat, floatErr)
		}
		i, err := bound[member[int64]](t, post(jsonType, `{"v":`+text+`}`))
		if want, intErr := strconv.ParseInt(text, 10, 64); intErr == nil && (err != nil || i.V != want) {
			t.Errorf("integer of %s: %d, %s", text, i.V, summary(err))
		} else if err == nil && float64(i.V) != wantFloat {
			t.Errorf("integer of %s: %d, but it is %v", text, i.V, wantFloat)
		}
	})
}

// FuzzAny: what is bound to any is what encoding/json makes of it.
func FuzzAny(f *testing.F) {
	for _, text := range []string{
		`null`, `[]`, `{}`, `[[[]],{"a":{}}]`, `{"a":[1,-2.5e3,null,true,"\u00e9\n"],"b\u0022":{"":0}}`, `"a"`, `1e400`, `[1,[1e999]]`,
		`[1,2,3,4,5,6,7,8,9,10]`, ` { "a" : [ 1 , 2 ] } `, `false`, "\xff", `[1e-400]`, `-0`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, more := range []string{"", strings.Repeat(" ", 3000)} { // longer texts are not copied as a whole
			if strictjson.Check(text, strictjson.Options{}) != nil {
				return
			}
			got, err := bound[body[any]](t, post(jsonType, string(text)+more))
			var want any
			if wantErr := json.Unmarshal(text, &want); (err == nil) != (wantErr == nil) || err == nil && !reflect.DeepEqual(got.In, want) {
				t.Errorf("%s: %#v, %s; want %#v, %v", text, got.In, summary(err), want, wantErr)
			}
		}
	})
}
