package rules

import (
	"reflect"

	"github.com/go-playground/validator/v10"
)

// level is what a function of the library, or of the application, is told of the value that it judges.
type fieldLevel struct {
	c        *Compiler
	field    reflect.Value
	other    reflect.Value // the only other field that the rule looks at; invalid if it looks for itself
	parent   reflect.Value
	location *location
	path     string // of an element
	rule     Rule
}

// place is the field that rules are for.
type location struct {
	c            *Compiler
	name, goName string // as the library knows it, which is the name of the application if that has such, and in Go
}

var _ validator.FieldLevel = (*fieldLevel)(nil)

func (l *fieldLevel) Top() reflect.Value      { return l.parent }
func (l *fieldLevel) Parent() reflect.Value   { return l.parent }
func (l *fieldLevel) Field() reflect.Value    { return l.field }
func (l *fieldLevel) FieldName() string       { return l.location.name + l.path }
func (l *fieldLevel) StructFieldName() string { return l.location.goName + l.path }
func (l *fieldLevel) Param() string           { return l.rule.Param }
func (l *fieldLevel) GetTag() string          { return l.rule.Name }

// ExtractType returns the value behind pointers and interfaces, as far as there is one.
func (l *fieldLevel) ExtractType(v reflect.Value) (reflect.Value, reflect.Kind, bool) {
	nullable := v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface)
	if inner := l.c.extract(v); inner.IsValid() || !nullable {
		v = inner
	}
	return v, v.Kind(), nullable
}

// GetStructFieldOK implements [validator.FieldLevel].
func (l *fieldLevel) GetStructFieldOK() (reflect.Value, reflect.Kind, bool) {
	v, kind, _, ok := l.GetStructFieldOK2()
	return v, kind, ok
}

// GetStructFieldOK2 implements [validator.FieldLevel].
func (l *fieldLevel) GetStructFieldOK2() (reflect.Value, reflect.Kind, bool, bool) {
	if l.other.IsValid() {
		return l.other, l.other.Kind(), false, true
	}
	return l.GetStructFieldOKAdvanced2(l.parent, l.rule.Param)
}

// GetStructFieldOKAdvanced implements [validator.FieldLevel].
func (l *fieldLevel) GetStructFieldOKAdvanced(v reflect.Value, path string) (reflect.Value, reflect.Kind, bool) {
	v, kind, _, ok := l.GetStructFieldOKAdvanced2(v, path)
	return v, kind, ok
}

// GetStructFieldOKAdvanced2 implements [validator.FieldLevel].
func (l *fieldLevel) GetStructFieldOKAdvanced2(v reflect.Value, path string) (reflect.Value, reflect.Kind, bool, bool) {
	if l.other.IsValid() {
		return l.other, l.other.Kind(), false, true
	}
	v = l.c.follow(v, path)
	return v, v.Kind(), false, v.IsValid()
}
