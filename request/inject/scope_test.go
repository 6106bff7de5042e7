package inject_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/soay-go/soay/request/inject"
)

func TestScope(t *testing.T) {
	var k inject.Container
	j := new(journal)
	all(&k, j)
	p := start(t, &k)
	j.want(t, "make db", "make cats")
	one, two := p.Scope(owner{"one"}), p.Scope(owner{"two"})
	j.want(t)
	h := resolve[*handler](t, p, one)
	j.want(t, "make unit of one", "make handler")
	if h.unit != resolve[*unit](t, p, one) || h.cats != resolve[*cats](t, p, p.Outside()) || h.unit.owner.name != "one" {
		t.Errorf("the handler has %p of %v and %p", h.unit, h.unit.owner, h.cats)
	}
	if again := resolve[*handler](t, p, one); again == h || again.unit != h.unit {
		t.Errorf("a second one is %p with %p, the first %p with %p", again, again.unit, h, h.unit)
	}
	j.want(t, "make handler")
	if other := resolve[*handler](t, p, two); other.unit == h.unit || other.cats != h.cats {
		t.Error("scopes share the wrong services")
	}
	j.want(t, "make unit of two", "make handler")
	if got := resolve[owner](t, p, two); got.name != "two" {
		t.Errorf("the value of the scope is %v", got)
	}
	for range 2 {
		if err := one.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	j.want(t, "close handler", "close handler", "close unit of one")
	const closed = ": the services are closed"
	for range 2 {
		fails[*handler](t, p, one, "inject: resolve *inject_test.handler"+closed)
		fails[*unit](t, p, one, "inject: resolve *inject_test.unit"+closed)
		fails[*cats](t, p, one, "inject: resolve *inject_test.cats"+closed)
		if err := fails[owner](t, p, one, "inject: resolve inject_test.owner"+closed); !errors.Is(err, inject.ErrClosed) {
			t.Errorf("%v is not ErrClosed", err)
		}
	}
	resolve[*unit](t, p, two)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	fails[*unit](t, p, two, "inject: resolve *inject_test.unit"+closed)
	fails[*cats](t, p, two, "inject: resolve *inject_test.cats"+closed)
	if err := two.Close(); err != nil {
		t.Error(err)
	}
	j.want(t, "close cats", "close db", "close handler", "close unit of two")
}

func TestScopeWithoutItsValues(t *testing.T) {
	var k inject.Container
	all(&k, new(journal))
	p := start(t, &k)
	const want = "inject: the scope was opened without a value of type inject_test.owner"
	for _, s := range []*inject.Scope{p.Scope(), p.Scope(nil), p.Scope("owner"), p.Scope(&owner{})} {
		fails[owner](t, p, s, want)
		fails[*unit](t, p, s, want)
	}
}

// A scoped service that fails stays failed; what it needed is closed.
func TestFactoriesThatFail(t *testing.T) {
	for _, tt := range []struct {
		description string
		fail        func() error
		want        string
	}{
		{"an error", func() error { return errFactory }, "the factory failed"},
		{"a panic", func() error { panic(errFactory) }, "panic: the factory failed"},
		{"nil", func() error { return nil }, "the factory returned nil"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			var k inject.Container
			j := new(journal)
			calls := 0
			add[*db](&k, scoped, func() *db { return &db{j.part("db")} })
			add[*cats](&k, trans, func(d *db) *cats { return &cats{j.part("cats"), d} })
			add[*unit](&k, scoped, func(*cats) (*unit, error) { calls++; return nil, tt.fail() })
			add[*a](&k, trans, func(*unit) *a { t.Error("a factory ran without what it needs"); return nil })
			add[*b](&k, trans, func() (*b, error) { calls++; return nil, tt.fail() })
			p := start(t, &k)
			s := p.Scope(owner{})
			for range 2 {
				want := "inject: make *inject_test.unit of main.go:*inject_test.unit: " + tt.want
				fails[*unit](t, p, s, want)
				fails[*a](t, p, s, want)
			}
			for range 2 {
				fails[*b](t, p, s, "inject: make *inject_test.b of main.go:*inject_test.b: "+tt.want)
			}
			if calls != 3 {
				t.Errorf("the factories ran %d times, want once and twice", calls)
			}
			j.want(t, "make db", "make cats")
			resolve[*db](t, p, s)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			j.want(t, "close cats", "close db")
		})
	}
}

