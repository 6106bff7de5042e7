package rules

import (
	"fmt"
	"slices"
	"strings"
)

// The separators and words of tags that have a meaning in the library.
const (
	itemSeparator  = ","
	orSeparator    = "|"
	paramSeparator = "="
	dive           = "dive"
	keysBegin      = "keys"
	keysEnd        = "endkeys"
)

// item is the text between two commas of a tag, or of the tag of an alias.
type item struct {
	text   string
	source string // as it stands in the tag, before aliases among its alternatives were replaced
	alias  string // that it came from, empty without
}

// parse cuts a tag at its commas and replaces aliases. With the alias short for max=9,alphanum:
//
//	required,short,eq=a|iscolor   required
//	                              max=9                   of the alias short
//	                              alphanum                of the alias short
//	                              eq=a|hexcolor|rgb|…     source: eq=a|iscolor
func (c *Compiler) parse(tag string) ([]item, error) {
	items, err := c.expand(nil, tag, nil)
	if err != nil {
		return nil, err
	}
	for _, it := range items {
		for text := range strings.SplitSeq(it.text, orSeparator) {
			if name, _, _ := strings.Cut(text, paramSeparator); name == "" {
				return nil, fmt.Errorf("rules: %q has an empty rule", tag)
			}
		}
	}
	return items, nil
}

// expand appends the items of a tag. within are the aliases that it stands in. An alias that contains
// itself is refused: the library would follow it until the stack is full.
func (c *Compiler) expand(items []item, tag string, within []string) ([]item, error) {
	alias := ""
	if len(within) > 0 {
		alias = within[len(within)-1]
	}
	var err error
	for text := range strings.SplitSeq(tag, itemSeparator) {
		tags, is := c.internals.alias(text)
		switch {
		case !is:
			var it item
			if it.text, err = c.expandAlternatives(text, within); err == nil {
				it.source, it.alias = text, alias
				items = append(items, it)
			}
		case slices.Contains(within, text):
			err = fmt.Errorf("rules: the alias %q contains itself", text)
		default:
			items, err = c.expand(items, tags, append(slices.Clip(within), text))
		}
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}

// expandAlternatives replaces aliases among alternatives by their alternatives. An alias that stands for
// several rules stays, since a list of rules cannot be one of the alternatives.
func (c *Compiler) expandAlternatives(text string, within []string) (string, error) {
	var all []string
	for part := range strings.SplitSeq(text, orSeparator) {
		name, _, hasParam := strings.Cut(part, paramSeparator)
		tags, is := c.internals.alias(name)
		if !is || c.internals.has(name) {
			all = append(all, part)
			continue
		}
		if slices.Contains(within, name) {
			return "", fmt.Errorf("rules: the alias %q contains itself", name)
		}
		expanded, err := c.expand(nil, tags, append(slices.Clip(within), name))
		if err != nil {
			return "", err
		}
		if len(expanded) == 1 && !hasParam { // else the library has to say what it means, see stepWithAlias
			part = expanded[0].text
		}
		all = append(all, part)
	}
	return strings.Join(all, orSeparator), nil
}

// section is a tag cut at dive.
type section struct {
	own  []item
	dive bool
	keys []item // nil without
	elem []item
}

// cut finds the first dive and the keys behind it.
func cut(items []item) (section, error) {
	i := slices.IndexFunc(items, func(it item) bool { return it.text == dive })
	own := items
	if i >= 0 {
		own = items[:i]
	}
	for _, it := range own {
		switch it.text {
		case keysBegin:
			return section{}, fmt.Errorf("rules: %s without %s directly before it", keysBegin, dive)
		case keysEnd:
			return section{}, fmt.Errorf("rules: %s without %s", keysEnd, keysBegin)
		}
	}
	if i < 0 {
		return section{own: own}, nil
	}
	return cutKeys(section{own: own, dive: true, elem: items[i+1:]})
}

// cutKeys cuts the rules of keys off the rules of elements.
func cutKeys(s section) (section, error) {
	if len(s.elem) == 0 || s.elem[0].text != keysBegin {
		return s, nil
	}
	end := slices.IndexFunc(s.elem, func(it item) bool { return it.text == keysEnd })
	if end < 0 {
		return section{}, fmt.Errorf("rules: %s without %s", keysBegin, keysEnd)
	}
	s.keys, s.elem = s.elem[1:end], s.elem[end+1:]
	return s, nil
}

// readRule reads one rule as the library does: its name, and its parameter if it has one.
func readRule(text string) Rule {
	name, param, _ := strings.Cut(text, paramSeparator)
	return Rule{Name: name, Param: paramEscapes.Replace(param)}
}

var paramEscapes = strings.NewReplacer("0x2C", ",", "0x7C", "|")
