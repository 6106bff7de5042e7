package inject

import (
	"errors"
	"fmt"
	"iter"
	"reflect"
)

// CheckFields returns what keeps the fields of a value from being filled by [Provider.FillFields], joined: a field that cannot be
// set, a type that is no service, and a service that is no singleton. v is a struct or a pointer to one; what names it in the
// errors, such as "a controller".
func (p *Plan) CheckFields(v reflect.Value, what string) error {
	var errs []error
	for name, field := range taggedFields(v) {
		if err := p.checkField(field, what); err != nil {
			errs = append(errs, fmt.Errorf("field %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

func (p *Plan) checkField(field reflect.Value, what string) error {
	if !field.CanSet() {
		return errors.New("it cannot be set; export it, and register a pointer")
	}
	slot, err := p.Slot(field.Type())
	if err != nil {
		return err
	}
	if lifetime := p.Lifetime(slot); lifetime != Singleton {
		return fmt.Errorf("%s is %s; all requests share %s, so it takes singletons", field.Type(), lifetime, what)
	}
	return nil
}

// FillFields sets the fields of v that are tagged inject, also in structs that are embedded in it, to the singletons of their
// types. v must have passed [Plan.CheckFields]. It is for a value that lives as long as the provider, and not for concurrent use.
func (p *Provider) FillFields(v reflect.Value) error {
	for name, field := range taggedFields(v) {
		service, err := p.Singleton(field.Type())
		if err != nil {
			return fmt.Errorf("field %s: %w", name, err)
		}
		field.Set(service)
	}
	return nil
}

// taggedFields iterates over the names and values of the fields that are tagged inject: those of a struct, or of the one that v
// points to, and of the structs that are embedded in it.
func taggedFields(v reflect.Value) iter.Seq2[string, reflect.Value] {
	return func(yield func(string, reflect.Value) bool) { eachTagged(reflect.Indirect(v), yield) }
}

// eachTagged reports whether it has gone through all fields.
func eachTagged(v reflect.Value, yield func(string, reflect.Value) bool) bool {
	if v.Kind() != reflect.Struct {
		return true
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		_, tagged := f.Tag.Lookup("inject")
		if tagged && !yield(f.Name, v.Field(i)) || !tagged && f.Anonymous && !eachTagged(reflect.Indirect(v.Field(i)), yield) {
			return false
		}
	}
	return true
}
