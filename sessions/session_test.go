package sessions_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/sessions"
)

type values = map[string]any

var methodTests = []struct {
	description string
	before      values // what the session holds already
	do          func(s sessions.Session)
	want        values // what the next request finds
	wantChanged bool
}{
	{"nothing", values{"a": 1}, func(sessions.Session) {}, values{"a": 1}, false},
	{"Set in a new session", nil, func(s sessions.Session) { s.Set("a", "x") }, values{"a": "x"}, true},
	{
		"Set of another key", values{"a": 1},
		func(s sessions.Session) { s.Set("b", 2) }, values{"a": 1, "b": 2}, true,
	},
	{"Set of another value", values{"a": 1}, func(s sessions.Session) { s.Set("a", 2) }, values{"a": 2}, true},
	{"Set of the same value", values{"a": 1}, func(s sessions.Session) { s.Set("a", 1) }, values{"a": 1}, false},
	{
		"Set of an equal map", values{"a": values{"x": 1, "y": 2}},
		func(s sessions.Session) { s.Set("a", values{"y": 2, "x": 1}) },
		values{"a": values{"x": 1, "y": 2}}, false,
	},
	{"Set to nil", values{"a": 1}, func(s sessions.Session) { s.Set("a", nil) }, values{"a": nil}, true},
	{
		"Set of nil where nil is", values{"a": nil},
		func(s sessions.Session) { s.Set("a", nil) }, values{"a": nil}, false,
	},
	{"Set of the empty key", nil, func(s sessions.Session) { s.Set("", "x") }, values{"": "x"}, true},
	{
		"keys that could mean something", nil,
		func(s sessions.Session) { s.Update(values{"id": 7, "created": "x", "\xff\x00;=": 2}) },
		values{"id": 7, "created": "x", "\xff\x00;=": 2}, true,
	},
	{
		"Update", values{"a": 1, "b": 2},
		func(s sessions.Session) { s.Update(values{"b": 3, "c": 4}) }, values{"a": 1, "b": 3, "c": 4}, true,
	},
	{
		"Update with the same values", values{"a": 1, "b": 2},
		func(s sessions.Session) { s.Update(values{"b": 2}) }, values{"a": 1, "b": 2}, false,
	},
	{"Update with nothing", values{"a": 1}, func(s sessions.Session) { s.Update(nil) }, values{"a": 1}, false},
	{"Delete", values{"a": 1, "b": 2}, func(s sessions.Session) { s.Delete("a") }, values{"b": 2}, true},
	{"Delete of the last value", values{"a": 1}, func(s sessions.Session) { s.Delete("a") }, values{}, true},
	{
		"Delete of what is not there", values{"a": 1},
		func(s sessions.Session) { s.Delete("b") }, values{"a": 1}, false,
	},
	{"Delete in a new session", nil, func(s sessions.Session) { s.Delete("b") }, values{}, false},
	{
		"Set and Delete in a new session", nil,
		func(s sessions.Session) { s.Set("a", 1); s.Delete("a") }, values{}, false,
	},
	{"Clear", values{"a": 1, "b": 2}, func(s sessions.Session) { s.Clear() }, values{}, true},
	{"Clear in a new session", nil, func(s sessions.Session) { s.Clear() }, values{}, false},
	{
		"Set and Clear in a new session", nil,
		func(s sessions.Session) { s.Set("a", 1); s.Clear() }, values{}, false,
	},
	{
		"Clear and Set", values{"a": 1},
		func(s sessions.Session) { s.Clear(); s.Set("b", 2) }, values{"b": 2}, true,
	},
	{"Destroy", values{"a": 1}, func(s sessions.Session) { s.Destroy() }, values{}, true},
	{"Destroy in a new session", nil, func(s sessions.Session) { s.Destroy() }, values{}, false},
	{
		"Destroy and Flash", values{"a": 1},
		func(s sessions.Session) { s.Destroy(); s.Flash("f", "bye") }, values{"f": "bye"}, true,
	},
	{"Renew", values{"a": 1}, func(s sessions.Session) { s.Renew() }, values{"a": 1}, true},
	{"Renew in a new session", nil, func(s sessions.Session) { s.Renew() }, values{}, false},
	{"Flash", values{"a": 1}, func(s sessions.Session) { s.Flash("f", "hi") }, values{"a": 1, "f": "hi"}, true},
	{
		"Flash over a flash", values{"f": "old"},
		func(s sessions.Session) { s.Flash("f", "new") }, values{"f": "new"}, true,
	},
	{"Pop", values{"a": 1, "f": "hi"}, func(s sessions.Session) { s.Pop("f") }, values{"a": 1}, true},
	{"Pop of what is not there", values{"a": 1}, func(s sessions.Session) { s.Pop("f") }, values{"a": 1}, false},
	{"Pop of nil", values{"a": 1, "f": nil}, func(s sessions.Session) { s.Pop("f") }, values{"a": 1}, true},
	{
		"typed Pop", values{"a": 1, "f": "hi"},
		func(s sessions.Session) { sessions.Pop[string](s, "f") }, values{"a": 1}, true,
	},
	{
		"typed Pop of another type", values{"a": 1, "f": "hi"},
		func(s sessions.Session) { sessions.Pop[int](s, "f") }, values{"a": 1}, true,
	},
	{
		"typed Pop of what is not there", values{"a": 1},
		func(s sessions.Session) { sessions.Pop[int](s, "f") }, values{"a": 1}, false,
	},
}

