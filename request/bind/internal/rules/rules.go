package rules

import (
	"math"
	"reflect"
	"strings"
)

// Rule is one rule of a tag, such as max=50.
//
// Alternatives are one rule, whose Name is their text as the tag has it, such as "eq=0|gte=18", and
// which has no Param; [Rule.Alternatives] takes it apart.
type Rule struct {
	Name  string // max
	Param string // 50, with 0x2C and 0x7C replaced by the comma and the bar that they stand for
}

// Alternatives returns the rules of which one is enough, or r alone if there is no choice.
func (r Rule) Alternatives() []Rule {
	if !strings.Contains(r.Name, orSeparator) {
		return []Rule{r}
	}
	var all []Rule
	for text := range strings.SplitSeq(r.Name, orSeparator) {
		all = append(all, readRule(text))
	}
	return all
}

// Rules are the rules of one tag, compiled for values of one type. They do not change and may be
// used by many goroutines at once. All methods may be called on nil, which has no rules.
type Rules struct {
	required *Rule
	steps    []step
	byTag    func(v reflect.Value, in Parent) *Rule // for values that were sent, instead of the steps that are not apart
	parent   bool
	separate bool // some steps are
	custom   bool // there are rules of the application
	location *location
	most     int // elements, if any rule says so; -1 for any number
	keys     *Rules
	elem     *Rules
}

// Required reports whether the tag has the rule required: the value must have been sent, and null
// counts as not sent. Behind dive it is about elements, which must not be null then.
func (r *Rules) Required() bool { return r != nil && r.required != nil }

// NeedsParent reports whether there are rules that look at other fields, or that belong to the
// application and so might. Then [Rules.CheckIn] is to be called instead of [Rules.Check], and both
// it and [Rules.Absent] when the struct is complete.
func (r *Rules) NeedsParent() bool { return r != nil && r.parent }

// MaxLength returns how many elements or entries the rules allow at most, math.MaxInt if any number.
// A longer list or map breaks one of them whatever is in it.
func (r *Rules) MaxLength() int {
	if r == nil || r.most < 0 {
		return math.MaxInt
	}
	return r.most
}

// NeedsPath reports whether there are rules of the application, or such of elements, which may ask for
// [Parent.Path].
func (r *Rules) NeedsPath() bool {
	return r != nil && (r.custom || r.keys.NeedsPath() || r.elem.NeedsPath())
}

// Keys returns the rules for the keys of a map, nil without.
func (r *Rules) Keys() *Rules {
	if r == nil {
		return nil
	}
	return r.keys
}

// Elem returns the rules behind dive, nil without.
func (r *Rules) Elem() *Rules {
	if r == nil {
		return nil
	}
	return r.elem
}

// All returns the rules for the value itself in their order, with required and omitempty, for
// documentation. Aliases are replaced by what they stand for. Left out are dive and what is behind
// it, and rules that do not mean what they say: those of the library for which the application has
// a function of its own, and those of types that it turns into something else to judge them. The
// slice is the caller's.
func (r *Rules) All() []Rule {
	if r == nil {
		return nil
	}
	all := make([]Rule, 0, len(r.steps))
	for i := range r.steps {
		if !r.steps[i].custom {
			all = append(all, r.steps[i].written)
		}
	}
	return all
}

// Check returns the first broken rule of a value that was sent, nil if there is none. It does not
// ask rules that need the parent.
//
// A rule behind an alias is named as the library names it: by the alias. The value is one of the
// type that the rules were compiled for, without its pointers.
func (r *Rules) Check(v reflect.Value) *Rule {
	if r == nil {
		return nil
	}
	return r.check(v, Parent{})
}

// CheckIn is like [Rules.Check], and asks the rules that need the parent, the struct that declares
// the field, as well. Names in parameters, which may be dotted, are those of Go fields below the
// parent. The parent of an element is the struct that has the slice or map.
func (r *Rules) CheckIn(v reflect.Value, in Parent) *Rule {
	if r == nil {
		return nil
	}
	return r.check(v, in)
}

func (r *Rules) check(v reflect.Value, in Parent) *Rule {
	alone := !in.Struct.IsValid()
	if r.byTag != nil {
		if broken := r.byTag(v, in); broken != nil || !r.separate {
			return broken
		}
	}
	for i := range r.steps {
		s := &r.steps[i]
		switch {
		case s.ends:
			return nil
		case !s.sent || s.parent && alone:
		case r.byTag != nil && !s.separate:
			if s.omits && !hasValue(orZero(s.extract(v))) {
				return nil
			}
		case s.validate != nil:
			if broken := s.validate(v, in); broken != nil {
				return broken
			}
		case s.accepts(v, in):
		case s.omits:
			return nil
		default:
			return &s.rule
		}
	}
	return nil
}

// Absent returns the rule that is broken by a value that was not sent: required, or a conditional
// one such as required_if, nil if there is none. The zero value is that of the field's type,
// pointers included.
func (r *Rules) Absent(zero reflect.Value, in Parent) *Rule {
	switch {
	case r == nil:
		return nil
	case r.required != nil:
		return r.required
	}
	for i := range r.steps {
		s := &r.steps[i]
		switch {
		case s.ends || s.omits && omitsAbsent(s.written.Name, zero):
			return nil
		case s.absent != nil && !s.absent(zero, in):
			return &s.rule
		}
	}
	return nil
}
