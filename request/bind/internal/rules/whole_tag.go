package rules

import (
	"reflect"
	"strings"
)

// judgeWhole lets the library judge sent values by the whole tag but for the rules about presence.
// It is for values that the library replaces by others before it looks at the rules, dive included.
func (c *Compiler) useWholeTag(r *Rules, s subject, items []item) {
	var tags []string
	w := tagRule{rules: r}
	for i, it := range items {
		if i < len(r.steps) && r.steps[i].separate {
			continue
		}
		if i >= len(r.steps) || r.steps[i].sent || r.steps[i].ends {
			tags = append(tags, it.text)
			w.needsParent = w.needsParent || i < len(r.steps) && r.steps[i].parent
			w.prefixes = append(w.prefixes, c.libraryRule(s, strings.Join(tags, itemSeparator)))
		}
	}
	if len(tags) == 0 {
		r.byTag = func(reflect.Value, Parent) *Rule { return nil }
		return
	}
	for i := range w.prefixes {
		w.prefixes[i].parent, w.prefixes[i].builtin = w.needsParent, !w.needsParent
	}
	w.libraryRule = w.prefixes[len(w.prefixes)-1]
	r.byTag = w.check
}

type tagRule struct {
	libraryRule
	rules       *Rules
	prefixes    []libraryRule // of the tag, each with one rule more
	needsParent bool
}

func (w tagRule) check(v reflect.Value, in Parent) *Rule {
	if w.needsParent && !in.Struct.IsValid() {
		return nil
	}
	broken := w.broken(v, in)
	if broken == nil {
		return nil
	}
	if broken.Name == w.tag { // it panicked: the first part of the tag that does it ends with the rule
		for i := range w.prefixes {
			if w.prefixes[i].broken(v, in) != nil {
				return w.named(readRule(w.prefixes[i].lastRule()))
			}
		}
	}
	return w.named(*broken)
}

// named finds the rule that the library means, which knows no aliases here.
func (w tagRule) named(broken Rule) *Rule {
	for i := range w.rules.steps {
		if written := w.rules.steps[i].written; written == broken || written.Name == broken.Name {
			return &w.rules.steps[i].rule
		}
	}
	return &broken
}
