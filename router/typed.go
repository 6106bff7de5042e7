package router

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/response"
)

// Routes is where handlers are registered: an app, or a Group.
type Routes interface {
	Handle(method, pattern string, h Handler) *Route
}

// typed is what the router knows of a handler whose input and output have types.
type typed struct {
	plan   *bind.Plan // nil if the type of the input is wrong
	output *Output
}

// HandleTyped registers a handler that gets its input bound and validated, and whose output makes
// the response. See package bind for inputs; outputs are in the description of the functions of
// package soay that call this. It is for the framework.
func HandleTyped[In, Out any](
	to Routes, method, pattern string, f func(request.Request, In) (Out, error),
) *Route {
	t := &typed{}
	answer, output := answerWith[Out]()
	t.output = &output
	var h Handler
	if f != nil {
		h = func(req request.Request) response.Response {
			var in In
			if err := t.plan.Bind(req, reflect.ValueOf(&in).Elem()); err != nil {
				return response.Error(err)
			}
			out, err := f(req, in)
			if err != nil {
				return response.Error(err)
			}
			return answer(req, out)
		}
	}
	route := to.Handle(method, pattern, h)
	route.take(t, reflect.TypeFor[In](), reflect.TypeFor[Out]())
	return route
}

// take gives a route its typed handler, and notes what is wrong with the types.
func (r *Route) take(t *typed, in, out reflect.Type) {
	if r == nil || r.router == nil || r.router.closed {
		return
	}
	r.typed = t
	typedHandler.Set(r, kindOf(out))
	if err := checkOutput(out, t.output); err != nil {
		r.failTyped(err)
	}
	plan, err := r.router.Compiler().Plan(in)
	if err != nil {
		for _, e := range Unjoin(err) {
			r.failTyped(e)
		}
		return
	}
	t.plan = plan
	if n := plan.Describe().FormBytes; n > 0 {
		request.SetFormBytes(r, n)
	}
	for _, err := range r.checkInput(plan, in) {
		r.failTyped(err)
	}
}

func (r *Route) failTyped(err error) { r.router.fail("route %s %s: %w", r.methods[0], r.text, err) }

// checkInput returns what makes a route and its input contradict each other.
func (r *Route) checkInput(plan *bind.Plan, in reflect.Type) []error {
	var errs []error
	input := plan.Describe()
	if input.ReadsBody && slices.Contains(bodiless, r.methods[0]) {
		errs = append(errs, fmt.Errorf(
			"%s takes a body, which %s requests do not have; tag its fields with path, query, header or cookie",
			in, r.methods[0]))
	}
	if r.pattern == nil {
		return errs // it is wrong, which has been noted
	}
	var taken []string
	for _, p := range input.Params {
		if p.In != "path" {
			continue
		}
		taken = append(taken, p.Name)
		if !slices.ContainsFunc(r.pattern, func(s segment) bool { return s.isParam() && s.name == p.Name }) {
			errs = append(errs, fmt.Errorf("%s takes the parameter %q of the path, which the pattern does not have", in, p.Name))
		}
	}
	if input.BindsItself || in.NumField() == 0 {
		return errs // the handler, or a Binder, may ask the request
	}
	for _, s := range r.pattern {
		if s.isParam() && !slices.Contains(taken, s.name) {
			errs = append(errs, fmt.Errorf("no field of %s takes the parameter %q of the pattern", in, s.name))
		}
	}
	return errs
}

// link finds the services that inputs take, and returns what is missing.
func (r *Router) link(services *inject.Plan) []error {
	var errs []error
	for _, route := range r.routes {
		if route.typed == nil || route.typed.plan == nil {
			continue
		}
		if err := route.typed.plan.Link(services); err != nil {
			errs = append(errs, fmt.Errorf("%s: route %s %s: %w", route.source, route.methods[0], route.text, err))
		}
	}
	return errs
}

// Compiler returns what makes the plans of typed handlers, made when it is first needed.
func (r *Router) Compiler() *bind.Compiler {
	if r.options.Compiler == nil {
		r.options.Compiler = bind.NewCompiler(nil)
	}
	return r.options.Compiler
}
