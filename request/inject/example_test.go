package inject_test

import (
	"fmt"
	"log"
	"reflect"

	"github.com/soay-go/soay/request/inject"
)

type visitor struct{ name string }

type greeter struct{ text string }

func (g *greeter) Close() error {
	fmt.Println("closed:", g.text)
	return nil
}

func Example() {
	var c inject.Container
	inject.AddInstance(&c, "Hello", nil, "example_test.go:21")
	inject.Add(&c, inject.Service[*greeter]{
		Lifetime: inject.Scoped,
		Factory:  func(greeting string, v visitor) *greeter { return &greeter{greeting + ", " + v.name} },
		Source:   "example_test.go:22",
	})

	// At the start, once:
	plan, err := c.Compile(reflect.TypeFor[visitor]())
	if err != nil {
		log.Fatal(err)
	}
	provider, err := plan.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer provider.Close()
	slot, err := plan.Slot(reflect.TypeFor[*greeter]())
	if err != nil {
		log.Fatal(err)
	}

	// For each visitor:
	scope := provider.Scope(visitor{"Ada"})
	defer scope.Close()
	v, err := scope.Value(slot)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(inject.As[*greeter](v).text)
	// Output:
	// Hello, Ada
	// closed: Hello, Ada
}
