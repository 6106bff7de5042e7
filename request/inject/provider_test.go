package inject_test

import (
	"errors"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/soay-go/soay/request/inject"
)

func TestProvider(t *testing.T) {
	var k inject.Container
	j := new(journal)
	all(&k, j)
	plan := compile(t, &k)
	j.want(t)
	var before *cats
	for range 2 { // each start makes new ones
		p, err := plan.Start()
		if err != nil {
			t.Fatal(err)
		}
		j.want(t, "make db", "make cats")
		c := resolve[*cats](t, p, p.Outside())
		if c.db != resolve[*db](t, p, p.Outside()) || c == before {
			t.Errorf("the singletons are %p and %p", c, c.db)
		}
		before = c
		j.want(t)
		if err := p.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		j.want(t, "close cats", "close db")
		if err := p.Close(); err != nil {
			t.Errorf("a second Close: %v", err)
		}
		j.want(t)
		fails[*db](t, p, p.Outside(), "inject: resolve *inject_test.db: the services are closed")
	}
}

// Factories run in the order of registration where nothing else is needed.
func TestOrder(t *testing.T) {
	var k inject.Container
	j := new(journal)
	add[*a](&k, single, func(*c) *a { j.part("a"); return &a{} })
	add[*b](&k, single, func() *b { j.part("b"); return &b{} })
	add[*c](&k, single, func(*list[*part], *list[*part]) *c { j.part("c"); return &c{} })
	add[*list[*part]](&k, trans, func(*db) *list[*part] { return &list[*part]{j.part("list")} })
	add[*list[io.Closer]](&k, single, func() *list[io.Closer] { return &list[io.Closer]{j.part("list of string")} })
	add[*db](&k, single, func() *db { return &db{j.part("db")} })
	p := start(t, &k)
	j.want(t, "make db", "make list", "make list", "make c", "make a", "make b", "make list of string")
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	j.want(t, "close list of string", "close list", "close list", "close db")
}

func TestStartThatFails(t *testing.T) {
	for _, tt := range []struct {
		description string
		factory     func() (*cats, error)
		want        string
		wantIs      error
	}{
		{"an error", func() (*cats, error) { return &cats{}, errFactory },
			"inject: make *inject_test.cats of main.go:*inject_test.cats: the factory failed", errFactory},
		{"nil", func() (*cats, error) { return nil, nil },
			"inject: make *inject_test.cats of main.go:*inject_test.cats: the factory returned nil", nil},
		{"a panic", func() (*cats, error) { panic("broken") },
			"inject: make *inject_test.cats of main.go:*inject_test.cats: panic: broken", nil},
		{"a panic with an error", func() (*cats, error) { panic(errFactory) },
			"inject: make *inject_test.cats of main.go:*inject_test.cats: panic: the factory failed", errFactory},
	} {
		t.Run(tt.description, func(t *testing.T) {
			var k inject.Container
			j := new(journal)
			errClose := errors.New("db does not close")
			add[*db](&k, single, func() *db { p := j.part("db"); p.err = errClose; return &db{p} })
			add[*list[*part]](&k, trans, func() *list[*part] { return &list[*part]{j.part("list")} })
			add[*cats](&k, single, func(*list[*part]) (*cats, error) { return tt.factory() })
			add[*handler](&k, single, func(*cats) *handler { t.Error("a later factory ran"); return nil })
			inject.AddInstance(&k, &unit{part: &part{j: j, name: "instance"}}, (*unit).Close, "")
			p, err := compile(t, &k).Start()
			checkError(t, err, tt.want)
			if p != nil || !errors.Is(err, errClose) || tt.wantIs != nil && !errors.Is(err, tt.wantIs) {
				t.Errorf("Start: %v, %v", p, err)
			}
			if strings.Contains(tt.want, "panic") && !strings.Contains(err.Error(), "provider_test.go") {
				t.Errorf("the error has no stack: %v", err)
			}
			j.want(t, "make db", "make list", "close list", "close db", "close instance")
		})
	}
}

// list closes as what it holds.
func (l *list[T]) Close() error {
	if c, ok := any(l.of).(io.Closer); ok {
		return c.Close()
	}
	return nil
}

func TestStartThatEndsItsGoroutine(t *testing.T) {
	var k inject.Container
	j := new(journal)
	add[*db](&k, single, func() *db { return &db{j.part("db")} })
	add[*cats](&k, single, func() *cats { runtime.Goexit(); return nil })
	plan := compile(t, &k)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = plan.Start()
		t.Error("Start returned")
	}()
	<-ended
	j.want(t, "make db", "close db")
}