func TestScopeCloseErrors(t *testing.T) {
	var k inject.Container
	j := new(journal)
	add[*db](&k, scoped, func() *db { p := j.part("db"); p.err = errFactory; return &db{p} })
	inject.Add(&k, inject.Service[*a]{Lifetime: scoped, Factory: func(*db) *a { return &a{} }, Source: "main.go:2",
		Close: func(*a) error { panic("a is broken") }})
	p := start(t, &k)
	s := p.Scope(owner{})
	resolve[*a](t, p, s)
	err := s.Close()
	checkError(t, err, "inject: close *inject_test.a of main.go:2: panic: a is broken")
	if !errors.Is(err, errFactory) {
		t.Errorf("Close: %v, want both errors", err)
	}
	j.want(t, "make db", "close db")
}

// Closing runs without a lock: what is being closed may ask for others, in vain.
func TestResolveWhileClosing(t *testing.T) {
	var k inject.Container
	var s *inject.Scope
	var p *inject.Provider
	asked := false
	inject.Add(&k, inject.Service[*a]{Lifetime: scoped, Factory: func() *a { return &a{} }, Close: func(*a) error {
		asked = true
		fails[*a](t, p, s, "inject: resolve *inject_test.a: the services are closed")
		return nil
	}})
	p = start(t, &k)
	s = p.Scope(owner{})
	resolve[*a](t, p, s)
	if err := s.Close(); err != nil || !asked {
		t.Errorf("Close: %v, asked: %v", err, asked)
	}
}

// A factory may resolve others in its scope by itself.
func TestResolveInFactory(t *testing.T) {
	var k inject.Container
	var s *inject.Scope
	var p *inject.Provider
	j := new(journal)
	add[*db](&k, scoped, func() *db { return &db{j.part("db")} })
	add[*cats](&k, scoped, func() *cats { return &cats{j.part("cats"), resolve[*db](t, p, s)} })
	p = start(t, &k)
	s = p.Scope(owner{})
	if resolve[*cats](t, p, s).db != resolve[*db](t, p, s) {
		t.Error("there are two")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	j.want(t, "make cats", "make db", "close cats", "close db")
}

// Many goroutines of a request get one service, made once.
func TestConcurrentScope(t *testing.T) {
	var k inject.Container
	var made, closed atomic.Int64
	type deep struct{ u *unit }
	inject.Add(&k, inject.Service[*unit]{Lifetime: scoped, Factory: func(o owner) *unit {
		made.Add(1)
		runtime.Gosched()
		return &unit{owner: o}
	}, Close: func(*unit) error { closed.Add(1); return nil }})
	add[*deep](&k, scoped, func(u *unit) (*deep, error) { made.Add(1); return &deep{u}, nil })
	inject.Add(&k, inject.Service[*a]{Lifetime: trans, Factory: func(*deep) *a { return new(a) },
		Close: func(*a) error { closed.Add(1); return nil }})
	p := start(t, &k)
	for range 100 {
		s := p.Scope(owner{"one"})
		made.Store(0)
		closed.Store(0)
		var wg sync.WaitGroup
		units := make([]*unit, 8)
		for i := range units {
			wg.Go(func() {
				if i%2 == 0 {
					resolve[*a](t, p, s)
				}
				units[i] = resolve[*deep](t, p, s).u
			})
		}
		wg.Wait()
		if len(slices.Compact(units)) != 1 || made.Load() != 2 {
			t.Fatalf("%d made, units %v", made.Load(), units)
		}
		if err := s.Close(); err != nil || closed.Load() != 5 {
			t.Fatalf("%d closed, %v; want 5", closed.Load(), err)
		}
	}
}

// Whatever the moment at which the scope is closed, what was made is closed once.
func TestCloseRaces(t *testing.T) {
	var k inject.Container
	var open atomic.Int64
	inject.Add(&k, inject.Service[*unit]{Lifetime: scoped, Factory: func() *unit { open.Add(1); return new(unit) },
		Close: func(*unit) error { open.Add(-1); return nil }})
	inject.Add(&k, inject.Service[*a]{Lifetime: trans, Factory: func(*unit) *a { open.Add(1); return new(a) },
		Close: func(*a) error { open.Add(-1); return nil }})
	p := start(t, &k)
	slot := slot[*a](t, p)
	for range 200 {
		s := p.Scope(owner{})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for {
					if _, err := s.Value(slot); errors.Is(err, inject.ErrClosed) {
						return
					} else if err != nil {
						t.Error(err)
						return
					}
					runtime.Gosched() // or Close would wait for time slices to end where there is one processor
				}
			})
		}
		runtime.Gosched()
		for range 2 {
			wg.Go(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := open.Load(); n != 0 {
			t.Fatalf("%d services are open", n)
		}
	}
}

