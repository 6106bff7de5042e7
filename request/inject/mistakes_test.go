package inject_test

import (
	"fmt"
	"io"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/inject"
)

type (
	a struct{}
	b struct{}
	c struct{}
)

func (*a) Read([]byte) (int, error) { return 0, io.EOF }

// unjoined returns the texts of the errors that errors.Join has joined.
func unjoined(err error) (texts []string) {
	if err == nil {
		return nil
	}
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		texts = append(texts, e.Error())
	}
	return texts
}

const single, scoped, trans = inject.Singleton, inject.Scoped, inject.Transient

var mistakes = []struct {
	description string
	add         func(*inject.Container)
	want        []string
}{
	{"nothing", func(*inject.Container) {}, nil},
	{"no factory", func(k *inject.Container) { add[*a](k, single, nil) },
		[]string{"main.go:*inject_test.a: service *inject_test.a: the factory is nil"}},
	{"a nil function", func(k *inject.Container) { var f func() *a; add[*a](k, single, f) },
		[]string{"main.go:*inject_test.a: service *inject_test.a: the factory is nil"}},
	{"a value in place of a factory", func(k *inject.Container) { add[*a](k, single, &a{}) },
		[]string{"main.go:*inject_test.a: service *inject_test.a: the factory is of type *inject_test.a; it must be a function"}},
	{"a variadic factory", func(k *inject.Container) { add[*a](k, trans, func(...*b) *a { return nil }) },
		[]string{"main.go:*inject_test.a: service *inject_test.a: the factory func(...*inject_test.b) *inject_test.a " +
			"is variadic; list the services that it needs"}},
	{"a factory that returns nothing", func(k *inject.Container) { add[*a](k, single, func() {}) },
		[]string{"main.go:*inject_test.a: service *inject_test.a: the factory func() must return *inject_test.a, " +
			"or *inject_test.a and an error"}},
	{"a factory that returns only an error", func(k *inject.Container) { add[*a](k, single, func() error { return nil }) },
		[]string{"main.go:*inject_test.a: service *inject_test.a: the factory func() error must return *inject_test.a, " +
			"or *inject_test.a and an error"}},
	{"a factory of something else", func(k *inject.Container) { add[*a](k, single, func() a { return a{} }) },
		[]string{"main.go:*inject_test.a: service *inject_test.a: the factory func() inject_test.a must return " +
			"*inject_test.a, or *inject_test.a and an error"}},
	{"an error that is none", func(k *inject.Container) { add[*a](k, single, func() (*a, bool) { return nil, true }) },
		[]string{"main.go:*inject_test.a: service *inject_test.a: the factory func() (*inject_test.a, bool) must return " +
			"*inject_test.a, or *inject_test.a and an error"}},
	{"an error of its own type", func(k *inject.Container) { add[*a](k, single, func() (*a, *own) { return nil, nil }) },
		[]string{"main.go:*inject_test.a: service *inject_test.a: the factory func() (*inject_test.a, *inject_test.own) " +
			"must return *inject_test.a, or *inject_test.a and an error"}},
	{"three results", func(k *inject.Container) { add[*a](k, single, func() (*a, *b, error) { return nil, nil, nil }) },
		[]string{"main.go:*inject_test.a: service *inject_test.a: the factory func() (*inject_test.a, *inject_test.b, error) " +
			"must return *inject_test.a, or *inject_test.a and an error"}},
	{"an interface that the result does not have", func(k *inject.Container) {
		add[io.Writer](k, single, func() *a { return nil })
	}, []string{"main.go:io.Writer: service io.Writer: the factory func() *inject_test.a must return io.Writer, " +
		"or io.Writer and an error"}},
	{"an unknown lifetime", func(k *inject.Container) { add[*a](k, 7, func() *a { return nil }) },
		[]string{"main.go:*inject_test.a: service *inject_test.a: it has the unknown lifetime 7"}},
	{"a nil instance", func(k *inject.Container) { inject.AddInstance[*a](k, nil, nil, "main.go:7") },
		[]string{"main.go:7: service *inject_test.a: the instance is nil"}},
	{"a nil instance of an interface", func(k *inject.Container) { inject.AddInstance[io.Reader](k, nil, nil, "") },
		[]string{"service io.Reader: the instance is nil"}},
	{"a nil function as instance", func(k *inject.Container) { inject.AddInstance[func()](k, nil, nil, "") },
		[]string{"service func(): the instance is nil"}},
	{"a nil map as instance", func(k *inject.Container) { inject.AddInstance[map[int]int](k, nil, nil, "") },
		[]string{"service map[int]int: the instance is nil"}},
	{"a nil slice, which is an empty one", func(k *inject.Container) { inject.AddInstance[[]string](k, nil, nil, "") }, nil},
	{"twice", func(k *inject.Container) {
		inject.AddInstance(k, &a{}, nil, "main.go:1")
		inject.AddInstance(k, &a{}, nil, "main.go:2")
		inject.Add(k, inject.Service[*a]{Factory: func() *a { return nil }, Source: "main.go:3"})
	}, []string{"main.go:2: service *inject_test.a: it is registered already, at main.go:1",
		"main.go:3: service *inject_test.a: it is registered already, at main.go:1"}},
	{"what scopes have anyway", func(k *inject.Container) { add[owner](k, scoped, func() owner { return owner{} }) },
		[]string{"main.go:inject_test.owner: service inject_test.owner: it is there by itself in every scope"}},
	{"a missing service", func(k *inject.Container) { add[*a](k, single, func(*b) *a { return nil }) },
		[]string{"main.go:*inject_test.a: service *inject_test.a -> *inject_test.b: no such service"}},
	{"a missing service at the end of a chain", func(k *inject.Container) {
		add[*c](k, scoped, func(*b) *c { return nil })
		add[*b](k, single, func(*a) *b { return nil })
		add[*a](k, single, func(*db) *a { return nil })
	}, []string{"main.go:*inject_test.a: service *inject_test.c -> *inject_test.b -> *inject_test.a -> *inject_test.db: " +
		"no such service"}},
	{"several missing services, one of them twice", func(k *inject.Container) {
		add[*a](k, single, func(*db, *cats, *db) *a { return nil })
	}, []string{"main.go:*inject_test.a: service *inject_test.a -> *inject_test.db: no such service",
		"main.go:*inject_test.a: service *inject_test.a -> *inject_test.cats: no such service"}},
	{"a value where there is a pointer", func(k *inject.Container) {
		add[*a](k, single, func() *a { return nil })
		add[*b](k, single, func(a) *b { return nil })
	}, []string{"main.go:*inject_test.b: service *inject_test.b -> inject_test.a: no such service, but *inject_test.a is one"}},
	{"a pointer where there is a value", func(k *inject.Container) {
		add[a](k, single, func() a { return a{} })
		add[*b](k, single, func(*a) *b { return nil })
	}, []string{"main.go:*inject_test.b: service *inject_test.b -> *inject_test.a: no such service, but inject_test.a is one"}},
	{"an interface where there is a type", func(k *inject.Container) {
		add[*a](k, single, func() *a { return nil })
		add[*b](k, single, func(io.Reader) *b { return nil })
	}, []string{"main.go:*inject_test.b: service *inject_test.b -> io.Reader: no such service, " +
		"but *inject_test.a implements it"}},
	{"any", func(k *inject.Container) {
		add[*a](k, single, func() *a { return nil })
		add[*b](k, single, func(any) *b { return nil })
	}, []string{"main.go:*inject_test.b: service *inject_test.b -> interface {}: no such service"}},
	{"itself", func(k *inject.Container) { add[*a](k, single, func(*a) *a { return nil }) },
		[]string{"main.go:*inject_test.a: service *inject_test.a: it needs itself: *inject_test.a -> *inject_test.a"}},
	{"each other", func(k *inject.Container) {
		add[*c](k, trans, func(*a) *c { return nil })
		add[*a](k, trans, func(*b) *a { return nil })
		add[*b](k, trans, func(*c, *a) *b { return nil })
	}, []string{"main.go:*inject_test.c: service *inject_test.c: it needs itself: " +
		"*inject_test.c -> *inject_test.a -> *inject_test.b -> *inject_test.c",
		"main.go:*inject_test.a: service *inject_test.a: it needs itself: *inject_test.a -> *inject_test.b -> *inject_test.a"}},
	{"each other, and something missing", func(k *inject.Container) {
		add[*a](k, single, func(*b) *a { return nil })
		add[*b](k, single, func(*a, *c) *b { return nil })
	}, []string{"main.go:*inject_test.b: service *inject_test.a -> *inject_test.b -> *inject_test.c: no such service",
		"main.go:*inject_test.a: service *inject_test.a: it needs itself: *inject_test.a -> *inject_test.b -> *inject_test.a"}},
	{"a singleton of a scoped service", func(k *inject.Container) {
		add[*a](k, single, func(*b) *a { return nil })
		add[*b](k, scoped, func() *b { return nil })
	}, []string{"main.go:*inject_test.a: service *inject_test.a -> *inject_test.b: a singleton cannot hold *inject_test.b, " +
		"which is scoped"}},
	{"a singleton of the value of a scope", func(k *inject.Container) {
		add[*a](k, single, func(owner) *a { return nil })
	}, []string{"main.go:*inject_test.a: service *inject_test.a -> inject_test.owner: a singleton cannot hold " +
		"inject_test.owner, which is a value of the scope"}},
	{"through a transient", func(k *inject.Container) {
		add[*a](k, single, func(*b) *a { return nil })
		add[*b](k, trans, func(*c, owner) *b { return nil })
		add[*c](k, scoped, func() *c { return nil })
	}, []string{"main.go:*inject_test.a: service *inject_test.a -> *inject_test.b -> *inject_test.c: " +
		"a singleton cannot hold *inject_test.c, which is scoped",
		"main.go:*inject_test.a: service *inject_test.a -> *inject_test.b -> inject_test.owner: " +
			"a singleton cannot hold inject_test.owner, which is a value of the scope"}},
	{"through a singleton, whose mistake it is", func(k *inject.Container) {
		add[*a](k, single, func(*b) *a { return nil })
		add[*b](k, single, func(*c) *b { return nil })
		add[*c](k, scoped, func() *c { return nil })
	}, []string{"main.go:*inject_test.b: service *inject_test.b -> *inject_test.c: a singleton cannot hold " +
		"*inject_test.c, which is scoped"}},
	{"generic types are different services", func(k *inject.Container) {
		add[*list[int]](k, single, func(*list[string]) *list[int] { return nil })
	}, []string{"main.go:*inject_test.list[int]: service *inject_test.list[int] -> *inject_test.list[string]: " +
		"no such service"}},
	{"all at once", func(k *inject.Container) {
		add[*a](k, single, nil)
		add[*a](k, single, nil)
		add[*b](k, single, func(*a, *db) *b { return nil })
		inject.AddInstance[*c](k, nil, nil, "main.go:9")
	}, []string{"main.go:*inject_test.a: service *inject_test.a: the factory is nil",
		"main.go:*inject_test.a: service *inject_test.a: it is registered already, at main.go:*inject_test.a",
		"main.go:9: service *inject_test.c: the instance is nil",
		"main.go:*inject_test.b: service *inject_test.b -> *inject_test.db: no such service"}},
}

