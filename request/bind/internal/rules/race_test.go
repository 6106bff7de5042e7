package rules_test

import (
	"reflect"
	"sync"
	"testing"

	"github.com/go-playground/validator/v10"

	"github.com/soay-go/soay/request/bind/internal/rules"
)

// Many goroutines compile and judge at once, with compiled rules and those of the library.
func TestConcurrentUse(t *testing.T) {
	v := validator.New()
	register(t, v, "odd", func(fl validator.FieldLevel) bool { return len(fl.Field().String())%2 == 1 })
	v.RegisterStructValidation(func(sl validator.StructLevel) { sl.ReportError("", "Name", "Name", "taken", "") }, order{})
	c := newCompiler(v)
	tags := []string{"required,min=3,max=50", "email", "semver", "odd", "eqfield=Name", "oneof=red green", "iscolor|odd", "required_with=Name"}
	shared := make([]*rules.Rules, len(tags))
	for i, tag := range tags {
		shared[i] = compile(t, c, reflect.TypeFor[string](), tag)
		fit(t, shared[i], order{})
	}
	parent := reflect.ValueOf(order{Name: "Ada"})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i, tag := range tags {
				own, err := c.Compile(reflect.TypeFor[string](), tag)
				if err != nil {
					t.Error(err)
					return
				}
				fit(t, own, order{})
				for _, text := range []string{"", "Ada", "a@b.co", "1.2.3", "red"} {
					value := reflect.ValueOf(text)
					if one, other := nameOf(own.CheckIn(value, in(parent))), nameOf(shared[i].CheckIn(value, in(parent))); one != other {
						t.Errorf("%s: %q breaks %q and %q", tag, text, one, other)
					}
					shared[i].Absent(value, in(parent))
				}
				if got := c.Struct(parent); len(got) != 1 {
					t.Errorf("struct-level rules report %v", got)
				}
			}
		})
	}
	group.Wait()
}