func TestSessionMethods(t *testing.T) {
	for _, tt := range methodTests {
		t.Run(tt.description, func(t *testing.T) {
			v := newVisit(t, sessions.Options{})
			v.do(func(s sessions.Session) { s.Update(tt.before) })
			var modified bool
			resp := v.do(func(s sessions.Session) { tt.do(s); modified = s.Modified() })
			if got := len(resp.Cookies) > 0; got != tt.wantChanged {
				t.Errorf("Set-Cookie sent: %t, want %t", got, tt.wantChanged)
			}
			if tt.wantChanged && !modified {
				t.Error("Modified() = false before a Set-Cookie")
			}
			if diff := cmp.Diff(tt.want, v.data()); diff != "" {
				t.Errorf("the next request finds (-want +got):\n%s", diff)
			}
		})
	}
}

func TestModified(t *testing.T) {
	tests := []struct {
		description string
		do          func(s sessions.Session)
		want        bool
	}{
		{"nothing", func(sessions.Session) {}, false},
		{"reading", func(s sessions.Session) { s.Get("a"); s.Lookup("b"); s.Map(); s.Keys(); s.ID() }, false},
		{"Set of the same value", func(s sessions.Session) { s.Set("a", 1) }, false},
		{"Set of another value", func(s sessions.Session) { s.Set("a", 2) }, true},
		{"Delete of what is not there", func(s sessions.Session) { s.Delete("b") }, false},
		{"Delete", func(s sessions.Session) { s.Delete("a") }, true},
		{"Clear", func(s sessions.Session) { s.Clear() }, true},
		{"Renew", func(s sessions.Session) { s.Renew() }, true},
		{"Destroy", func(s sessions.Session) { s.Destroy() }, true},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			v := newVisit(t, sessions.Options{})
			v.do(func(s sessions.Session) { s.Set("a", 1) })
			var got bool
			v.do(func(s sessions.Session) { tt.do(s); got = s.Modified() })
			if got != tt.want {
				t.Errorf("Modified() = %t, want %t", got, tt.want)
			}
		})
	}
}

