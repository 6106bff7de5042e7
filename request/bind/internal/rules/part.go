package rules

import (
	"context"
	"fmt"
	"reflect"
)

// part is one of the alternatives of a step, mostly the only one.
type part struct {
	alias     bool      // it is an alias for several rules; nothing else is set then
	presence  bool      // it is about whether a value was sent, so one that was obeys it
	parent    bool      // it looks at other fields
	custom    bool      // a function of the application checks it, under a built-in name
	forAbsent bool      // it is checked for values that were not sent as well
	separate  bool      // it is checked by itself, see step
	accepts   predicate // for values that were sent
	absent    predicate // for values that were not sent
	cross     *cross    // for a rule of the library that looks at other fields, else nil
}

// part compiles one alternative of an item. It is one of these, in this order:
//
//   - required, which is about presence alone
//   - an alias for several rules, which is left to the library
//   - one of our rules that the library does not have
//   - a rule of the application
//   - a rule of the library that looks at other fields
//   - a rule of the library that needs the value alone
func (c *Compiler) part(s subject, text string) (part, error) {
	rule := readRule(text)
	lib := c.libraryRule(s, text)
	p := part{absent: libraryRule{v: c.v, tag: text}.absent, accepts: acceptAll}
	// The library prefers a rule to an alias of the same name, and so does this order.
	_, isAlias := c.internals.alias(rule.Name)
	switch {
	case rule.Name == "required":
		p.presence, p.forAbsent = true, true
		p.absent = func(reflect.Value, Parent) bool { return false }
		return p, nil
	case !c.internals.has(rule.Name) && isAlias:
		return part{alias: true}, nil
	case c.isOwn(rule.Name):
		return c.ownRule(p, s, rule)
	case isStructural(rule.Name) || !c.defined(rule.Name):
		return part{}, fmt.Errorf("rules: unknown rule %q", rule.Name)
	case !c.isOriginal(rule.Name):
		return c.customRule(p, s, rule), nil
	case needsParent(rule, s):
		return c.crossField(p, lib, rule)
	}
	return c.compileOne(p, lib, rule)
}

// acceptAll is the predicate of a rule that is not about values that were sent.
func acceptAll(reflect.Value, Parent) bool { return true }

// customRule compiles a rule of the application. Its function is called directly, with a
// [validator.FieldLevel] of ours.
func (c *Compiler) customRule(p part, s subject, rule Rule) part {
	p.custom = c.original.has(rule.Name)
	p.parent, p.separate, p.forAbsent = true, true, c.internals.runsOnNil(rule.Name)
	fn := c.internals.function(rule.Name)
	p.absent = func(v reflect.Value, in Parent) bool {
		return fn(context.Background(), &fieldLevel{c: c, field: v, parent: in.Struct, location: s.location, path: in.Path, rule: rule})
	}
	p.accepts = func(v reflect.Value, in Parent) bool {
		if s.replaced {
			if v = c.extract(v); !v.IsValid() {
				return true
			}
		}
		return p.absent(v, in)
	}
	return p
}

// crossField compiles a rule of the library that looks at other fields.
func (c *Compiler) crossField(p part, lib libraryRule, rule Rule) (part, error) {
	lib.parent, lib.byPointer = true, !asksEmptiness(rule.Name)
	x := &cross{c: c, rule: rule, subject: lib.subject}
	p.parent, p.cross, p.separate = true, x, true
	switch {
	case isConditional(rule.Name):
		p.presence, p.forAbsent = true, true
		p.absent = func(_ reflect.Value, in Parent) bool { return !x.holds(in) }
	case asksEmptiness(rule.Name):
		p.accepts = func(_ reflect.Value, in Parent) bool { return !x.holds(in) }
	case rule.Name == "unique": // for a value that is no list, see needsParent
		p.accepts = x.differs
		return p, nil
	case c.shape != nil:
		return part{}, c.shape // the function of the library cannot be had
	default:
		p.accepts = x.compare(c.internals.function(rule.Name))
	}
	if lib.subject.replaced {
		return p, nil // the type of its values is not known
	}
	return p, lib.try(noParent)
}

// compileOne compiles a rule of the library that needs the value alone. A direct check may be final. If it
// is not, a value that it does not accept is checked by the library as well.
func (c *Compiler) compileOne(p part, lib libraryRule, rule Rule) (part, error) {
	lib.builtin, lib.byPointer = true, true
	if p.accepts = lib.accepts; lib.subject.replaced {
		p.custom = true // about another value than the one that is sent
		if rule == (Rule{Name: "unique"}) && lib.subject.t.Kind() == reflect.Interface {
			p.separate, p.accepts = true, alone(c.uniqueInside)
		}
		return p, nil
	}
	p.accepts = lib.acceptsShort(rule.Name)
	d, err := c.compileDirect(lib.subject, rule)
	switch {
	case err != nil:
		return part{}, err
	case d.check != nil && d.final:
		p.accepts = alone(d.check)
		return p, nil
	case d.check != nil:
		byLibrary := p.accepts
		p.accepts = func(v reflect.Value, in Parent) bool {
			return d.check(v) || (d.rejects == nil || !d.rejects(v)) && byLibrary(v, in)
		}
	}
	return p, lib.try(noParent)
}

// isOriginal reports whether the rule of a name is the one that comes with the library.
func (c *Compiler) isOriginal(name string) bool {
	switch {
	case !c.custom:
		return true
	case !c.original.has(name):
		return false
	}
	function := c.internals.functionName(name)
	return function != "" && function == c.original.functionName(name)
}

// isStructural reports whether a name is no rule. The library knows these names as items of their own only.
func isStructural(name string) bool {
	switch name {
	case dive, keysBegin, keysEnd, omitEmpty, omitNil, omitZero, "structonly", "nostructlevel":
		return true
	}
	return false
}

// needsParent reports whether a rule of the library looks at other fields.
func needsParent(rule Rule, s subject) bool {
	switch rule.Name {
	case "eqfield", "nefield", "gtfield", "gtefield", "ltfield", "ltefield",
		"eqcsfield", "necsfield", "gtcsfield", "gtecsfield", "ltcsfield", "ltecsfield",
		"fieldcontains", "fieldexcludes", "postcode_iso3166_alpha2_field":
		return true
	case "unique":
		return rule.Param != "" && !hasLength(s.t.Kind()) && s.t.Kind() != reflect.Interface
	}
	return asksEmptiness(rule.Name)
}

// asksEmptiness reports whether a rule looks at other fields and is about whether its own is empty.
func asksEmptiness(name string) bool {
	switch name {
	case "excluded_if", "excluded_unless", "excluded_with", "excluded_with_all", "excluded_without",
		"excluded_without_all":
		return true
	}
	return isConditional(name)
}

// isConditional reports whether a rule says when a value must be sent.
func isConditional(name string) bool {
	switch name {
	case "required_if", "required_unless", "required_with", "required_with_all", "required_without",
		"required_without_all", "skip_unless":
		return true
	}
	return false
}