// slow is a scoped service whose factory ends when the test says so.
func slow(t *testing.T, k *inject.Container, closing error) (p *inject.Provider, release chan error, closed *int) {
	release, closed = make(chan error), new(int)
	inject.Add(k, inject.Service[*a]{Lifetime: scoped, Source: "main.go:1", Factory: func() (*a, error) {
		err := <-release
		if err == errGoexit {
			runtime.Goexit()
		}
		return &a{}, err
	}, Close: func(*a) error { *closed++; return closing }})
	return start(t, k), release, closed
}

var errGoexit = errors.New("end the goroutine")

func TestClosedWhileMaking(t *testing.T) {
	for _, closing := range []error{nil, errFactory} {
		synctest.Test(t, func(t *testing.T) {
			var k inject.Container
			p, release, closed := slow(t, &k, closing)
			s := p.Scope(owner{})
			results := make(chan error, 2)
			for range 2 {
				go func() {
					_, err := s.Value(slot[*a](t, p))
					results <- err
				}()
			}
			synctest.Wait()
			if err := s.Close(); err != nil || *closed != 0 {
				t.Errorf("Close: %v, closed %d", err, *closed)
			}
			release <- nil
			for range 2 {
				if err := <-results; !errors.Is(err, inject.ErrClosed) || closing != nil && !errors.Is(err, closing) {
					t.Errorf("got %v", err)
				} else {
					checkError(t, err, "inject: resolve *inject_test.a: the services are closed")
				}
			}
			if *closed != 1 {
				t.Errorf("closed %d times, want once", *closed)
			}
		})
	}
}

