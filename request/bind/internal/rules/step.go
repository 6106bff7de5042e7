package rules

import (
	"reflect"
	"slices"
	"strings"
)

// judge says whether a value obeys a rule. There is no parent unless the rule needs it.
type predicate func(v reflect.Value, in Parent) bool

// alone makes a judge of a check that needs the value alone.
func alone(check func(v reflect.Value) bool) predicate {
	return func(v reflect.Value, _ Parent) bool { return check(v) }
}

// step is one rule of a tag, compiled.
type step struct {
	rule     Rule // as it is reported: an alias if it came from one
	written  Rule // as it is documented
	custom   bool // not documented: what the application means by it is not known
	sent     bool // asked for values that were sent
	parent   bool // looks at other fields
	omits    bool // values that the judge does not like pass all rules behind it
	ends     bool // there is nothing to ask behind it
	accepts  predicate
	separate bool // never judged with the whole tag
	extract  func(v reflect.Value) reflect.Value
	validate func(v reflect.Value, in Parent) *Rule // instead of judge, if the library names the rule
	absent   predicate                              // asked for values that were not sent, nil if never
	crosses  []*cross                               // the rules of the library in it that look at other fields
}

// The rules that end the judgement of empty values.
const (
	omitEmpty = "omitempty"
	omitNil   = "omitnil"
	omitZero  = "omitzero"
)

// omission is the judge of an omitting rule: whether there is something to judge.
func omission(name string, s subject) predicate {
	switch {
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

// omitsAbsent reports whether an omitting rule ends the judgement of a value that was not sent.
func omitsAbsent(name string, zero reflect.Value) bool {
	return name != omitNil || canBeNil(zero.Kind())
}

// hasValue is the library's notion of not empty for values that are not behind a pointer.
func hasValue(v reflect.Value) bool {
	if canBeNil(v.Kind()) {
		return !v.IsNil()
	}
	return !v.IsZero()
}

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
	if st.written.Name == "required" {
		r.required, st.absent = &st.rule, nil
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
	var parts []part
	for text := range strings.SplitSeq(it.text, orSeparator) {
		p, err := c.part(s, text)
		if err != nil {
			return step{}, err
		}
		parts = append(parts, p)
	}
	if slices.ContainsFunc(parts, func(p part) bool { return p.alias }) {
		return c.stepWithAlias(st, s, it.text), nil
	}
	return st.of(parts), nil
}

// stepWithAlias leaves an item to the library: it alone knows what becomes of an alias of several
// rules among alternatives, or with a parameter.
func (c *Compiler) stepWithAlias(st step, s subject, text string) step {
	q := c.libraryRule(s, text)
	q.parent = true // the rules behind the alias may look at it
	st.sent, st.parent, st.validate = true, true, q.broken
	return st
}

// of adds the judges of the alternatives to a step. It is enough that one of them is content.
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
		st.sent, st.parent = false, false // what was sent is content with a rule about presence
	}
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