func TestCloseErrors(t *testing.T) {
	var k inject.Container
	j := new(journal)
	errDB := errors.New("db is busy")
	add[*db](&k, single, func() *db { p := j.part("db"); p.err = errDB; return &db{p} })
	inject.Add(&k, inject.Service[*a]{Factory: func() *a { return &a{} }, Source: "main.go:2",
		Close: func(*a) error { panic("a is broken") }})
	inject.Add(&k, inject.Service[*b]{Factory: func() *b { return &b{} }, Close: func(*b) error { return errFactory }})
	add[*cats](&k, single, func(d *db) *cats { return &cats{j.part("cats"), d} })
	err := start(t, &k).Close()
	j.want(t, "make db", "make cats", "close cats", "close db")
	texts := unjoined(err)
	if len(texts) != 3 || !errors.Is(err, errDB) || !errors.Is(err, errFactory) {
		t.Fatalf("Close: %v, want three errors", err)
	}
	for i, want := range []string{
		"inject: close *inject_test.b: the factory failed",
		"inject: close *inject_test.a of main.go:2: panic: a is broken",
		"inject: close *inject_test.db of main.go:*inject_test.db: db is busy",
	} {
		if first, _, _ := strings.Cut(texts[i], "\n"); first != want {
			t.Errorf("error %d is %q, want %q", i, first, want)
		}
	}
}

// What is given ready-made is the giver's, and what a factory passes on is its maker's.
func TestOwnership(t *testing.T) {
	for _, tt := range []struct {
		description string
		add         func(*inject.Container, *journal)
		want        []string
	}{
		{"an instance", func(k *inject.Container, j *journal) {
			inject.AddInstance(k, &db{j.part("db")}, nil, "")
		}, []string{"make db"}},
		{"an instance with a function", func(k *inject.Container, j *journal) {
			inject.AddInstance(k, &db{j.part("db")}, (*db).Close, "")
			inject.AddInstance[store](k, j.part("store"), func(s store) error { return s.(io.Closer).Close() }, "")
		}, []string{"make db", "make store", "close store", "close db"}},
		{"an instance as an interface", func(k *inject.Container, j *journal) {
			inject.AddInstance(k, &db{j.part("db")}, nil, "")
			add[store](k, single, func(d *db) store { return d })
			add[io.Closer](k, single, func(s store) *db { return s.(*db) })
		}, []string{"make db"}},
		{"a singleton as an interface", func(k *inject.Container, j *journal) {
			add[store](k, single, func(d *db) *db { return d })
			add[*db](k, single, func() *db { return &db{j.part("db")} })
			add[io.Closer](k, trans, func(s store) io.Closer { return s.(io.Closer) })
			add[*a](k, single, func(io.Closer) *a { return &a{} })
		}, []string{"make db", "close db"}},
		{"with a function of its own", func(k *inject.Container, j *journal) {
			inject.Add(k, inject.Service[store]{Factory: func(d *db) store { return d },
				Close: func(store) error { j.lines = append(j.lines, "close store"); return nil }})
			add[*db](k, single, func() *db { return &db{j.part("db")} })
		}, []string{"make db", "close store", "close db"}},
		{"a function in place of Close", func(k *inject.Container, j *journal) {
			inject.Add(k, inject.Service[*db]{Factory: func() *db { return &db{j.part("db")} },
				Close: func(*db) error { return nil }})
		}, []string{"make db"}},
		{"another value of the same type as an argument", func(k *inject.Container, j *journal) {
			add[store](k, single, func(d *db) store { return &db{j.part("other")} })
			add[*db](k, single, func() *db { return &db{j.part("db")} })
		}, []string{"make db", "make other", "close other", "close db"}},
		{"values that close", func(k *inject.Container, j *journal) {
			add[db](k, single, func() db { return db{j.part("db")} })
			add[store](k, single, func(d db) store { return d })
		}, []string{"make db", "close db"}},
		{"values that cannot be compared", func(k *inject.Container, j *journal) {
			add[closers](k, single, func() closers { return closers{j.part("db")} })
			add[io.Closer](k, single, func(closers) closers { return closers{j.part("other")} })
		}, []string{"make db", "make other", "close other", "close db"}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			var k inject.Container
			j := new(journal)
			tt.add(&k, j)
			if err := start(t, &k).Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			j.want(t, tt.want...)
		})
	}
}

