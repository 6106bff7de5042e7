package openapi

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/router"
)

// Versions of the OpenAPI specification which documents follow: the older one, which more programs
// know, unless there is an operation with the method QUERY.
const (
	specVersion      = "3.1.0"
	specVersionQuery = "3.2.0"
	methodQuery      = "QUERY"
)

// Build describes operations in their order. compiler has made their inputs. Operations that are hidden,
// end with a catch-all or have a method that OpenAPI does not know are left out. So is TRACE, since nothing
// in a browser can send it. Two operations may have the same method and path, in sub-routers by host; then
// the first one is described, see [Document.Notes]. schemes, one map at most, are those of the Access of operations.
//
// The error joins all mistakes, and names the files and lines of the routes.
// It is for the framework.
func Build(
	info Info, options Options, operations []router.Operation, compiler *bind.Compiler,
	schemes ...map[string]router.SecurityScheme,
) (*Document, error) {
	b := &builder{
		types: newRegistry(compiler), paths: map[string]*pathItem{}, problems: map[string]*responseObject{},
		tags: slices.Clone(options.Tags), failure: options.Error, security: map[string]*securityScheme{},
	}
	for _, known := range schemes {
		b.schemes = known
	}
	errs := []error{info.check(), options.check(), b.add(listed(operations))}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	paths, version := map[string]*pathItem{}, specVersion
	for _, item := range b.paths {
		paths[item.template.path] = item
		if item.Query != nil {
			version = specVersionQuery
		}
	}
	return newDocument(&root{
		OpenAPI: version, Info: info, Servers: options.Servers, Tags: b.tags, Paths: paths, Components: b.components(),
	}, b.notes)
}

// listed returns the operations that a document can describe.
func listed(operations []router.Operation) []router.Operation {
	var list []router.Operation
	for _, op := range operations {
		if !op.Doc.Hidden && !hasRest(op.Params) && new(pathItem).at(op.Method) != nil {
			list = append(list, op)
		}
	}
	return list
}

// at returns the place for the operation of a method, nil where there is none.
func (p *pathItem) at(method string) **operation {
	switch method {
	case http.MethodGet:
		return &p.Get
	case http.MethodPut:
		return &p.Put
	case http.MethodPost:
		return &p.Post
	case http.MethodDelete:
		return &p.Delete
	case http.MethodOptions:
		return &p.Options
	case http.MethodHead:
		return &p.Head
	case http.MethodPatch:
		return &p.Patch
	case methodQuery:
		return &p.Query
	}
	return nil
}

// builder collects the parts of a document.
type builder struct {
	types       *registry
	paths       map[string]*pathItem       // by their shapes
	failure     Response                   // the app's own format of errors, bare without one
	problems    map[string]*responseObject // errors in the default format, by the names of their components
	hasProblems bool                       // something refers to the schema of a problem
	hasReasons  bool                       // clients can be refused, and problems say why
	schemes     map[string]router.SecurityScheme
	security    map[string]*securityScheme // those of schemes that operations refer to
	tags        []Tag
	notes       []string
}

// add adds operations. Those with names of their own get them first, so that no other operation takes such
// a name.
func (b *builder) add(operations []router.Operation) error {
	list := b.place(operations)
	names := newIDs(list)
	var errs []error
	for _, given := range []bool{true, false} {
		for _, p := range list {
			if given != (p.Doc.OperationID != "") {
				continue
			}
			var err error
			if p.at.OperationID, err = names.of(p); err != nil {
				errs = append(errs, p.wrong(err))
			}
		}
	}
	for _, p := range list {
		if err := b.describe(p); err != nil {
			errs = append(errs, p.wrong(err))
		}
	}
	return errors.Join(errs...)
}

// placed is an operation and where it stands.
type placed struct {
	*router.Operation
	at    *operation
	names []string // of the parameters of its path
	path  string
}

func (p placed) wrong(err error) error {
	return fmt.Errorf("%s: openapi: %s %s: %w", p.Source, p.Method, p.Pattern, err)
}

// place makes a place for each operation. A second one for the same method and path gets a note instead.
func (b *builder) place(operations []router.Operation) []placed {
	var list []placed
	for i := range operations {
		op := &operations[i]
		t := templateOf(op.Pattern, op.Params)
		item := b.paths[t.shape]
		if item == nil {
			item = &pathItem{template: t}
			b.paths[t.shape] = item
		}
		at := item.at(op.Method)
		if *at != nil {
			b.notes = append(b.notes, fmt.Sprintf("%s: %s %s is not in the document, which describes %s %s of %s under that path",
				op.Source, op.Method, op.Pattern, op.Method, item.template.path, (*at).source))
			continue
		}
		*at = &operation{source: op.Source}
		list = append(list, placed{Operation: op, at: *at, names: item.template.names, path: item.template.path})
	}
	return list
}

// describe fills in an operation.
func (b *builder) describe(p placed) error {
	o := p.at
	o.Tags, o.Summary, o.Description, o.Deprecated = p.Doc.Tags, p.Doc.Summary, p.Doc.Description, p.Doc.Deprecated
	for _, name := range p.Doc.Tags {
		if !slices.ContainsFunc(b.tags, func(t Tag) bool { return t.Name == name }) {
			b.tags = append(b.tags, Tag{Name: name})
		}
	}
	var err1, err2, err3 error
	o.Parameters, err1 = b.parameters(p.Operation, p.names)
	o.RequestBody, err2 = b.body(p.Input)
	o.Responses, err3 = b.responses(p.Operation)
	return errors.Join(err1, err2, err3, b.secure(p))
}

// components returns the parts that operations refer to, nil if there are none.
func (b *builder) components() *components {
	c := &components{Responses: b.problems, SecuritySchemes: b.security}
	problems := map[string]*schema{}
	if b.hasProblems {
		problems = problemSchemas(b.hasReasons)
	}
	c.Schemas = b.types.schemas(slices.Sorted(maps.Keys(problems))...)
	maps.Copy(c.Schemas, problems)
	if len(c.Schemas)+len(c.SecuritySchemes) == 0 {
		return nil
	}
	return c
}
