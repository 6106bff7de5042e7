package rules

import (
	"reflect"
	"slices"
	"strings"
)

// predicate reports whether a rule accepts a value. It has no parent unless the rule needs it.
type predicate func(v reflect.Value, in Parent) bool

// alone makes a predicate of a check that needs the value alone.
func alone(check func(v reflect.Value) bool) predicate {
	return func(v reflect.Value, _ Parent) bool { return check(v) }
}

// step is one item of a tag, compiled.
type step struct {
	rule     Rule // for reports: it has the name of the alias, if it came from one
	written  Rule // for documentation
	custom   bool // its meaning is not known, so it is not documented
	sent     bool // it is checked for values that were sent
	parent   bool // it looks at other fields
	omits    bool // it is omitempty or its like: a value that it does not accept obeys all rules behind it
	ends     bool // the rules behind it are not checked
	accepts  predicate
	separate bool // it is checked by itself, also where the library checks the whole tag
	extract  func(v reflect.Value) reflect.Value
	validate func(v reflect.Value, in Parent) *Rule // in place of accepts, if the library names the rule
	absent   predicate                              // for values that were not sent, nil if they always obey it
	crosses  []*cross                               // its parts that look at other fields
}

// The rules that end the check of empty values.
const (
	omitEmpty = "omitempty"
	omitNil   = "omitnil"
	omitZero  = "omitzero"
)

// omission is the predicate of an omitting rule: it accepts values that are to be checked further. The
// three rules differ in what is empty: a nil for omitnil, a nil or a zero for omitempty, and also an empty
// list for omitzero.
func omission(name string, s subject) predicate {
	switch {
	// omitzero ends the check of an empty list too; omitempty only that of a nil.
	case name == omitZero && (s.t.Kind() == reflect.Slice || s.t.Kind() == reflect.Map):
		return alone(func(v reflect.Value) bool { return v.Len() > 0 })
	case name == omitZero && !s.pointer:
		return alone(hasValue)
	case name == omitZero:
		return alone(func(v reflect.Value) bool { return !v.IsZero() })
	case name == omitEmpty && !s.pointer, canBeNil(s.t.Kind()):
		return alone(hasValue)
	default: // a pointer that is not nil is never empty, and what has no nil is never nil
		return alone(func(reflect.Value) bool { return true })
	}
}

// omitsAbsent reports whether an omitting rule ends the check of a value that was not sent.
func omitsAbsent(name string, zero reflect.Value) bool {
	return name != omitNil || canBeNil(zero.Kind())
}

// hasValue reports whether a value is not empty in the library's sense, for a value that is not behind a
// pointer.
func hasValue(v reflect.Value) bool {
	if canBeNil(v.Kind()) {
		return !v.IsNil()
	}
	return !v.IsZero()
}

// canBeNil reports whether values of a kind can be nil.
func canBeNil(k reflect.Kind) bool {
	switch k {
	case reflect.Slice, reflect.Map, reflect.Pointer, reflect.Interface, reflect.Chan, reflect.Func:
		return true
	}
	return false
}

// add compiles one item and appends it to the steps.
func (c *Compiler) add(r *Rules, s subject, it item) error {
	st, err := c.step(s, it)
	if err != nil {
		return err
	}
	if it.alias != "" {
		st.rule.Name = it.alias
	}
	if st.written.Name == "required" { // Absent looks at it first, whatever stands before it
		r.required, st.absent = &st.rule, nil
	}
	if st.written.Name == notNull && c.isOwn(notNull) {
		r.notNull = &st.rule
	}
	r.parent = r.parent || st.parent || st.absent != nil
	r.separate = r.separate || st.separate
	r.custom = r.custom || st.parent && len(st.crosses) == 0
	r.steps = append(r.steps, st)
	return nil
}

// step compiles one item.
func (c *Compiler) step(s subject, it item) (step, error) {
	st := step{rule: Rule{Name: it.source}, written: Rule{Name: it.text}, extract: c.extract}
	if !strings.Contains(it.text, orSeparator) {
		st.written = readRule(it.text)
		st.rule = st.written
	}
	switch it.text {
	case "structonly", "nostructlevel":
		st.ends = true
		return st, nil
	case omitEmpty, omitNil, omitZero:
		st.sent, st.omits, st.accepts = true, true, omission(it.text, s)
		return st, nil
	}
	var parts []part // a rule without a bar is one part
	for text := range strings.SplitSeq(it.text, orSeparator) {
		p, err := c.part(s, text)
		if err != nil {
			return step{}, err
		}
		parts = append(parts, p)
	}
	// One alias of several rules is enough: the library checks all alternatives of an item together.
	if slices.ContainsFunc(parts, func(p part) bool { return p.alias }) {
		return c.stepWithAlias(st, s, it.text), nil
	}
	return st.of(parts), nil
}

// stepWithAlias leaves an item to the library. Only the library knows how it handles an alias of several
// rules among alternatives, or one with a parameter.
func (c *Compiler) stepWithAlias(st step, s subject, text string) step {
	lib := c.libraryRule(s, text)
	lib.parent = true // the rules behind the alias may look at it
	st.sent, st.parent, st.validate = true, true, lib.broken
	return st
}

// of adds the predicates of the alternatives to a step. It is enough that one of them accepts a value. So a
// value that was sent obeys the step if one alternative is about presence, and a value that was not sent
// breaks it only if it breaks all of them.
func (st step) of(parts []part) step {
	forAbsent := false
	for _, p := range parts {
		st.sent = st.sent || !p.presence
		st.parent = st.parent || p.parent
		st.custom = st.custom || p.custom
		forAbsent = forAbsent || p.forAbsent
		if p.cross != nil {
			st.crosses = append(st.crosses, p.cross)
		}
	}
	if slices.ContainsFunc(parts, func(p part) bool { return p.presence }) {
		st.sent, st.parent = false, false // a value that was sent obeys a rule about presence
	}
	// If one of the alternatives is checked by the library with the whole tag, all of them are.
	st.accepts = parts[0].accepts
	st.separate = !slices.ContainsFunc(parts, func(p part) bool { return !p.separate })
	if forAbsent {
		st.absent = parts[0].absent
	}
	if len(parts) == 1 {
		return st
	}
	st.accepts = func(v reflect.Value, in Parent) bool {
		return slices.ContainsFunc(parts, func(p part) bool { return p.accepts(v, in) })
	}
	if forAbsent {
		st.absent = func(zero reflect.Value, in Parent) bool {
			return slices.ContainsFunc(parts, func(p part) bool { return p.absent(zero, in) })
		}
	}
	return st
}
