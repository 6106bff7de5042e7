package sessions_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/sessions"
)

type basket struct {
	Items []string
	Until time.Time
}

const (
	count    sessions.Value[int]      = "count"
	contents sessions.Value[basket]   = "contents"
	anything sessions.Value[any]      = "count"
	wrong    sessions.Value[string]   = "count"
	noJSON   sessions.Value[chan int] = "channel"
)

// Each step sees what the steps before it have saved.
func TestValue(t *testing.T) {
	until := time.Date(2031, 7, 5, 12, 0, 0, 7, time.FixedZone("", 3600))
	type got struct {
		Value any
		OK    bool
	}
	get := func(v any, ok bool) got { return got{v, ok} }
	steps := []struct {
		description string
		do          func(s sessions.Session) any
		want        any
	}{
		{"Get of nothing", func(s sessions.Session) any { n, ok := count.Get(s); return get(n, ok) }, got{0, false}},
		{"Has of nothing", func(s sessions.Session) any { return count.Has(s) }, false},
		{"Or of nothing", func(s sessions.Session) any { return count.Or(s, 7) }, 7},
		{"Pop of nothing", func(s sessions.Session) any { n, ok := count.Pop(s); return get(n, ok) }, got{0, false}},
		{"Set from Or", func(s sessions.Session) any { count.Set(s, count.Or(s, 0)+1); return count.Or(s, 0) }, 1},
		{"Get", func(s sessions.Session) any { n, ok := count.Get(s); return get(n, ok) }, got{1, true}},
		{"Or", func(s sessions.Session) any { return count.Or(s, 7) }, 1},
		{"Has", func(s sessions.Session) any { return count.Has(s) }, true},
		{"the same key without a type", func(s sessions.Session) any { return s.Get("count") }, 1},
		{"the same key as any", func(s sessions.Session) any { n, ok := anything.Get(s); return get(n, ok) }, got{1, true}},
		{"the same key as another type", func(s sessions.Session) any { n, ok := wrong.Get(s); return get(n, ok) }, got{"", false}},
		{"Or of another type", func(s sessions.Session) any { return wrong.Or(s, "none") }, "none"},
		{"Has of another type", func(s sessions.Session) any { return wrong.Has(s) }, true},
		{"Modify", func(s sessions.Session) any { return count.Modify(s, func(n int) int { return n + 41 }) }, nil},
		{"after Modify", func(s sessions.Session) any { return count.Or(s, 0) }, 42},
		{"Modify of a value that cannot be encoded", func(s sessions.Session) any {
			var failed *sessions.EncodeError
			err := noJSON.Modify(s, func(chan int) chan int { return make(chan int) })
			return errors.As(err, &failed) && failed.Key == "channel"
		}, true},
		{"Pop", func(s sessions.Session) any { n, ok := count.Pop(s); return get(n, ok) }, got{42, true}},
		{"after Pop", func(s sessions.Session) any { return count.Has(s) }, false},
		{"Set of a struct", func(s sessions.Session) any { contents.Set(s, basket{[]string{"wool"}, until}); return nil }, nil},
		{"a struct", func(s sessions.Session) any { b, ok := contents.Get(s); return get(b, ok) }, got{basket{[]string{"wool"}, until}, true}},
		{"Delete", func(s sessions.Session) any { contents.Delete(s); return nil }, nil},
		{"after Delete", func(s sessions.Session) any { return s.Map() }, map[string]any{}},
		{"Flash", func(s sessions.Session) any { count.Flash(s, 3); return nil }, nil},
		{"shown", func(s sessions.Session) any { return count.Or(s, 0) }, 3},
		{"shown once", func(s sessions.Session) any { return count.Has(s) }, false},
	}
	for _, where := range keepers {
		t.Run(where.description, func(t *testing.T) {
			v := where.visit(t)
			for _, step := range steps {
				var got any
				v.do(func(s sessions.Session) { got = step.do(s) })
				if diff := cmp.Diff(step.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", step.description, diff)
				}
			}
		})
	}
}

// A typed key costs what the key costs without a type.
func TestValueAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	s := sessions.New()
	count.Set(s, 100)
	if n := testing.AllocsPerRun(100, func() {
		if count.Or(s, 0) != 100 || !count.Has(s) {
			panic("no value")
		}
	}); n > 0 {
		t.Errorf("%v allocations for Or and Has, want none", n)
	}
}