func TestReadingMethods(t *testing.T) {
	s := sessions.New()
	s.Update(map[string]any{"a": "x", "none": nil})

	if v, ok := s.Lookup("a"); v != "x" || !ok {
		t.Errorf("Lookup(a) = %v, %t; want x, true", v, ok)
	}
	if v, ok := s.Lookup("none"); v != nil || !ok {
		t.Errorf("Lookup of nil = %v, %t; want nil, true", v, ok)
	}
	if v, ok := s.Lookup("b"); v != nil || ok {
		t.Errorf("Lookup of nothing = %v, %t; want nil, false", v, ok)
	}
	if got := s.Get("b"); got != nil {
		t.Errorf("Get of nothing = %v, want nil", got)
	}
	if !s.Has("a") || !s.Has("none") || s.Has("b") || s.Has("A") {
		t.Errorf("Has: a %t, none %t, b %t, A %t; want true, true, false, false",
			s.Has("a"), s.Has("none"), s.Has("b"), s.Has("A"))
	}
	if got := s.Len(); got != 2 {
		t.Errorf("Len() = %d, want 2", got)
	}
	if got := s.Pop("a"); got != "x" || s.Has("a") {
		t.Errorf("Pop(a) = %v, and Has(a) = %t afterwards; want x, false", got, s.Has("a"))
	}
}

func TestEmptySession(t *testing.T) {
	s := sessions.New()
	if got := s.Map(); got == nil || len(got) != 0 {
		t.Errorf("Map() = %v, want an empty map that can be written to", got)
	}
	if len(s.Keys()) != 0 || s.Len() != 0 || s.ID() != "" || s.Modified() {
		t.Errorf("Keys %q, Len %d, ID %q, Modified %t; want nothing", s.Keys(), s.Len(), s.ID(), s.Modified())
	}
	for k := range s.All() {
		t.Errorf("All yields %q", k)
	}
}

func TestKeysStayInTheOrderOfTheirFirstSet(t *testing.T) {
	v := newVisit(t, sessions.Options{})
	keys := func() (keys []string) {
		v.do(func(s sessions.Session) { keys = s.Keys() })
		return keys
	}
	v.do(func(s sessions.Session) {
		for _, k := range []string{"z", "a", "m"} {
			s.Set(k, 1)
		}
	})
	if got, want := keys(), []string{"z", "a", "m"}; !slices.Equal(got, want) {
		t.Errorf("keys = %q, want %q", got, want)
	}
	v.do(func(s sessions.Session) { s.Set("z", 2); s.Set("b", 1) })
	if got, want := keys(), []string{"z", "a", "m", "b"}; !slices.Equal(got, want) {
		t.Errorf("after a change of z, keys = %q, want %q", got, want)
	}
	v.do(func(s sessions.Session) { s.Delete("z"); s.Set("z", 3) })
	if got, want := keys(), []string{"a", "m", "b", "z"}; !slices.Equal(got, want) {
		t.Errorf("after z was deleted and set, keys = %q, want %q", got, want)
	}
}

func TestAll(t *testing.T) {
	s := sessions.New()
	for i, k := range []string{"a", "b", "c"} {
		s.Set(k, i)
	}
	var seen []string
	for k, v := range s.All() {
		seen = append(seen, k)
		if v == 1 {
			break
		}
	}
	if want := []string{"a", "b"}; !slices.Equal(seen, want) {
		t.Errorf("a loop with a break has seen %q, want %q", seen, want)
	}
	seen = nil
	for k := range s.All() {
		s.Delete(k)
		s.Set("new "+k, true)
		seen = append(seen, k)
	}
	if want := []string{"a", "b", "c"}; !slices.Equal(seen, want) {
		t.Errorf("a loop that changes the session has seen %q, want %q", seen, want)
	}
	if got, want := s.Keys(), []string{"new a", "new b", "new c"}; !slices.Equal(got, want) {
		t.Errorf("afterwards the keys are %q, want %q", got, want)
	}
}

func TestMapIsACopy(t *testing.T) {
	s := sessions.New()
	s.Set("a", []any{1})
	m := s.Map()
	m["a"].([]any)[0] = 2
	m["b"] = 3
	if diff := cmp.Diff(map[string]any{"a": []any{1}}, s.Map()); diff != "" {
		t.Errorf("after changes to the map the session holds (-want +got):\n%s", diff)
	}
}

func TestCopiesOfASessionAreTheSame(t *testing.T) {
	s := sessions.New()
	c := s
	c.Set("a", 1)
	if got := sessions.GetOr(s, "a", 0); got != 1 {
		t.Errorf("a value set in a copy reads as %d, want 1", got)
	}
}
