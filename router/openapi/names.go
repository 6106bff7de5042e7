package openapi

import (
	"path"
	"reflect"
	"strconv"
	"strings"
)

// nameAll names the components: Cat; PageOfCat for a Page[Cat]; ShopCat for the Cat of package shop, if
// another Cat came first; CatInput for the form in which a Cat is read, if it is written differently.
func (r *registry) nameAll(reserved []string) {
	split := r.split()
	taken := map[string]bool{}
	for _, name := range reserved {
		taken[name] = true
	}
	byType := map[reflect.Type]string{}
	for _, c := range r.all {
		if byType[c.key.t] == "" {
			byType[c.key.t] = freeName(taken, typeName(c.key.t), packageName(c.key.t)+typeName(c.key.t))
		}
		c.name = byType[c.key.t]
	}
	for _, c := range r.all {
		switch {
		case c.key.use == asXML:
			c.name = freeName(taken, c.name+"XML")
		case c.key.use == asInput && split[c.key.t]:
			c.name = freeName(taken, c.name+"Input")
		}
	}
}

// freeName takes the first name that is free, or the last one with a number.
func freeName(taken map[string]bool, names ...string) string {
	for _, name := range names {
		if !taken[name] {
			taken[name] = true
			return name
		}
	}
	last := names[len(names)-1]
	for n := 2; ; n++ {
		if name := last + strconv.Itoa(n); !taken[name] {
			taken[name] = true
			return name
		}
	}
}

// namer numbers types, for names that only need to be unique.
type namer map[reflect.Type]int

func (n namer) unique(c *component) string {
	number, ok := n[c.key.t]
	if !ok {
		number = len(n)
		n[c.key.t] = number
	}
	return strconv.Itoa(number)
}

// packageName returns the name of a type's package with a capital. A version such as v2 at the end of the
// path does not count.
func packageName(t reflect.Type) string {
	dir, name := path.Split(t.PkgPath())
	if _, err := strconv.Atoi(strings.TrimPrefix(name, "v")); err == nil && dir != "" {
		name = path.Base(dir)
	}
	return identifier("", strings.ReplaceAll(title(name), "_", " "))
}

// typeName returns the name of a type in letters, digits and underscores, which are legal in
// components: PairOfAAndB for a Pair[A,B].
func typeName(t reflect.Type) string {
	rest := t.Name()
	if name := readName(&rest); name != "" {
		return name
	}
	return "Type"
}

// readName reads a type as reflect writes it, to the end or to the comma or bracket behind it. Package
// paths are left out.
func readName(rest *string) string {
	switch {
	case cut(rest, "*"):
		return readName(rest)
	case cut(rest, "map["):
		key := readName(rest)
		cut(rest, "]")
		return "MapOf" + key + "And" + readName(rest)
	case strings.HasPrefix(*rest, "["): // [] or [3]
		size, after, _ := strings.Cut((*rest)[1:], "]")
		*rest = after
		return "ListOf" + size + readName(rest)
	}
	end := strings.IndexAny(*rest, "[],")
	if end < 0 {
		end = len(*rest)
	}
	full := (*rest)[:end]
	*rest = (*rest)[end:]
	name := title(legal(full[strings.LastIndexAny(full, "./")+1:]))
	if !cut(rest, "[") {
		return name
	}
	for word := "Of"; !cut(rest, "]") && *rest != ""; word = "And" {
		cut(rest, ",")
		name += word + readName(rest)
	}
	return name
}

// cut removes a prefix and reports whether it was there.
func cut(s *string, prefix string) bool {
	rest, found := strings.CutPrefix(*s, prefix)
	*s = rest
	return found
}

// legal returns the letters, digits and underscores of s, without the number that reflect adds to
// types that are declared inside of functions.
func legal(s string) string {
	s, _, _ = strings.Cut(s, "·")
	return strings.Map(func(c rune) rune {
		if c == '_' || isLetter(c) || '0' <= c && c <= '9' {
			return c
		}
		return -1
	}, s)
}

func isLetter(c rune) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// title returns s with a capital at its beginning.
func title(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
