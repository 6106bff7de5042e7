package inject_test

import (
	"io"
	"testing"

	"github.com/soay-go/soay/request/inject"
)

// Ways to have a service and its method Close inside.
type (
	byPointer      struct{ *part }
	deeper         struct{ *byPointer }
	byInterface    struct{ io.Closer }
	byField        struct{ part *part }
	generic[T any] struct {
		*part
		of T
	}
	besideOther struct {
		*deeper
		journal // has no Close
	}
	ownClose struct {
		*part
		own *part
	}
	ownCloseOfValue struct {
		*part
		own *part
	}
	ownCloseDeeper    struct{ *ownClose }
	ownGeneric[T any] struct {
		*part
		own *part
		of  T
	}
	shallower struct { // the method is that of the second field
		*deeper
		*conn
	}
	conn  struct{ at *part }
	chain struct {
		*chain // a type that embeds itself
		*part
	}
)

func (o *ownClose) Close() error       { return o.own.Close() }
func (o ownCloseOfValue) Close() error { return o.own.Close() }
func (o *ownGeneric[T]) Close() error  { return o.own.Close() }
func (c *conn) Close() error           { return c.at.Close() }
func (c byField) Name() string         { return c.part.Name() }

// What a service has inherited from another one is closed by the owner of that one only; its own method is called.
func TestInheritedClose(t *testing.T) {
	for _, tt := range []struct {
		description string
		wrap        func(shared *part, j *journal) any
		want        string // what is closed with the scope, "" for nothing
	}{
		{"a pointer", func(p *part, _ *journal) any { return &byPointer{p} }, ""},
		{"a struct", func(p *part, _ *journal) any { return byPointer{p} }, ""},
		{"two levels", func(p *part, _ *journal) any { return &deeper{&byPointer{p}} }, ""},
		{"an interface", func(p *part, _ *journal) any { return &byInterface{p} }, ""},
		{"an interface with such a struct", func(p *part, _ *journal) any { return &byInterface{&deeper{&byPointer{p}}} }, ""},
		{"a struct without a name", func(p *part, _ *journal) any { return &struct{ *part }{p} }, ""},
		{"a generic type", func(p *part, _ *journal) any { return &generic[int]{p, 1} }, ""},
		{"beside something else", func(p *part, _ *journal) any { return &besideOther{&deeper{&byPointer{p}}, journal{}} }, ""},
		{"a type that embeds itself", func(p *part, _ *journal) any { return &chain{nil, p} }, ""},
		{"the service itself", func(p *part, _ *journal) any { return p }, ""},
		{"a field with a name", func(p *part, _ *journal) any { return &byField{p} }, ""},
		{"one that it has made", func(_ *part, j *journal) any { return &byPointer{j.part("made")} }, "close made"},
		{"one that it has made, deeper", func(_ *part, j *journal) any { return &deeper{&byPointer{j.part("made")}} }, "close made"},
		{"its own method", func(p *part, j *journal) any { return &ownClose{p, j.part("own")} }, "close own"},
		{"its own method of the value", func(p *part, j *journal) any { return ownCloseOfValue{p, j.part("own")} }, "close own"},
		{"its own method by a pointer", func(p *part, j *journal) any { return &ownCloseOfValue{p, j.part("own")} }, "close own"},
		{"the own method of what it embeds", func(p *part, j *journal) any { return ownCloseDeeper{&ownClose{p, j.part("own")}} }, "close own"},
		{"its own method, generic", func(p *part, j *journal) any { return &ownGeneric[int]{p, j.part("own"), 1} }, "close own"},
		{"another field is shallower", func(p *part, j *journal) any {
			return &shallower{&deeper{&byPointer{p}}, &conn{j.part("conn")}}
		}, "close conn"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			for _, lifetime := range []inject.Lifetime{scoped, trans, inject.Singleton} {
				for _, asked := range []bool{false, true} {
					checkInherited(t, lifetime, asked, tt.wrap, tt.want)
				}
			}
		})
	}
}

// checkInherited lets a factory embed a singleton that it gets as an argument or, where asked, finds by itself.
func checkInherited(t *testing.T, lifetime inject.Lifetime, asked bool, wrap func(*part, *journal) any, want string) {
	t.Helper()
	var k inject.Container
	var p *inject.Provider
	j := new(journal)
	add[*part](&k, inject.Singleton, func() *part { return j.part("shared") })
	switch {
	case !asked:
		add[any](&k, lifetime, func(s *part) any { return wrap(s, j) })
	case lifetime == inject.Singleton:
		return // the provider is not there yet
	default:
		add[any](&k, lifetime, func() any { return wrap(resolve[*part](t, p, p.Outside()), j) })
	}
	p = start(t, &k)
	s := p.Scope(owner{})
	resolve[any](t, p, s)
	j.lines = nil
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if lifetime != inject.Singleton {
		j.wantOf(t, want)
		want = ""
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	j.wantOf(t, want, "close shared")
}

// wantOf is want without the lines that are "".
func (j *journal) wantOf(t *testing.T, lines ...string) {
	t.Helper()
	var want []string
	for _, line := range lines {
		if line != "" {
			want = append(want, line)
		}
	}
	j.want(t, want...)
}

// The same holds for what is there already, and for services of the scope.
func TestInheritedCloseOfOthers(t *testing.T) {
	var k inject.Container
	j := new(journal)
	inject.AddInstance(&k, &db{j.part("instance")}, nil, "")
	add[*cats](&k, scoped, func() *cats { return &cats{j.part("scoped"), nil} })
	add[*unit](&k, trans, func() *unit { return &unit{j.part("transient"), owner{}} })
	type ofInstance struct{ *db }
	type ofScoped struct{ *cats }
	type ofTransient struct{ *unit }
	add[*ofInstance](&k, scoped, func(d *db) *ofInstance { return &ofInstance{d} })
	add[*ofScoped](&k, scoped, func(c *cats) *ofScoped { return &ofScoped{c} })
	add[*ofTransient](&k, trans, func(u *unit) *ofTransient { return &ofTransient{u} })
	p := start(t, &k)
	s := p.Scope(owner{})
	resolve[*ofInstance](t, p, s)
	resolve[*ofScoped](t, p, s)
	resolve[*ofTransient](t, p, s)
	j.lines = nil
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	j.want(t, "close transient", "close scoped")
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	j.want(t)
}

// Values without a content of their own are not taken for one another.
func TestCloseOfEmptyStructs(t *testing.T) {
	var k inject.Container
	closed := 0
	count := func() error { closed++; return nil }
	add[store](&k, inject.Singleton, func() store { return &empty{} })
	emptyCloses = count
	add[io.Closer](&k, scoped, func() io.Closer { return &empty{} })
	p := start(t, &k)
	s := p.Scope(owner{})
	resolve[io.Closer](t, p, s)
	if err := s.Close(); err != nil || closed != 1 {
		t.Errorf("Close: %v, closed %d times, want once", err, closed)
	}
	if err := p.Close(); err != nil || closed != 2 {
		t.Errorf("Close of the provider: %v, closed %d times, want twice", err, closed)
	}
}

type empty struct{}

var emptyCloses func() error

func (*empty) Name() string { return "" }
func (*empty) Close() error { return emptyCloses() }
