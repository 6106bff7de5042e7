package inject_test

import (
	"reflect"
	"testing"

	"github.com/soay-go/soay/request/inject"
)

var reflectCaller = reflect.TypeFor[caller]()

// Services that are there cost no memory, whatever their types.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	var k inject.Container
	inject.AddInstance[store](&k, &part{}, nil, "")
	inject.AddInstance(&k, page{7}, nil, "")
	all(&k, new(journal))
	p := start(t, &k)
	s := p.Scope(owner{})
	for description, n := range map[string]float64{
		"a singleton":                measure[*cats](t, p, s),
		"an interface":               measure[store](t, p, s),
		"a value that is no pointer": measure[page](t, p, s),
		"a scoped service":           measure[*unit](t, p, s),
	} {
		if n != 0 {
			t.Errorf("%s: %v allocations", description, n)
		}
	}
}

// measure counts the allocations of resolving a service that is there already.
func measure[T any](t *testing.T, p *inject.Provider, s *inject.Scope) float64 {
	resolve[T](t, p, s)
	return testing.AllocsPerRun(100, func() {
		slot, _ := p.Slot(reflect.TypeFor[T]())
		v, err := s.Value(slot)
		if err != nil {
			t.Fatal(err)
		}
		_ = inject.As[T](v)
	})
}
