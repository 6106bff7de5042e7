package view

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// Page is a page whose data is a T. What its templates say of the data is compared with T: fields and methods, also those of
// the values that range, with and calls of other templates hand on. What comes from an interface or a function is left to
// the time when the page is rendered.
//
// A Page is a small value that knows no app, so it can stand in a package variable.
type Page[T any] struct{ name string }

// NewPage returns the page of a name, with data of type T. It is compared with T at the start if Options.Pages has it, and
// at its first use otherwise.
func NewPage[T any](name string) Page[T] { return Page[T]{name} }

// Render is the function [Render] for the page.
func (p Page[T]) Render(req request.Request, v T) response.Response {
	found, err := find(req, p.name)
	if err == nil {
		err = found.checkType(reflect.TypeFor[T]())
	}
	if err != nil {
		return failed(fmt.Sprintf("render %q", p.name), err)
	}
	return found.render(req, found.entry, v)
}

// Checker is a [Page] of any type, for Options.Pages.
type Checker interface {
	check(*views) error
}

func (p Page[T]) check(v *views) error {
	found, err := v.find(p.name)
	if err != nil {
		return fmt.Errorf("view.NewPage[%v]: %w", reflect.TypeFor[T](), err)
	}
	return found.checkType(reflect.TypeFor[T]())
}

// checkType returns what the templates of a page say of its data that is not so for a type. It remembers the answer.
func (p *page) checkType(t reflect.Type) error {
	if known, ok := p.types.Load(t); ok {
		err, _ := known.(error)
		return err
	}
	c := &checker{page: p, assigned: map[string]bool{}, seen: map[call]bool{}}
	err := errors.Join(c.check(t)...)
	p.types.Store(t, err)
	return err
}
