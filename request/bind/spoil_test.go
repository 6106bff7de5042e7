package bind_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/quick"
)

// spoiler replaces one of the strings, numbers and booleans of a document by an object, which none of
// them may be.
type spoiler struct {
	left    int // how many to pass over
	pointer string
}

func (s *spoiler) spoil(value any, pointer string) any {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			v[name] = s.spoil(v[name], pointer+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
		}
	case []any:
		for i := range v {
			v[i] = s.spoil(v[i], fmt.Sprint(pointer, "/", i))
		}
	case nil:
	default:
		if s.left--; s.left == -1 {
			s.pointer = pointer
			return map[string]any{}
		}
	}
	return value
}

// Whatever single value of a body is wrong, there is one violation and it points there.
func TestOneWrongValueIsOneViolation(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	spoiled := 0
	check := func(in exact) bool {
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(strings.NewReader(string(text)))
		d.UseNumber()
		var document any
		if err := d.Decode(&document); err != nil {
			t.Fatal(err)
		}
		s := spoiler{left: r.IntN(25)}
		document = s.spoil(document, "")
		if s.pointer == "" || len(s.pointer) > 256 {
			return true // there are not so many values, or it is too far away
		}
		spoiled++
		text, _ = json.Marshal(document)
		_, err = bound[exact](t, post(jsonType, string(text)))
		if got := violations(t, err); len(got) != 1 || got[0].Pointer != s.pointer || !strings.HasPrefix(told(err), "400 ") {
			t.Errorf("%s\nis wrong at %q, but the violations are %q", text, s.pointer, got)
			return false
		}
		return true
	}
	if err := quick.Check(check, repeatable(300)); err != nil {
		t.Error(err)
	}
	if spoiled < 150 {
		t.Errorf("only %d of 300 bodies were spoiled", spoiled)
	}
}
