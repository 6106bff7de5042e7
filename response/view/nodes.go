package view

import (
	"strconv"
	"strings"
	"text/template/parse"
)

// placeOf returns the file and the line of a node.
func placeOf(n parse.Node) (file string, line int) {
	place, _ := (*parse.Tree)(nil).ErrorContext(n) // file:line:column
	place = place[:strings.LastIndexByte(place, ':')]
	i := strings.LastIndexByte(place, ':')
	line, _ = strconv.Atoi(place[i+1:])
	return place[:i], line
}

// each calls f for a node and all nodes in it.
func each(n parse.Node, f func(parse.Node)) {
	f(n)
	switch n := n.(type) {
	case *parse.ListNode:
		for _, inner := range n.Nodes {
			each(inner, f)
		}
	case *parse.ActionNode:
		each(n.Pipe, f)
	case *parse.IfNode:
		eachBranch(&n.BranchNode, f)
	case *parse.RangeNode:
		eachBranch(&n.BranchNode, f)
	case *parse.WithNode:
		eachBranch(&n.BranchNode, f)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			each(n.Pipe, f)
		}
	case *parse.PipeNode:
		for _, command := range n.Cmds {
			for _, arg := range command.Args {
				each(arg, f)
			}
		}
	case *parse.ChainNode:
		each(n.Node, f)
	}
}

func eachBranch(n *parse.BranchNode, f func(parse.Node)) {
	each(n.Pipe, f)
	each(n.List, f)
	if n.ElseList != nil {
		each(n.ElseList, f)
	}
}