// Those who wait are told how it ended, also if its goroutine is gone.
func TestWaiting(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string // "" for success
	}{
		{nil, ""},
		{errFactory, "inject: make *inject_test.a of main.go:1: the factory failed"},
		{errGoexit, "inject: make *inject_test.a of main.go:1: the factory ended its goroutine"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var k inject.Container
			p, release, _ := slow(t, &k, nil)
			s := p.Scope(owner{})
			maker := make(chan struct{})
			go func() {
				defer close(maker)
				s.Value(slot[*a](t, p))
			}()
			synctest.Wait()
			results := make(chan error, 3)
			for range cap(results) {
				go func() {
					_, err := s.Value(slot[*a](t, p))
					results <- err
				}()
			}
			synctest.Wait()
			release <- tt.err
			<-maker
			for range cap(results) {
				if err := <-results; tt.want != "" {
					checkError(t, err, tt.want)
				} else if err != nil {
					t.Error(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// caller is the value of a scope that ends.
type caller struct{ ctx context.Context }

func (c caller) Context() context.Context { return c.ctx }

// A factory that resolves its own service gets an error when the caller has gone, instead of waiting for ever.
func TestFactoryThatWaitsForItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var k inject.Container
		var p *inject.Provider
		var s *inject.Scope
		add[*a](&k, scoped, func(caller) (*a, error) {
			_, err := s.Value(slot[*a](t, p))
			return nil, err
		})
		plan, err := k.Compile(typeOwner, reflectCaller)
		if err != nil {
			t.Fatal(err)
		}
		if p, err = plan.Start(); err != nil {
			t.Fatal(err)
		}
		ctx, leave := context.WithCancelCause(t.Context())
		s = p.Scope(owner{}, caller{ctx})
		result := make(chan error)
		go func() {
			_, err := s.Value(slot[*a](t, p))
			result <- err
		}()
		synctest.Wait()
		leave(errFactory)
		if err := <-result; !errors.Is(err, errFactory) || !strings.Contains(err.Error(),
			"inject: resolve *inject_test.a: wait for the one who makes it: the factory failed") {
			t.Errorf("got %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// What a factory at work was given stays open until it is done, and what it makes is closed before that.
func TestClosedWhileDependentsAreMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var k inject.Container
		j := new(journal)
		release := map[string]chan error{"unit": make(chan error), "handler": make(chan error)}
		add[*db](&k, scoped, func() *db { return &db{j.part("db")} })
		add[*cats](&k, trans, func(d *db) *cats { return &cats{j.part("cats"), d} })
		add[*unit](&k, scoped, func(c *cats) (*unit, error) {
			err := <-release["unit"]
			if closed := strings.Join(j.lines, ", "); strings.Contains(closed, "close") {
				t.Errorf("closed before the factory of unit was done: %s", closed)
			}
			return &unit{part: j.part("unit")}, err
		})
		add[*handler](&k, trans, func(*db) (*handler, error) {
			if err := <-release["handler"]; err == errGoexit {
				runtime.Goexit()
			}
			return &handler{part: j.part("handler")}, nil
		})
		p := start(t, &k)
		for _, tt := range []struct {
			description string
			first       string // the factory that ends first
			handler     error  // how that of handler ends
			unit        error
			want        []string
		}{
			{"unit last", "handler", nil, nil, []string{
				"make handler", "make unit", "close unit", "close handler", "close cats", "close db"}},
			{"handler last", "unit", nil, nil, []string{
				"make unit", "make handler", "close handler", "close unit", "close cats", "close db"}},
			{"the last one ends its goroutine", "unit", errGoexit, nil, []string{
				"make unit", "close unit", "close cats", "close db"}},
			{"the last one fails", "handler", nil, errFactory, []string{
				"make handler", "make unit", "close handler", "close cats", "close db"}},
		} {
			j.lines = nil
			s := p.Scope(owner{})
			results := make(chan error, 2)
			go func() { _, err := s.Value(slot[*unit](t, p)); results <- err }()
			synctest.Wait()
			j.want(t, "make db", "make cats")
			j.lines = []string{"make db", "make cats"}
			go func() {
				var err error
				defer func() { results <- err }()
				_, err = s.Value(slot[*handler](t, p))
			}()
			synctest.Wait()
			if err := s.Close(); err != nil {
				t.Errorf("%s: Close: %v", tt.description, err)
			}
			fails[*db](t, p, s, "inject: resolve *inject_test.db: the services are closed")
			j.lines = j.lines[:2]
			last := map[string]string{"unit": "handler", "handler": "unit"}[tt.first]
			for _, name := range []string{tt.first, last} {
				release[name] <- map[string]error{"unit": tt.unit, "handler": tt.handler}[name]
				if err := <-results; name == "unit" && tt.unit == nil && !errors.Is(err, inject.ErrClosed) {
					t.Errorf("%s: %s: %v, want ErrClosed", tt.description, name, err)
				}
				synctest.Wait()
			}
			if err := s.Close(); err != nil {
				t.Errorf("%s: second Close: %v", tt.description, err)
			}
			j.lines = j.lines[2:]
			j.want(t, tt.want...)
		}
	})
}

// What fails to close that late is told to whoever opened the scope.
func TestLateCloseErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var k inject.Container
		p, release, closed := slow(t, &k, errFactory)
		s := p.Scope(owner{"one"})
		var told []string
		s.Late = func(values []any, err error) {
			told = append(told, values[0].(owner).name)
			checkError(t, err, "inject: close *inject_test.a of main.go:1: the factory failed")
		}
		result := make(chan error)
		go func() {
			_, err := s.Value(slot[*a](t, p))
			result <- err
		}()
		synctest.Wait()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		release <- nil
		checkError(t, <-result, "inject: resolve *inject_test.a: the services are closed")
		if !slices.Equal(told, []string{"one"}) || *closed != 1 {
			t.Errorf("told %q, closed %d times; want once each", told, *closed)
		}
	})
}
