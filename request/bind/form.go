package bind

import (
	"net/url"
	"reflect"
	"slices"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response/problem"
)

// Form is an input of a typed handler that people fill in: an HTML form that is shown again if something in
// it is wrong. A form that breaks rules, or has values that cannot be read, does not refuse the request. The
// handler runs, and finds everything here.
//
//	type SignUp struct {
//		Name string `form:"name" validate:"required,max=50"`
//		Age  int    `form:"age" validate:"gte=18"`
//	}
//
//	soay.Post(app, "/signup", func(req soay.Request, in soay.Form[SignUp]) (soay.Response, error) {
//		if !in.Valid() {
//			return page(in).WithStatus(422), nil
//		}
//		…
//	})
//
// A Form is the input as a whole, or a field of an input, beside fields from elsewhere. The field needs no
// tag, and may have the tag body:"form". T is a struct. If any of its fields has a tag that names a source, T
// is what an input is, and has fields tagged form. Otherwise T is a struct of values and lists under their
// names in forms, as behind the tag body:"form"; that is always so for a field.
//
// Everything but the form is as for other inputs. A value of the path, the query, a header or a cookie that
// does not fit refuses the request, and so do a body that is too large, too slow, malformed or of another
// content type than that of a form. Services and types that bind themselves are asked
// also if the form has errors.
//
// T as a whole may have files, in fields tagged form. Nobody can fill in a file for the visitor, so a form that is shown
// again asks for its files again; Raw has none.
//
// The zero value is an empty form without errors, for the page that shows it first. A Form is not safe for
// concurrent writes.
type Form[T any] struct {
	// Value has the values. A field with an error has its zero value, or a part of what was sent.
	Value T
	// Raw is what was typed: all fields as they were sent, under their names in the form. It has the fields
	// that T does not have, too, and passwords, which no page should show again.
	Raw url.Values
	// Errors are the violations by the name of the field in the form, one for each field. What is wrong with the form
	// as a whole has the name "". It is nil if everything fits.
	Errors map[string]problem.Violation
}

// Valid reports whether there are no errors: neither those of the rules nor those of AddError.
func (f Form[T]) Valid() bool { return len(f.Errors) == 0 }

// Message returns what is wrong with a field, by its name in the form, and "" if nothing is: for templates, which show it with
// {{with .Message "name"}}. The field "" is the form as a whole.
func (f Form[T]) Message(field string) string { return f.Errors[field].Detail }

// AddError adds an error that only the handler can find, such as a name that is taken. field is the name in
// the form, or "" for the form as a whole, and detail is a message for people. A field keeps the error that
// it has.
func (f *Form[T]) AddError(field, detail string) {
	f.add(problem.Violation{Parameter: field, In: string(inForm), Rule: ruleHandler, Detail: detail})
}

// ruleHandler is the rule of errors that a handler adds.
const ruleHandler = "handler"

func (f *Form[T]) add(v problem.Violation) {
	if _, has := f.Errors[v.Parameter]; has {
		return
	}
	if f.Errors == nil {
		f.Errors = map[string]problem.Violation{}
	}
	f.Errors[v.Parameter] = v
}

func (f *Form[T]) setRaw(raw url.Values) { f.Raw = raw }

func (f *Form[T]) itself() any { return f }

// shownAgain is implemented by all Forms.
type shownAgain interface {
	add(problem.Violation)
	setRaw(url.Values)
	itself() any
}

var formType = reflect.TypeFor[shownAgain]()

// formOf returns the T of a Form[T] and true, and false for any other type.
func formOf(t reflect.Type) (reflect.Type, bool) {
	if t.Kind() != reflect.Struct || !reflect.PointerTo(t).Implements(formType) {
		return nil, false
	}
	// A struct that embeds a Form has its methods, too.
	if reflect.TypeOf(reflect.New(t).Interface().(shownAgain).itself()) != reflect.PointerTo(t) {
		return nil, false
	}
	value, _ := t.FieldByName(formValue)
	return value.Type, true
}

// formValue is the name of the field of a Form that is filled.
const formValue = "Value"

func isForm(t reflect.Type) bool {
	_, is := formOf(t)
	return is
}

// keep gives the Form of an input what was typed, and the violations. It returns them as well if one is not
// about the form: then they refuse the request.
func (p *Plan) keep(req request.Request, v reflect.Value, wrong []violation) ([]violation, error) {
	form := v.FieldByIndex(p.formAt).Addr().Interface().(shownAgain)
	raw, err := rawForm(req)
	if err != nil {
		return nil, err
	}
	form.setRaw(raw)
	if len(wrong) == 0 {
		return nil, nil
	}
	language := p.languages.For(http1.ListOf(request.StateOf(req).Source(), "Accept-Language"))
	for i := range wrong {
		switch wrong[i].in {
		case inPath, inQuery, inHeader, inCookie:
			return wrong, nil
		}
		violation, _ := wrong[i].public(language)
		form.add(violation)
	}
	return nil, nil
}

// rawForm returns all fields of a form as they were sent, none without a body.
func rawForm(req request.Request) (url.Values, error) {
	if hasParts(req) {
		form, err := request.StateOf(req).ReadForm(noFiles)
		if err != nil {
			return nil, err
		}
		raw := url.Values{}
		for name, values := range form.Values {
			raw[name] = slices.Clone(values)
		}
		return raw, nil
	}
	data, err := req.Bytes()
	if err != nil || len(data) == 0 {
		return url.Values{}, err
	}
	return req.Form()
}