// own is an error, but not the type error.
type own struct{}

func (*own) Error() string { return "" }

func TestMistakes(t *testing.T) {
	for _, tt := range mistakes {
		t.Run(tt.description, func(t *testing.T) {
			var k inject.Container
			tt.add(&k)
			for range 2 { // compiling changes nothing
				plan, err := k.Compile(typeOwner)
				if diff := cmp.Diff(tt.want, unjoined(err)); diff != "" {
					t.Errorf("Compile (-want +got):\n%s", diff)
				}
				p, err := plan.Start()
				if (p == nil) != (tt.want != nil) || (err == nil) != (tt.want == nil) {
					t.Errorf("Start: %v, %v", p, err)
				}
			}
		})
	}
}

// A plan can be asked, also one with mistakes, so that handlers are checked in the same report.
func TestPlan(t *testing.T) {
	var k inject.Container
	all(&k, new(journal))
	add[*a](&k, single, nil)
	plan, err := k.Compile(typeOwner)
	if err == nil {
		t.Error("Compile finds nothing wrong")
	}
	for _, tt := range []struct {
		typ  reflect.Type
		want string
	}{
		{reflect.TypeFor[*db](), "a singleton"},
		{reflect.TypeFor[*unit](), "scoped"},
		{reflect.TypeFor[*handler](), "transient"},
		{reflect.TypeFor[owner](), "a value of the scope"},
		{reflect.TypeFor[*a](), "a singleton"},
		{reflect.TypeFor[*b](), "*inject_test.b: no such service"},
		{reflect.TypeFor[db](), "inject_test.db: no such service, but *inject_test.db is one"},
		{nil, "nil: no such service"},
	} {
		slot, err := plan.Slot(tt.typ)
		got := fmt.Sprint(err)
		if err == nil {
			got = plan.Lifetime(slot).String()
		}
		if got != tt.want || plan.Has(tt.typ) != (err == nil) {
			t.Errorf("%v: %s, Has: %v; want %s", tt.typ, got, plan.Has(tt.typ), tt.want)
		}
	}
}
