package router_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/router"
)

type (
	flock struct {
		Names  []string             `json:"names"`
		Ages   map[string]int       `json:"ages"`
		Seal   []byte               `json:"seal"`
		Pairs  [2][]int             `json:"pairs"`
		Inner  *flock               `json:"inner"`
		Table  map[string][]string  `json:"table"`
		Deep   [][]map[string][]int `json:"deep"`
		Maybe  []string             `json:"maybe,omitempty"`
		Zero   map[string][]int     `json:"zero,omitzero"`
		Any    any                  `json:"any"`
		Raw    json.RawMessage      `json:"raw"`
		Own    sorted               `json:"own"`
		Text   textual              `json:"text"`
		Hidden []string             `json:"-"`
		quiet  []string
		pastures
		*barn
		Ref *[]int `json:"ref"`
	}
	pastures struct {
		Fields []string `json:"fields"`
	}
	barn struct {
		Boxes []string `json:"boxes"`
		Hay   []string `json:"hay"`
	}
	ring struct {
		Next *ring `json:"next"`
		Side *ring `json:"side"`
		List []int `json:"list"`
	}
	chain struct {
		Next *chain `json:"next"`
	}
)

func TestNilListsAreEmpty(t *testing.T) {
	const empty = `{"names":[],"ages":{},"seal":"","pairs":[[],[]],"inner":null,"table":{},"deep":[],"any":null,"raw":null,` +
		`"own":{"sorted":0},"text":"0 items","fields":[]`
	var nothing []int
	for _, tt := range []struct {
		description string
		register    func(router.Routes)
		want        string
	}{
		{"a struct", gives(flock{}), empty + `,"ref":null}`},
		{"a pointer", gives(&flock{}), empty + `,"ref":null}`},
		{"a list of them", gives([]flock{{}}), "[" + empty + `,"ref":null}]`},
		{"a map of them", gives(map[string]*flock{"a": {}, "b": nil}), `{"a":` + empty + `,"ref":null},"b":null}`},
		{"created", gives(router.Created[flock]{}), empty + `,"ref":null}`},
		{"accepted", gives(router.Accepted[*flock]{Value: &flock{}}), empty + `,"ref":null}`},
		{"embedded by a pointer", gives(flock{barn: &barn{Hay: []string{"a"}}}), empty + `,"boxes":[],"hay":["a"],"ref":null}`},
		{"behind a pointer", gives(flock{Ref: &nothing}), empty + `,"ref":[]}`},
		{"inside each other", gives(flock{Inner: &flock{}, Names: []string{"a"}}),
			strings.Replace(strings.Replace(empty, `null`, empty+`,"ref":null}`, 1), `[]`, `["a"]`, 1) + `,"ref":null}`},
		{"in lists and maps", gives(flock{Table: map[string][]string{"a": nil, "b": {"c"}}, Deep: [][]map[string][]int{nil, {nil, {"d": nil}}}}),
			strings.Replace(strings.Replace(empty, `"table":{}`, `"table":{"a":[],"b":["c"]}`, 1), `"deep":[]`, `"deep":[[],[{},{"d":[]}]]`, 1) + `,"ref":null}`},
		{"in what is left out if it is empty", gives(flock{Zero: map[string][]int{"a": nil}, Maybe: []string{}}),
			strings.Replace(empty, `"any"`, `"zero":{"a":[]},"any"`, 1) + `,"ref":null}`},
		{"not in an interface", gives(flock{Any: pastures{}}), strings.Replace(empty, `"any":null`, `"any":{"fields":null}`, 1) + `,"ref":null}`},
		{"not in an output that is one", gives[any](pastures{}), `{"fields":null}`},
		{"a list of arrays", gives([][1][]int{{nil}}), `[[[]]]`},
		{"nothing to do", gives(ring{List: []int{1}}), `{"next":null,"side":null,"list":[1]}`},
		{"no lists", gives(chain{Next: &chain{}}), `{"next":{"next":null}}`},
	} {
		t.Run(tt.description, func(t *testing.T) {
			if w := answerOf(t, tt.register); strings.TrimSpace(w.Body.String()) != tt.want {
				t.Errorf("got  %d %s\nwant %s", w.Code, w.Body, tt.want)
			}
		})
	}
}

// What the handler returns is its own.
func TestOutputsAreNotChanged(t *testing.T) {
	shared := []string{"a"}
	value := &flock{
		Names: shared, Inner: &flock{}, Table: map[string][]string{"a": nil}, Deep: [][]map[string][]int{{nil}}, barn: &barn{}, quiet: shared,
	}
	before, inner, deep, box := *value, *value.Inner, value.Deep[0][0], *value.barn
	if w := answerOf(t, gives(value)); w.Code != http.StatusOK || strings.Contains(w.Body.String(), `"boxes":null`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !reflect.DeepEqual(*value, before) || !reflect.DeepEqual(*value.Inner, inner) || value.Table["a"] != nil || deep != nil ||
		!reflect.DeepEqual(*value.barn, box) || value.Names[0] != "a" {
		t.Errorf("the value is %+v now", value)
	}
}

// A value that points to itself cannot be written, which is the developer's mistake and no more than that.
func TestOutputsThatPointToThemselves(t *testing.T) {
	first, second := &ring{List: []int{}}, &ring{}
	first.Next, first.Side = first, first
	second.Next, second.Side = second, second
	for _, value := range []*ring{first, second} {
		if w := answerOf(t, gives(value)); w.Code != http.StatusInternalServerError {
			t.Errorf("%d %.200s", w.Code, w.Body)
		}
	}
	long := &ring{}
	for range 2_000 {
		long = &ring{Next: long}
	}
	if w := answerOf(t, gives(long)); w.Code != http.StatusOK || strings.Contains(w.Body.String(), `"list":null`) {
		t.Errorf("a long one: %d %.200s", w.Code, w.Body)
	}
}

// Types without lists cost nothing, and values without nil ones no copies.
func TestEmptyListsCostLittle(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	app := soay.New(soay.Options{Env: "production"})
	soay.Get(app, "/none", func(soay.Request, struct{}) (sheep, error) { return sheep{"Minka", 3}, nil })
	list := flock{Names: []string{"a"}, Inner: nil}
	full := pastures{Fields: []string{"a", "b"}}
	soay.Get(app, "/full", func(soay.Request, struct{}) (pastures, error) { return full, nil })
	soay.Get(app, "/nil", func(soay.Request, struct{}) (flock, error) { return list, nil })
	h, err := app.Handler()
	if err != nil {
		t.Fatal(err)
	}
	for path, most := range map[string]float64{"/none": 12, "/full": 12, "/nil": 80} {
		r := httptest.NewRequest("GET", path, nil)
		if got := testing.AllocsPerRun(100, func() { h.ServeHTTP(httptest.NewRecorder(), r) }); got > most {
			t.Errorf("%s: %v allocations, want at most %v", path, got, most)
		}
	}
}
