package inject_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/inject"
)

// The services of the tests. Each writes into the journal when it is made and closed.
type (
	journal struct{ lines []string }
	db      struct{ *part }
	cats    struct {
		*part
		db *db
	}
	unit struct {
		*part
		owner owner
	}
	handler struct {
		*part
		cats *cats
		unit *unit
	}
	store       interface{ Name() string }
	owner       struct{ name string } // what scopes are opened with
	page        [1]int                // no pointer
	list[T any] struct{ of T }
)

// part is what all of them are made of.
type part struct {
	j    *journal
	name string
	err  error // of Close
}

func (j *journal) part(name string) *part {
	j.lines = append(j.lines, "make "+name)
	return &part{j: j, name: name}
}

func (p *part) Name() string { return p.name }

// Close implements io.Closer.
func (p *part) Close() error {
	p.j.lines = append(p.j.lines, "close "+p.name)
	return p.err
}

// want compares what was made and closed since the last call.
func (j *journal) want(t *testing.T, lines ...string) {
	t.Helper()
	if diff := cmp.Diff(lines, j.lines); diff != "" {
		t.Errorf("made and closed (-want +got):\n%s", diff)
	}
	j.lines = nil
}

var errFactory = errors.New("the factory failed")

var typeOwner = reflect.TypeFor[owner]()

// add registers a service whose source is the name of its type.
func add[T any](c *inject.Container, l inject.Lifetime, factory any) {
	inject.Add(c, inject.Service[T]{Lifetime: l, Factory: factory, Source: "main.go:" + reflect.TypeFor[T]().String()})
}

// compile expects that nothing is wrong.
func compile(t *testing.T, c *inject.Container) *inject.Plan {
	t.Helper()
	plan, err := c.Compile(typeOwner)
	if err != nil {
		t.Fatalf("Compile: %v", err)
	}
	return plan
}

func start(t *testing.T, c *inject.Container) *inject.Provider {
	t.Helper()
	p, err := compile(t, c).Start()
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	return p
}

func slot[T any](t *testing.T, p *inject.Provider) inject.Slot {
	t.Helper()
	s, err := p.Slot(reflect.TypeFor[T]())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// resolver are all scopes, and no more.
type resolver interface {
	Value(inject.Slot) (reflect.Value, error)
}

func resolve[T any](t *testing.T, p *inject.Provider, s resolver) T {
	t.Helper()
	v, err := s.Value(slot[T](t, p))
	if err != nil {
		t.Fatal(err)
	}
	if v.Type() != reflect.TypeFor[T]() || v.CanSet() {
		t.Errorf("the value is a %v, settable: %v", v.Type(), v.CanSet())
	}
	return inject.As[T](v)
}

// fails expects that T cannot be resolved.
func fails[T any](t *testing.T, p *inject.Provider, s resolver, want string) error {
	t.Helper()
	v, err := s.Value(slot[T](t, p))
	checkError(t, err, want)
	if v.IsValid() {
		t.Errorf("besides the error there is %v", v)
	}
	return err
}

// checkError expects an error whose first line is want.
func checkError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want %q", want)
	} else if first, _, _ := strings.Cut(err.Error(), "\n"); first != want {
		t.Errorf("error %q, want %q", first, want)
	}
}

// all registers one service of each lifetime: cats, a singleton, needs db; handler, a transient, needs cats and unit,
// which is scoped.
func all(c *inject.Container, j *journal) {
	add[*handler](c, inject.Transient, func(c *cats, u *unit) *handler { return &handler{j.part("handler"), c, u} })
	add[*unit](c, inject.Scoped, func(o owner, _ *cats) (*unit, error) { return &unit{j.part("unit of " + o.name), o}, nil })
	add[*cats](c, inject.Singleton, func(d *db) *cats { return &cats{j.part("cats"), d} })
	add[*db](c, inject.Singleton, func() (*db, error) { return &db{j.part("db")}, nil })
}
