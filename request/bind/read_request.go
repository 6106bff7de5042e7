package bind

import (
	"reflect"

	"github.com/soay-go/soay/request"
)

// Bind fills v, a value of the plan's type that can be set, from a request. A request that does not
// fit is an *[Error] that tells all of its violations at once: with status 400 if a value could not be
// read, else 422 for broken rules. A body that is too large, too slow or of another content type is
// a problem with its own status.
func (p *Plan) Bind(req request.Request, v reflect.Value) error {
	if p.itself {
		return v.Addr().Interface().(Binder).BindRequest(req)
	}
	wrong, err := p.fill(req, v)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return newError(wrong, req.Headers()["Accept-Language"])
	}
	for _, at := range p.binders {
		if err := v.FieldByIndex(at).Addr().Interface().(Binder).BindRequest(req); err != nil {
			return err
		}
	}
	return p.inject(req, v)
}

// fill fills what comes from the request itself, and returns what is wrong with it.
func (p *Plan) fill(req request.Request, v reflect.Value) ([]violation, error) {
	if p.input == nil {
		_, wrong, err := p.body.read(req, nil, true, v)
		return wrong, err
	}
	f := filler{o: p.input, v: v, memory: budget{req.MemoryLimit()}}
	for i, at := range p.path.at {
		f.set(at, req.Param(p.path.list[i]))
	}
	if len(p.query.at) > 0 {
		if err := f.fields(&p.query, req.URL().RawQuery); err != nil {
			return nil, err
		}
	}
	for i, at := range p.headers.at {
		f.header(at, req.Headers()[p.headers.list[i]])
	}
	for i, at := range p.cookies.at {
		f.cookie(at, p.cookies.list[i], req.Headers()["Cookie"])
	}
	if p.hasBody() {
		if err := f.body(p, req); err != nil {
			return nil, err
		}
	}
	f.validate()
	return f.found.list, f.memoryError()
}

// inject fills the fields tagged inject.
func (p *Plan) inject(req request.Request, v reflect.Value) error {
	for i := range p.services {
		s := &p.services[i]
		value, err := request.StateOf(req).Service(s.slot)
		if err != nil {
			return err
		}
		v.FieldByIndex(s.index).Set(value)
	}
	return nil
}
