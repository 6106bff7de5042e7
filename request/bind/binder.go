package bind

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/soay-go/soay/request"
)

// Binder is implemented by types that fill themselves from a request: an input as a whole, or one of its
// fields. An error with a status, such as a problem, is the answer to the client; any other error is a 500.
type Binder interface {
	BindRequest(request.Request) error
}

var binderType = reflect.TypeFor[Binder]()

// checkBinder refuses tags in a type that binds itself, since nothing reads them. A type may bind itself
// without wanting to: a field that it embeds has the method.
func checkBinder(t reflect.Type) error {
	var errs []error
	for f := range t.Fields() {
		source, ok := sourceOf(f.Tag)
		if _, injected := f.Tag.Lookup("inject"); injected {
			source, ok = "inject", true
		}
		if ok {
			errs = append(errs, fmt.Errorf("field %s of %s: the tag %s means nothing in a type that binds itself; "+
				"if it does so by what it embeds, make that a field with a name", f.Name, t, source))
		}
	}
	return errors.Join(errs...)
}