type closers []*part

func (c closers) Close() error { return c[0].Close() }

// Services may be of any type, and interfaces are resolved as such.
func TestTypes(t *testing.T) {
	var k inject.Container
	inject.AddInstance[store](&k, &part{name: "instance"}, nil, "")
	inject.AddInstance(&k, page{7}, nil, "")
	inject.AddInstance(&k, 42, nil, "")
	inject.AddInstance(&k, []string{"x"}, nil, "")
	add[*list[int]](&k, single, func(n int) *list[int] { return &list[int]{n} })
	add[list[store]](&k, single, func(s store) list[store] { return list[store]{s} })
	add[func() string](&k, single, func(s store) func() string { return s.Name })
	add[io.Reader](&k, single, func() (*a, error) { return &a{}, nil })
	add[<-chan int](&k, single, func() chan int { return make(chan int) })
	p := start(t, &k)
	s := p.Scope(owner{})
	if got := resolve[store](t, p, s).Name(); got != "instance" {
		t.Errorf("interface: %q", got)
	}
	if got := resolve[page](t, p, s); got != (page{7}) {
		t.Errorf("array: %v", got)
	}
	if got := resolve[*list[int]](t, p, s).of; got != 42 {
		t.Errorf("generic pointer: %v", got)
	}
	if got := resolve[list[store]](t, p, s).of.Name(); got != "instance" {
		t.Errorf("generic struct: %v", got)
	}
	if got := resolve[func() string](t, p, s)(); got != "instance" {
		t.Errorf("function: %v", got)
	}
	if got, ok := resolve[io.Reader](t, p, s).(*a); !ok {
		t.Errorf("result converted to an interface: %T", got)
	}
	resolve[<-chan int](t, p, s)
	resolve[[]string](t, p, s)
	var target struct{ Store store }
	v, err := s.Value(slot[store](t, p))
	if err != nil {
		t.Fatal(err)
	}
	reflect.ValueOf(&target).Elem().Field(0).Set(v)
	if target.Store.Name() != "instance" {
		t.Errorf("a field was set to %v", target.Store)
	}
}

func TestOutside(t *testing.T) {
	var k inject.Container
	j := new(journal)
	all(&k, j)
	p := start(t, &k)
	for typ, want := range map[reflect.Type]string{
		reflect.TypeFor[*cats](): "<nil>",
		reflect.TypeFor[*unit](): "inject: resolve *inject_test.unit, which is scoped: only singletons can be resolved here",
		reflect.TypeFor[*handler](): "inject: resolve *inject_test.handler, which is transient: " +
			"only singletons can be resolved here",
		reflect.TypeFor[owner](): "inject: resolve inject_test.owner, which is a value of the scope: " +
			"only singletons can be resolved here",
		reflect.TypeFor[cats](): "inject_test.cats: no such service, but *inject_test.cats is one",
	} {
		v, err := p.Singleton(typ)
		if got := "<nil>"; err != nil {
			checkError(t, err, want)
		} else if want != got || v.Type() != typ {
			t.Errorf("%v: %v, want %q", typ, v, want)
		}
	}
	if err := p.Outside().Close(); err != nil {
		t.Error(err)
	}
	j.want(t, "make db", "make cats")
	resolve[*cats](t, p, p.Outside())
	var none *inject.Provider
	if none.Outside() != nil {
		t.Error("a nil Provider has services")
	}
}

// Two plans of one container and of two do not mix.
func TestForeignSlots(t *testing.T) {
	var k, other inject.Container
	j := new(journal)
	all(&k, j)
	add[*unit](&other, single, func() *unit { return &unit{part: j.part("unit")} })
	p, q := start(t, &k), start(t, &other)
	s := p.Scope(owner{})
	for _, foreign := range []*inject.Provider{q, start(t, &k)} {
		_, err := s.Value(slot[*unit](t, foreign))
		checkError(t, err, "inject: resolve *inject_test.unit: it is no service here")
		if v, ok := p.Shared(slot[*unit](t, foreign)); ok {
			t.Errorf("Shared has %v", v)
		}
	}
	_, err := s.Value(inject.Slot{})
	checkError(t, err, "inject: resolve a service: it is no service here")
	_, err = new(inject.Scope).Value(slot[*db](t, p))
	checkError(t, err, "inject: resolve *inject_test.db: it is no service here")
	if v, ok := p.Shared(inject.Slot{}); ok {
		t.Errorf("Shared has %v", v)
	}
}
