package rules

import (
	"math"
	"reflect"
	"strings"
)

// Rule is one rule of a tag, such as max=50.
//
// Alternatives are one rule. Its Name is their text in the tag, such as "eq=0|gte=18", and it has no Param;
// [Rule.Alternatives] takes it apart.
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

// Rules are the rules of one tag, compiled for values of one type. They do not change, and may be used by
// many goroutines at once. All methods may be called on nil, which has no rules.
type Rules struct {
	required *Rule
	notNull  *Rule
	steps    []step
	byTag    func(v reflect.Value, in Parent) *Rule // in place of the steps that are not separate, see useWholeTag
	parent   bool
	separate bool // some steps are
	custom   bool // there are rules of the application
	location *location
	most     int // elements or entries that the rules allow; -1 for any number
	keys     *Rules
	elem     *Rules
}

// Required reports whether the tag has the rule required: the value must be sent, and a null counts as not
// sent. Behind dive the rule is about elements: they must not be null.
func (r *Rules) Required() bool { return r != nil && r.required != nil }

// NotNull returns the rule that a null breaks, nil if a null may be sent.
func (r *Rules) NotNull() *Rule {
	if r == nil {
		return nil
	}
	return r.notNull
}

// NeedsParent reports whether there are rules that look at other fields, or rules of the application, which
// may look at them. If so, [Rules.CheckIn] and [Rules.Absent] are to be called when the struct is complete,
// besides [Rules.Check].
func (r *Rules) NeedsParent() bool { return r != nil && r.parent }

// MaxLength returns how many elements or entries the rules allow at most, math.MaxInt for any number. A
// longer list or map breaks a rule whatever is in it.
func (r *Rules) MaxLength() int {
	if r == nil || r.most < 0 {
		return math.MaxInt
	}
	return r.most
}

// NeedsPath reports whether there are rules of the application, for the value or its elements. Their
// functions may ask for [Parent.Path].
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
// documentation. Aliases are replaced by the rules that they stand for. The result has neither dive nor the
// rules behind it. It does not have rules either whose meaning is not known: built-in names with a function
// of the application, and rules of values that the library replaces. The slice is the caller's.
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

// Check returns the first broken rule of a value that was sent, nil if there is none. It leaves out rules
// that need the parent. The value is one of the type that the rules were compiled for, without its
// pointers.
//
// A rule behind an alias has the name of the alias, as in the library.
func (r *Rules) Check(v reflect.Value) *Rule {
	if r == nil {
		return nil
	}
	return r.check(v, Parent{})
}

// CheckIn is like [Rules.Check], and checks the rules that need the parent as well: the struct that
// declares the field. Names in parameters, which may be dotted, are those of Go fields below the parent.
// The parent of an element is the struct with the slice or map.
func (r *Rules) CheckIn(v reflect.Value, in Parent) *Rule {
	if r == nil {
		return nil
	}
	return r.check(v, in)
}

// check goes through the steps in their order. in has no struct if the rules that need it are not to be
// checked.
func (r *Rules) check(v reflect.Value, in Parent) *Rule {
	alone := !in.Struct.IsValid() // the struct is not complete yet: no rules that look at other fields
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
		case r.byTag != nil && !s.separate: // the library has checked it
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

// Absent returns the rule that is broken by a value that was not sent: required, or a conditional rule such
// as required_if. It is nil if there is none. zero is the zero value of the field's type, with its
// pointers.
func (r *Rules) Absent(zero reflect.Value, in Parent) *Rule {
	switch {
	case r == nil:
		return nil
	case r.required != nil:
		return r.required
	}
	// An omitting rule lets the zero value pass, and so an absent one, if the rule that asks for it comes later.
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
