package openapi

import (
	"fmt"
	"strings"
)

// ids gives operations their names. Names that routes ask for come first.
type ids struct {
	sources map[string]string // where the operation with a name was registered
	taken   map[string]bool   // the same names
	methods map[string]int    // how many methods a route has
}

func newIDs(list []placed) *ids {
	n := &ids{sources: map[string]string{}, taken: map[string]bool{}, methods: map[string]int{}}
	for _, p := range list {
		n.methods[p.route()]++
	}
	return n
}

// route identifies a route with a name.
func (p placed) route() string {
	return strings.Join([]string{p.Source, p.Pattern, p.Name, p.Doc.OperationID}, "\n")
}

// of returns the name of an operation: the one that it asks for, or that of its route, or else one made of
// method and path, such as getCatsById. If a route has several methods, its name gets the method in front.
func (n *ids) of(p placed) (string, error) {
	method := strings.ToLower(p.Method)
	one := n.methods[p.route()] == 1
	id := p.Doc.OperationID
	switch {
	case id != "" && one:
	case id != "":
		id = identifier(method, id)
	case p.Name != "" && one:
		id = identifier("", p.Name)
	case p.Name != "":
		id = identifier(method, p.Name)
	}
	if id == "" {
		id = fromPath(method, p.path)
	}
	if other, taken := n.sources[id]; taken && p.Doc.OperationID != "" {
		return "", fmt.Errorf("the operation ID %q is that of the route at %s", id, other)
	}
	id = freeName(n.taken, id)
	n.sources[id] = p.Source
	return id, nil
}

func fromPath(method, path string) string {
	id := identifier(method, strings.NewReplacer("/{", "/by/", "}", "").Replace(path))
	if id == method {
		return method + "Root"
	}
	return id
}

// identifier joins words in camel case, leaving out all but letters, digits and underscores, so
// that generators can make the name of a function from it. It does not begin with a digit.
func identifier(first string, rest string) string {
	id := first
	for _, word := range strings.FieldsFunc(rest, func(c rune) bool { return legal(string(c)) == "" }) {
		switch {
		case id != "":
			id += title(word)
		case '0' <= word[0] && word[0] <= '9':
			id = "_" + word
		default:
			id = word
		}
	}
	return id
}
