package rules

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"
)

// libraryRule is a rule, or a part of a tag, that the library checks.
type libraryRule struct {
	v         *validator.Validate
	subject   subject
	tag       string
	parent    bool // the library gets the parent as well
	byPointer bool // the library may get a pointer to the value
	builtin   bool // it comes with the library and needs the value alone
}

// libraryRule returns a rule, or a part of a tag, for values of a field.
func (c *Compiler) libraryRule(s subject, text string) libraryRule {
	lib := libraryRule{v: c.v, subject: s, tag: text}
	if s.boxed {
		lib.tag = boxedTag(text)
	}
	return lib
}

// text returns the rule without what is around it in the tag.
func (lib libraryRule) text() string {
	if !lib.subject.boxed {
		return lib.tag
	}
	return strings.TrimSuffix(strings.TrimPrefix(lib.tag, boxBegin), boxEnd)
}

// lastRule returns the last rule of a part of a tag.
func (lib libraryRule) lastRule() string {
	text := lib.text()
	return text[strings.LastIndex(text, itemSeparator)+1:]
}

// The text around the tag of a value in a slice. nostructlevel keeps the library from checking the fields of a struct as well.
const (
	boxBegin = dive + itemSeparator
	boxEnd   = itemSeparator + "nostructlevel"
)

func boxedTag(text string) string { return boxBegin + text + boxEnd }

// validate returns the violation that the library finds, nil for none.
func (lib libraryRule) validate(v reflect.Value, in Parent) validator.FieldError {
	field := lib.subject.argument(v, lib.byPointer)
	if lib.parent {
		return first(lib.v.VarWithValue(field, in.Struct.Interface(), lib.tag))
	}
	return first(lib.v.Var(field, lib.tag))
}

// first returns the first violation of an error of the library.
func first(err error) validator.FieldError {
	if err == nil {
		return nil
	}
	var violations validator.ValidationErrors
	if errors.As(err, &violations) && len(violations) > 0 {
		return violations[0]
	}
	return nil
}

// accepts is a [predicate].
func (lib libraryRule) accepts(v reflect.Value, in Parent) bool { return lib.broken(v, in) == nil }

// maxFormat is the limit in bytes of texts whose format the library checks. It uses regular expressions,
// some of which take a second for a megabyte.
const maxFormat = 4 << 10

// longTexts are the rules about texts of any length. The library checks them at the pace of reading.
var longTexts = []string{"datauri", "html", "html_encoded", "json", "multibyte", "uri", "url", "http_url", "https_url", "url_encoded"}

// acceptsShort is the predicate of a rule that needs the value alone. A text that is too long for a format
// breaks the rule.
func (lib libraryRule) acceptsShort(name string) predicate {
	if lib.subject.t.Kind() != reflect.String || slices.Contains(longTexts, name) {
		return lib.accepts
	}
	return func(v reflect.Value, in Parent) bool { return v.Len() <= maxFormat && lib.accepts(v, in) }
}

// broken returns the rule that a value from outside breaks. The library panics for a type that a rule is
// not made for. Such types were found by trying, except in interfaces: there the client has chosen the
// type, and the value breaks the rule. A panic of the application is passed on.
func (lib libraryRule) broken(v reflect.Value, in Parent) (broken *Rule) {
	if lib.builtin {
		defer func() {
			if recover() != nil {
				broken = &Rule{Name: lib.tag}
			}
		}()
	}
	if violation := lib.validate(v, in); violation != nil {
		return &Rule{Name: violation.Tag(), Param: violation.Param()}
	}
	return nil
}

// absent is the predicate of a conditional rule for values that were not sent. They are as the field has
// them.
func (lib libraryRule) absent(zero reflect.Value, in Parent) bool {
	field, tag := zero.Interface(), lib.tag
	if isBoxed(zero.Type()) {
		field, tag = box(zero).Interface(), boxedTag(tag)
	}
	return first(lib.v.VarWithValue(field, in.Struct.Interface(), tag)) == nil
}

// try checks sample values, and makes an error of a panic.
func (lib libraryRule) try(in Parent) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = lib.explain(cause)
		}
	}()
	for _, v := range samples(lib.subject.t) {
		lib.validate(v, in)
	}
	return nil
}

// noParent is a parent without fields.
var noParent = Parent{Struct: reflect.ValueOf(struct{}{})}

// explain makes an error of the panic of the library.
func (lib libraryRule) explain(reason any) error {
	text, cause := lib.text(), fmt.Sprint(reason)
	name, param, _ := strings.Cut(text, paramSeparator)
	_, isCrash := reason.(runtime.Error) // for example of a value that cannot be the key of a map
	switch {
	case isCrash, strings.HasPrefix(cause, "Bad field type"):
		return fmt.Errorf("rules: %s cannot validate %s", name, lib.subject.t)
	case strings.HasPrefix(cause, "strconv."):
		return fmt.Errorf("rules: %s of %s takes no %q: %s", name, lib.subject.t, param, cause)
	default:
		return fmt.Errorf("rules: %q cannot validate %s: %s", text, lib.subject.t, cause)
	}
}

// defined reports whether there is a rule or an alias of a name.
func (c *Compiler) defined(name string) bool { return c.reads(name) == nil }

// reads makes the library read a tag. It does so before it looks at the value, which is nil here.
func (c *Compiler) reads(tag string) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("rules: %q is no tag: %v", tag, cause)
		}
	}()
	_ = c.v.Var(nil, tag)
	return nil
}
