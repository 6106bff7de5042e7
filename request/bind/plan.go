package bind

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/inject"
)

// Binder is implemented by types that take what they need from a request themselves: an input as a
// whole, or one of its fields. An error with a status, such as a problem, is what the client gets;
// any other one is a 500.
type Binder interface {
	BindRequest(request.Request) error
}

var binderType = reflect.TypeFor[Binder]()

// Plan fills values of one type, an input. It never changes once the app has started and is safe
// for concurrent use.
type Plan struct {
	typ      reflect.Type
	itself   bool    // the type is a Binder
	input    *object // its fields, by which its rules are judged; nil for a body alone
	path     places
	query    places
	headers  places
	cookies  places
	form     places
	binders  [][]int // indexes of fields that bind themselves
	services []service
	body     *body
}

// places are the fields of an input with one source.
type places struct {
	names
	at []int // their indexes in the input
}

func (p *places) put(name string, at int) {
	p.names.add(name)
	p.at = append(p.at, at)
}

// body is what takes the body of the request.
type body struct {
	field   int // in input; -1 when the input itself is the body
	formats []format
	node    *node
}

// service is a field of an input that takes a service.
type service struct {
	typ   reflect.Type
	name  string // in Go
	index []int
	slot  inject.Slot
}

// Link finds the services that the input takes. It is called once, when all services are known and
// before the first request; services may be nil for none.
func (p *Plan) Link(services *inject.Plan) error {
	var errs []error
	for i := range p.services {
		s := &p.services[i]
		if services == nil {
			errs = append(errs, fmt.Errorf("field %s of %s: there are no services", s.name, p.typ))
			continue
		}
		var err error
		if s.slot, err = services.Slot(s.typ); err != nil {
			errs = append(errs, fmt.Errorf("field %s of %s: %w", s.name, p.typ, err))
		}
	}
	return errors.Join(errs...)
}

// inject fills the fields tagged inject.
func (p *Plan) inject(req request.Request, v reflect.Value) error {
	for i := range p.services {
		s := &p.services[i]
		value, err := req.Service(s.slot)
		if err != nil {
			return err
		}
		v.FieldByIndex(s.index).Set(value)
	}
	return nil
}
