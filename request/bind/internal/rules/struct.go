package rules

import (
	"errors"
	"reflect"
	"strings"

	"github.com/go-playground/validator/v10"
)

// StructFault is what a struct-level rule has reported.
type StructFault struct {
	Field string // in Go, below the struct: Name, or Inner.Name or Names[0] if it was reported so
	Rule  Rule
}

// HasStructRules reports whether there may be struct-level rules. There are none without a
// validator of the application.
func (c *Compiler) HasStructRules() bool {
	return c.own && (!c.inside.known || c.inside.structs.Len() > 0)
}

// HasStructRule reports whether there may be a struct-level rule for a type.
func (c *Compiler) HasStructRule(t reflect.Type) bool { return c.own && c.inside.hasStruct(t) }

// Struct asks the struct-level rule that was registered for exactly the type of s, a struct. It
// looks neither at the tags of its fields nor at structs inside.
func (c *Compiler) Struct(s reflect.Value) []StructFault {
	if !c.own || s.Kind() != reflect.Struct || !c.inside.hasStruct(s.Type()) {
		return nil
	}
	var argument any
	if s.CanAddr() {
		argument = s.Addr().Interface()
	} else {
		argument = s.Interface()
	}
	var reported validator.ValidationErrors
	err := c.v.StructFiltered(argument, func([]byte) bool { return true })
	if !errors.As(err, &reported) {
		return nil
	}
	faults := make([]StructFault, len(reported))
	for i, fault := range reported {
		faults[i] = StructFault{
			Field: strings.TrimPrefix(fault.StructNamespace(), s.Type().Name()+"."),
			Rule:  Rule{Name: fault.Tag(), Param: fault.Param()},
		}
	}
	return faults
}
