package rules

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/go-playground/validator/v10"
)

// Compiler compiles tags to rules. It may be used by many goroutines at once, but nothing may be registered with its validator
// from then on.
type Compiler struct {
	v               *validator.Validate
	custom          bool // v is a validator of the application
	internals       internals
	original        internals // of a validator without rules of an application
	customTypeFuncs map[reflect.Type]validator.CustomTypeFunc
	shape           error // not nil if the internals cannot be read; they are empty then
}

// NewCompiler returns a compiler for the rules, aliases, custom type functions and struct-level rules of v, for those that come
// with the library if v is nil. All have to be registered before the first tag is compiled.
//
// It fails if the validator cannot be read, see [CheckShape]: without that its own rules would be mixed up with the built-in
// ones. The compiler for nil can do without, but for rules that compare with other fields; Compile refuses these then.
func NewCompiler(v *validator.Validate) (*Compiler, error) {
	original := validator.New(validator.WithRequiredStructEnabled())
	c := &Compiler{v: original, shape: CheckShape(reflect.TypeFor[validator.Validate]())}
	switch {
	case c.shape != nil && v != nil:
		return nil, c.shape
	case c.shape != nil:
		return c, nil
	}
	c.internals, c.original = readInternals(original), readInternals(original)
	if v != nil {
		c.v, c.custom, c.internals = v, true, readInternals(v)
		c.customTypeFuncs = c.internals.customTypeFuncs()
	}
	return c, nil
}

// Tag returns the tag that the validator has for a field of the struct type t: the one that was registered for it with
// RegisterStructValidationMapRules, or its own under the name that was set with SetTagName, "validate" if none was.
func (c *Compiler) Tag(t reflect.Type, field reflect.StructField) string {
	return c.internals.tag(t, field)
}

// Compile reads a tag for fields of type t. Pointers are followed: the rules are for the value that they
// point to. The tags "" and "-" give nil.
//
// It fails for rules that do not exist, cannot validate values of t or do not take their parameter, and for
// dive and keys where they make no sense. Rules of the application are not tried on values.
func (c *Compiler) Compile(t reflect.Type, tag string) (*Rules, error) {
	if tag == "" || tag == "-" {
		return nil, nil
	}
	items, err := c.parse(tag)
	if err != nil {
		return nil, err
	}
	r, err := c.compile(t, items, &location{c: c})
	if err != nil {
		return nil, err
	}
	// The library may find mistakes in the tag as a whole.
	if err := c.reads(c.forLibrary(tag, items)); err != nil {
		return nil, err
	}
	return r, nil
}

// compile makes rules of items, nil of none.
func (c *Compiler) compile(t reflect.Type, items []item, at *location) (*Rules, error) {
	if len(items) == 0 {
		return nil, nil
	}
	parts, err := cut(items)
	if err != nil {
		return nil, err
	}
	r, s := &Rules{most: -1, location: at}, c.subject(t, at)
	if err := c.checkOwn(parts.own, items[len(parts.own):], s); err != nil {
		return nil, err
	}
	for _, it := range parts.own {
		if err := c.add(r, s, it); err != nil {
			return nil, err
		}
	}
	// The length of a value that is replaced is not that of the value in the request.
	if hasLength(s.t.Kind()) && !s.replaced {
		r.most = c.maxLength(r.steps)
	}
	switch {
	// The elements of a value that the library replaces are known to the library alone, so it gets the items behind dive as well.
	case s.replaced && s.t.Kind() != reflect.Interface, s.replaced && !parts.dive:
		c.useWholeTag(r, s, items)
	case parts.dive && !slices.ContainsFunc(r.steps, func(st step) bool { return st.ends }):
		err = c.compileInner(r, s.t, parts)
	}
	return r, err
}

// compileInner compiles the items behind dive.
func (c *Compiler) compileInner(r *Rules, t reflect.Type, parts section) (err error) {
	switch {
	case t.Kind() != reflect.Map && t.Kind() != reflect.Slice && t.Kind() != reflect.Array:
		return fmt.Errorf("rules: %s into %s, which is no slice, array or map", dive, t)
	case parts.keys != nil && t.Kind() != reflect.Map:
		return fmt.Errorf("rules: %s of %s, which is no map", keysBegin, t)
	case parts.keys != nil:
		if r.keys, err = c.compile(t.Key(), parts.keys, r.location); err != nil {
			return err
		}
	}
	r.elem, err = c.compile(t.Elem(), parts.elem, r.location)
	return err
}
