package rules

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// The rules that the library does not have. An application that has registered a rule or an alias of the same
// name uses that.
const (
	notBlank = "notblank" // a string is not white space only
	notNull  = "notnull"  // what was sent is no null
)

// isOwn reports whether a name is that of a rule which the library does not have.
func (c *Compiler) isOwn(name string) bool {
	return (name == notBlank || name == notNull) && !c.internals.has(name)
}

// ownRule compiles one of them. They never get to the library, which does not know them.
func (c *Compiler) ownRule(p part, s subject, rule Rule) (part, error) {
	p.separate = true
	switch {
	case rule.Param != "":
		return part{}, fmt.Errorf("rules: %s takes no parameter", rule.Name)
	case rule.Name == notNull:
		p.presence = true // the rule is about nulls, which never become values
	case s.t.Kind() != reflect.String || s.replaced:
		return part{}, fmt.Errorf("rules: %s cannot validate %s: it is for strings", rule.Name, s.t)
	default:
		p.accepts = alone(ofText(hasInk))
	}
	return p, nil
}

// hasInk reports whether a text has anything but white space: the white space of Unicode, and the byte order mark,
// which is white space to JavaScript.
func hasInk(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsSpace(r) && r != '\ufeff' })
}

// checkOwn refuses these rules where the library would get to see them: among alternatives of which one is an
// alias for several rules, and inside of a value that it replaces. A null has no alternatives.
func (c *Compiler) checkOwn(own, inner []item, s subject) error {
	for _, it := range own {
		names := c.ownIn(it.text)
		several := strings.Contains(it.text, orSeparator)
		for text := range strings.SplitSeq(it.text, orSeparator) {
			_, isAlias := c.internals.alias(readRule(text).Name)
			if len(names) > 0 && several && (isAlias || slices.Contains(names, notNull)) {
				return fmt.Errorf("rules: %s cannot be an alternative in %q", names[len(names)-1], it.text)
			}
		}
	}
	for _, it := range inner {
		if names := c.ownIn(it.text); len(names) > 0 && s.replaced {
			return fmt.Errorf("rules: %s cannot be checked inside of %s, which the validator replaces", names[0], s.t)
		}
	}
	return nil
}

// ownIn returns the names of these rules among alternatives.
func (c *Compiler) ownIn(text string) (names []string) {
	for one := range strings.SplitSeq(text, orSeparator) {
		if name := readRule(one).Name; c.isOwn(name) {
			names = append(names, name)
		}
	}
	return names
}

// forLibrary returns a tag without these rules, in a form that the library reads as well.
func (c *Compiler) forLibrary(tag string, items []item) string {
	known, changed := make([]string, len(items)), false
	for i, it := range items {
		known[i] = it.text
		for _, name := range c.ownIn(it.text) {
			known[i], changed = strings.ReplaceAll(known[i], name, "required"), true
		}
	}
	if !changed {
		return tag
	}
	return strings.Join(known, itemSeparator)
}
