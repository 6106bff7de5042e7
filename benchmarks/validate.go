package main

import "github.com/go-playground/validator/v10"

// structValidator is go-playground/validator, the validator that the
// documentation of echo, fiber and hertz shows, in the forms that they ask for.
type structValidator struct {
	validate *validator.Validate
}

func newValidator() structValidator {
	return structValidator{validator.New(validator.WithRequiredStructEnabled())}
}

// Validate gives an error that names all fields that break a rule.
func (v structValidator) Validate(s any) error { return v.validate.Struct(s) }
