package view

import (
	"maps"
	"reflect"
	"slices"
	"text/template/parse"
)

// checker compares what templates say of their data with its type. It finds what package text/template would complain about
// for every value of the type. What it does not know, it takes for right.
type checker struct {
	page     *page
	assigned map[string]bool // variables that {{$x = …}} changes; their types are not known
	seen     map[call]bool   // so that templates that call themselves come to an end
	errs     []error
}

// call is a call of a template.
type call struct {
	name string
	dot  kind
}

// variable is a variable of a template.
type variable struct {
	name string
	kind kind
}

// scope is what a place in a template knows.
type scope struct {
	dot  kind
	vars []variable
}

// with returns the scope with one more variable. The slice is never shared with another branch.
func (s scope) with(name string, k kind) scope {
	s.vars = append(slices.Clip(s.vars), variable{name, k})
	return s
}

func (s scope) lookup(name string) kind {
	for _, v := range slices.Backward(s.vars) {
		if v.name == name {
			return v.kind
		}
	}
	return unknown
}

// check returns the mistakes of a page with data of type t.
func (c *checker) check(t reflect.Type) []error {
	for _, name := range slices.Sorted(maps.Keys(c.page.trees)) {
		each(c.page.trees[name].Root, func(n parse.Node) {
			if pipe, ok := n.(*parse.PipeNode); ok && pipe.IsAssign {
				for _, v := range pipe.Decl {
					c.assigned[v.Ident[0]] = true
				}
			}
		})
	}
	c.template(c.page.entry, kindOf(t, false))
	return c.errs
}

func (c *checker) complain(n parse.Node, format string, args ...any) kind {
	file, line := placeOf(n)
	_, text := (*parse.Tree)(nil).ErrorContext(n)
	c.errs = append(c.errs, c.page.views.at(file, line, "<%s>: "+format, append([]any{text}, args...)...))
	return unknown
}

// template checks a template that is called with a dot.
func (c *checker) template(name string, dot kind) {
	if key := (call{name, dot}); !c.seen[key] {
		c.seen[key] = true
		c.list(c.page.trees[name].Root, scope{dot, []variable{{"$", dot}}})
	}
}

func (c *checker) list(list *parse.ListNode, s scope) {
	if list == nil {
		return
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			_, s = c.pipe(n.Pipe, s)
		case *parse.IfNode:
			_, inner := c.pipe(n.Pipe, s)
			c.list(n.List, inner)
			c.list(n.ElseList, inner)
		case *parse.WithNode:
			k, inner := c.pipe(n.Pipe, s)
			c.list(n.ElseList, inner)
			inner.dot = k
			c.list(n.List, inner)
		case *parse.RangeNode:
			c.loop(n, s)
		case *parse.TemplateNode:
			dot := noData
			if n.Pipe != nil {
				dot, _ = c.pipe(n.Pipe, s)
			}
			c.template(n.Name, dot)
		}
	}
}

func (c *checker) loop(n *parse.RangeNode, s scope) {
	over, inner := c.pipe(n.Pipe, s)
	c.list(n.ElseList, inner)
	key, element, why := over.elements(len(n.Pipe.Decl))
	if why != "" {
		c.complain(n.Pipe, "%s", why)
	}
	inner = s
	inner.dot = element
	switch decl := n.Pipe.Decl; len(decl) {
	case 1:
		inner = c.declare(inner, decl[0], element)
	case 2:
		inner = c.declare(c.declare(inner, decl[0], key), decl[1], element)
	}
	c.list(n.List, inner)
}

func (c *checker) declare(s scope, v *parse.VariableNode, k kind) scope {
	if c.assigned[v.Ident[0]] {
		k = unknown
	}
	return s.with(v.Ident[0], k)
}

// pipe returns the type of a pipeline, and the scope with the variables that it declares.
func (c *checker) pipe(p *parse.PipeNode, s scope) (kind, scope) {
	k := unknown
	for i, command := range p.Cmds {
		k = c.command(command, s, i > 0)
	}
	if !p.IsAssign {
		for _, v := range p.Decl {
			s = c.declare(s, v, k)
		}
	}
	return k, s
}

// command returns the type of a command. piped says that it has the value of another one as its last argument.
func (c *checker) command(command *parse.CommandNode, s scope, piped bool) kind {
	for _, arg := range command.Args[1:] {
		c.value(arg, s, 0)
	}
	args := len(command.Args) - 1
	if piped {
		args++
	}
	return c.value(command.Args[0], s, args)
}

// value returns the type of an operand. If that ends with a method, it is called with args arguments.
func (c *checker) value(n parse.Node, s scope, args int) kind {
	switch n := n.(type) {
	case *parse.DotNode:
		return s.dot
	case *parse.FieldNode:
		return c.chain(n, s.dot, n.Ident, args)
	case *parse.VariableNode:
		return c.chain(n, s.lookup(n.Ident[0]), n.Ident[1:], args)
	case *parse.ChainNode:
		return c.chain(n, c.value(n.Node, s, 0), n.Field, args)
	case *parse.PipeNode:
		k, _ := c.pipe(n, s)
		return k
	case *parse.StringNode:
		return kindOf(reflect.TypeFor[string](), false)
	case *parse.BoolNode:
		return kindOf(reflect.TypeFor[bool](), false)
	}
	return unknown // a number, nil or a function
}

// chain returns the type of a chain of fields, of which the last one is called with args arguments.
func (c *checker) chain(n parse.Node, k kind, names []string, args int) kind {
	for i, name := range names {
		given := 0
		if i == len(names)-1 {
			given = args
		}
		var why string
		if k, why = k.field(name, given); why != "" {
			return c.complain(n, "%s", why)
		}
	}
	return k
}
