package bind

import (
	"reflect"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/request/inject"
)

// Bind fills v from a request. v is a value of the plan's type that can be set.
//
// A request that does not fit is an *[Error], which lists all violations at once: with status 400 if a
// value could not be read, else with 422. A body that is too large, too slow or of another content type is
// a problem with its own status.
//
// The order is that of the request: path, query, headers and cookies are read first. Then the services are
// asked, so that one of them can refuse the client before anything of the body is read. The body comes
// next. Without a body the services are asked only if everything fits. Fields that bind themselves come last,
// when everything else is there and valid.
func (p *Plan) Bind(req request.Request, v reflect.Value) error {
	if p.itself {
		return v.Addr().Interface().(Binder).BindRequest(req)
	}
	whole := v
	if p.tolerant && p.formAt == nil {
		v = v.FieldByName(formValue)
	}
	wrong, err := p.fill(req, v)
	if err == nil && p.tolerant {
		wrong, err = p.keep(req, whole, wrong)
	}
	if err != nil {
		return err
	}
	if len(wrong) > 0 { // the language matters only now
		return newError(wrong, http1.ListOf(request.StateOf(req).Source(), "Accept-Language"), p.languages)
	}
	if !p.hasBody() {
		if err := p.inject(req, v); err != nil {
			return err
		}
	}
	for _, at := range p.binders {
		if err := v.FieldByIndex(at).Addr().Interface().(Binder).BindRequest(req); err != nil {
			return err
		}
	}
	return nil
}

// fill fills the fields that come from the request itself, and returns the violations. It asks the services
// in front of a body.
func (p *Plan) fill(req request.Request, v reflect.Value) ([]violation, error) {
	if p.input == nil { // the input as a whole is the body
		_, wrong, err := p.body.read(req, nil, true, v)
		return wrong, err
	}
	// The order is the order in which violations are reported.
	f := filler{o: p.input, v: v, memory: budget{req.MemoryLimit()}}
	if err := f.head(p, req); err != nil {
		return nil, err
	}
	if p.hasBody() {
		if err := p.inject(req, v); err != nil {
			return nil, err
		}
		if err := f.body(p, req); err != nil {
			return nil, err
		}
	}
	f.validate()
	return f.found.list, f.memoryError()
}

// head fills the fields from the path, the query, headers and cookies.
func (f *filler) head(p *Plan, req request.Request) error {
	for i, at := range p.path.at {
		f.set(at, req.Param(p.path.list[i]))
	}
	if len(p.query.at) > 0 {
		if err := f.fields(&p.query, req.URL().RawQuery); err != nil {
			return err
		}
	}
	for i, at := range p.headers.at {
		f.header(at, http1.Values(request.StateOf(req).Source(), p.headers.list[i]))
	}
	for i, at := range p.cookies.at {
		f.cookie(at, p.cookies.list[i], http1.Values(request.StateOf(req).Source(), "Cookie"))
	}
	return nil
}

// inject fills the fields tagged inject.
func (p *Plan) inject(req request.Request, v reflect.Value) error {
	for i := range p.services {
		s := &p.services[i]
		value, err := s.of(req)
		if err != nil {
			return err
		}
		v.FieldByIndex(s.index).Set(value)
	}
	return nil
}

// of returns the service for a request. Plans of inputs that no route has are not linked.
func (s *service) of(req request.Request) (reflect.Value, error) {
	if s.slot == (inject.Slot{}) {
		return request.StateOf(req).Resolve(s.typ)
	}
	return request.StateOf(req).Service(s.slot)
}
