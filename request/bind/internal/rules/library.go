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

// question is a rule, or a part of a tag, that the library is asked about.
type libraryRule struct {
	v         *validator.Validate
	subject   subject
	tag       string
	parent    bool // give it the parent
	byPointer bool // the value may be handed over by pointer
	builtin   bool // a rule of the library that needs the value alone
}

func (c *Compiler) libraryRule(s subject, text string) libraryRule {
	q := libraryRule{v: c.v, subject: s, tag: text}
	if s.boxed {
		q.tag = boxedTag(text)
	}
	return q
}

// text is what was asked about.
func (q libraryRule) text() string {
	if !q.subject.boxed {
		return q.tag
	}
	return strings.TrimSuffix(strings.TrimPrefix(q.tag, boxBegin), boxEnd)
}

// lastRule is the rule at the end of what was asked about.
func (q libraryRule) lastRule() string {
	text := q.text()
	return text[strings.LastIndex(text, itemSeparator)+1:]
}

// What is around the tag for a value that is in a slice. The fields of a struct are not judged with
// it.
const (
	boxBegin = dive + itemSeparator
	boxEnd   = itemSeparator + "nostructlevel"
)

func boxedTag(text string) string { return boxBegin + text + boxEnd }

// ask returns what the library finds broken, nil if nothing.
func (q libraryRule) validate(v reflect.Value, in Parent) validator.FieldError {
	field := q.subject.hand(v, q.byPointer)
	if q.parent {
		return first(q.v.VarWithValue(field, in.Struct.Interface(), q.tag))
	}
	return first(q.v.Var(field, q.tag))
}

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

// judge is a [judge].
func (q libraryRule) accepts(v reflect.Value, in Parent) bool { return q.broken(v, in) == nil }

// maxFormat is how long the texts are that the library judges by their format, in bytes. It does so
// by regular expressions, some of which need a second for a megabyte.
const maxFormat = 4 << 10

// longTexts are rules about texts of any length, which are judged at the pace of reading them.
var longTexts = []string{"datauri", "html", "html_encoded", "json", "multibyte", "uri", "url", "http_url", "https_url", "url_encoded"}

// judgeShort is the judge of a rule that needs the value alone: texts that are too long for a format
// break it.
func (q libraryRule) acceptsShort(name string) predicate {
	if q.subject.t.Kind() != reflect.String || slices.Contains(longTexts, name) {
		return q.accepts
	}
	return func(v reflect.Value, in Parent) bool { return v.Len() <= maxFormat && q.accepts(v, in) }
}

// answer is ask for values from outside. The library panics for types that a rule is not made for.
// Those were found by trying, but for what is in interfaces: there it is the client who has chosen
// the type, and the value breaks the rule. A panic of the application is none of that.
func (q libraryRule) broken(v reflect.Value, in Parent) (broken *Rule) {
	if q.builtin {
		defer func() {
			if recover() != nil {
				broken = &Rule{Name: q.tag}
			}
		}()
	}
	if violation := q.validate(v, in); violation != nil {
		return &Rule{Name: violation.Tag(), Param: violation.Param()}
	}
	return nil
}

// absent is the judge of a conditional rule for values that were not sent. They are as the field
// has them.
func (q libraryRule) absent(zero reflect.Value, in Parent) bool {
	field, tag := zero.Interface(), q.tag
	if isBoxed(zero.Type()) {
		field, tag = box(zero).Interface(), boxedTag(tag)
	}
	return first(q.v.VarWithValue(field, in.Struct.Interface(), tag)) == nil
}

// try judges sample values, and makes an error of a panic.
func (q libraryRule) try(in Parent) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = q.explain(cause)
		}
	}()
	for _, v := range samples(q.subject.t) {
		q.validate(v, in)
	}
	return nil
}

// nobody is a parent without fields.
var noParent = Parent{Struct: reflect.ValueOf(struct{}{})}

// cannot words what the library said before it gave up.
func (q libraryRule) explain(reason any) error {
	text, cause := q.text(), fmt.Sprint(reason)
	name, param, _ := strings.Cut(text, paramSeparator)
	_, isCrash := reason.(runtime.Error) // of what cannot be the key of a map, for example
	switch {
	case isCrash, strings.HasPrefix(cause, "Bad field type"):
		return fmt.Errorf("rules: %s cannot validate %s", name, q.subject.t)
	case strings.HasPrefix(cause, "strconv."):
		return fmt.Errorf("rules: %s of %s takes no %q: %s", name, q.subject.t, param, cause)
	default:
		return fmt.Errorf("rules: %q cannot validate %s: %s", text, q.subject.t, cause)
	}
}

// defined reports whether there is a rule or an alias of a name.
func (c *Compiler) defined(name string) bool { return c.reads(name) == nil }

// reads makes the library read a tag, which it does before it sees that there is nothing to judge.
func (c *Compiler) reads(tag string) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("rules: %q is no tag: %v", tag, cause)
		}
	}()
	_ = c.v.Var(nil, tag)
	return nil
}
