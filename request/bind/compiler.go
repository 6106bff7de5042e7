package bind

import (
	"reflect"

	"github.com/go-playground/validator/v10"

	"github.com/soay-go/soay/request/bind/internal/rules"
)

// Compiler makes plans, one for each type. It is for one goroutine, before the app starts.
type Compiler struct {
	rules *rules.Compiler
	nodes map[reflect.Type]*node
	plans map[reflect.Type]*Plan
}

// NewCompiler returns a compiler that judges values by the rules of v, those of its library for
// nil. v must not be changed any more.
func NewCompiler(v *validator.Validate) *Compiler {
	return &Compiler{rules: rules.NewCompiler(v), nodes: map[reflect.Type]*node{}, plans: map[reflect.Type]*Plan{}}
}

// Plan returns the plan for a struct type, compiled at its first use. The error joins everything
// that is wrong with the type.
func (c *Compiler) Plan(t reflect.Type) (*Plan, error) {
	if p := c.plans[t]; p != nil {
		return p, nil
	}
	p, err := c.compile(t)
	if err != nil {
		clear(c.nodes) // some may have parts that are wrong
		return nil, err
	}
	c.plans[t] = p
	return p, nil
}
