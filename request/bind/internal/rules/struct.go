package rules

import (
	"errors"
	"reflect"
	"strings"

	"github.com/go-playground/validator/v10"
)

// StructViolation is what a struct-level rule has reported.
type StructViolation struct {
	Field string // in Go, below the struct: Name, or Inner.Name or Names[0] if it was reported so
	Rule  Rule
}

// HasStructRules reports whether there are struct-level rules. There are none without a validator of
// the application.
func (c *Compiler) HasStructRules() bool {
	return c.custom && c.internals.hasStructs()
}

// HasStructRule reports whether there is a struct-level rule for a type.
func (c *Compiler) HasStructRule(t reflect.Type) bool { return c.custom && c.internals.hasStruct(t) }

// Struct asks the struct-level rule that was registered for exactly the type of s, a struct. It
// looks neither at the tags of its fields nor at structs inside.
func (c *Compiler) Struct(s reflect.Value) []StructViolation {
	if !c.custom || s.Kind() != reflect.Struct || !c.internals.hasStruct(s.Type()) {
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
	violations := make([]StructViolation, len(reported))
	for i, violation := range reported {
		violations[i] = StructViolation{
			Field: strings.TrimPrefix(violation.StructNamespace(), s.Type().Name()+"."),
			Rule:  Rule{Name: violation.Tag(), Param: violation.Param()},
		}
	}
	return violations
}
