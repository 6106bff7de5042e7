package view

import (
	"errors"
	"html/template"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"text/template/parse"
)

// views are the parsed templates of a tree.
type views struct {
	*tree
	pages map[string]*page // by their names
	err   error            // what is wrong in layouts and partials, for all pages
}

// definitions are templates by their names.
type definitions map[string]*parse.Tree

// builder parses a tree.
type builder struct {
	*tree
	set      *Set
	partials definitions
	layouts  map[string]definitions // by name
}

// build parses the templates of a tree. Mistakes are in the views and their pages.
func (s *Set) build(t *tree) *views {
	v := &views{tree: t, pages: map[string]*page{}}
	b := &builder{tree: t, set: s, partials: definitions{}, layouts: map[string]definitions{}}
	v.err = errors.Join(b.readPartials(), b.readLayouts())
	for _, file := range t.of(pagesFolder) {
		p := &page{set: s, views: v, file: file, name: t.name(pagesFolder, file)}
		if v.err == nil {
			p.err = b.page(p)
		}
		v.pages[p.name] = p
	}
	return v
}

// mistakes returns all that is wrong, joined.
func (v *views) mistakes() error {
	errs := []error{v.err}
	for _, name := range slices.Sorted(maps.Keys(v.pages)) {
		errs = append(errs, v.pages[name].err)
	}
	return errors.Join(errs...)
}

// parse returns the templates of a file. The text outside of definitions has the path of the file as its name, and is left
// out if there is nothing but space.
func (b *builder) parse(file string) (definitions, error) {
	o := b.set.options
	parsed, err := template.New(file).Delims(o.Delims[0], o.Delims[1]).Funcs(b.set.names).Parse(b.files[file])
	if err != nil {
		return nil, b.failed(err)
	}
	defs := definitions{}
	for _, t := range parsed.Templates() {
		if t.Name() != file || !parse.IsEmptyTree(t.Tree.Root) {
			defs[t.Name()] = t.Tree
		}
	}
	return defs, nil
}

// readPartials collects what all partials define, which all pages have.
func (b *builder) readPartials() error {
	var errs []error
	from := map[string]string{}
	for _, file := range b.of(partialsFolder) {
		defs, err := b.parse(file)
		errs = append(errs, err)
		for name, tree := range defs {
			if name == file {
				name = path.Join(partialsFolder, b.name(partialsFolder, file))
			}
			if other := from[name]; other != "" {
				errs = append(errs, b.at(file, 1, "%q is defined in %s already", name, other))
			}
			from[name], b.partials[name] = file, tree
		}
	}
	return errors.Join(errs...)
}

// The names of the templates that make a page.
const (
	layoutTemplate  = "layout"
	contentTemplate = "content"
	noLayout        = "none"
)

func (b *builder) readLayouts() error {
	var errs []error
	for _, file := range b.of(layoutsFolder) {
		defs, err := b.parse(file)
		if err == nil {
			err = b.rename(defs, file, layoutTemplate)
		}
		if err == nil && defs[layoutTemplate] == nil {
			err = b.at(file, 1, "it has neither text nor a definition of %q", layoutTemplate)
		}
		errs = append(errs, err)
		b.layouts[b.name(layoutsFolder, file)] = defs
	}
	return errors.Join(errs...)
}

// rename gives the text of a file outside of definitions the name that a definition of it would have.
func (b *builder) rename(defs definitions, file, name string) error {
	text := defs[file]
	if text == nil {
		return nil
	}
	if defs[name] != nil {
		return b.at(file, lineOf(text), "there is a definition of %q, and text outside of definitions", name)
	}
	defs[name] = text
	delete(defs, file)
	return nil
}

// lineOf returns the line of the first part of a tree that is more than space.
func lineOf(t *parse.Tree) int {
	for _, n := range t.Root.Nodes {
		if text, ok := n.(*parse.TextNode); !ok || len(strings.TrimSpace(string(text.Text))) > 0 {
			_, line := placeOf(n)
			return line
		}
	}
	return 1
}

// page parses a page and puts together what it needs.
func (b *builder) page(p *page) error {
	own, err := b.parse(p.file)
	if err != nil {
		return err
	}
	if err := b.rename(own, p.file, contentTemplate); err != nil {
		return err
	}
	if len(own) == 0 {
		return b.at(p.file, 1, "the page has neither text nor definitions")
	}
	layout, err := b.layoutOf(p.file)
	if err != nil {
		return err
	}
	all := maps.Clone(b.partials)
	maps.Copy(all, layout)
	maps.Copy(all, own)
	p.entry = layoutTemplate
	if layout == nil {
		p.entry = contentTemplate
		if own[contentTemplate] == nil {
			return b.at(p.file, 1, "the page has no layout, and neither text nor a definition of %q", contentTemplate)
		}
	}
	if err := p.collect(all, append([]string{p.entry}, slices.Sorted(maps.Keys(own))...)); err != nil {
		return err
	}
	return p.compile()
}

// layoutComment finds the layout in the first line of a page, behind the left delimiter.
var layoutComment = regexp.MustCompile(`^(?:-\s+)?/\*\s*layout:\s*(\S+)\s*\*/`)

// layoutOf returns the definitions of the layout of a page, nil for a page that stands alone.
func (b *builder) layoutOf(file string) (definitions, error) {
	first, _, _ := strings.Cut(strings.TrimPrefix(b.files[file], "\uFEFF"), "\n")
	name, named := b.set.options.Layout, b.set.options.Layout != ""
	if behind, ok := strings.CutPrefix(strings.TrimSpace(first), b.set.options.left()); ok {
		if m := layoutComment.FindStringSubmatch(behind); m != nil {
			name, named = m[1], true
		}
	}
	if name == "" {
		name = "base"
	}
	defs, ok := b.layouts[name]
	switch {
	case ok:
		return defs, nil
	case name == noLayout, !named && len(b.layouts) == 0:
		return nil, nil
	}
	return nil, b.at(file, 1, "there is no layout %s", path.Join(b.base, layoutsFolder, name+b.set.options.extension()))
}

// collect keeps those of the definitions that the named ones need, so that a page has no more than it uses.
func (p *page) collect(all definitions, names []string) error {
	p.trees = definitions{}
	p.calls = map[string]bool{}
	for len(names) > 0 {
		name := names[0]
		names = names[1:]
		if p.trees[name] != nil {
			continue
		}
		p.trees[name] = all[name]
		var missing error
		each(all[name].Root, func(n parse.Node) {
			switch n := n.(type) {
			case *parse.IdentifierNode:
				p.calls[n.Ident] = true
			case *parse.TemplateNode:
				if all[n.Name] == nil && missing == nil {
					missing = p.missing(n)
				}
				names = append(names, n.Name)
			}
		})
		if missing != nil {
			return missing
		}
	}
	return nil
}

// missing returns the failure of a call of a template that is not there.
func (p *page) missing(n *parse.TemplateNode) error {
	file, line := placeOf(n)
	return p.views.at(file, line, "the page %s has no template %q, and neither have its layout and the partials", p.name, n.Name)
}
