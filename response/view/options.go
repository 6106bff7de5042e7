package view

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/soay-go/soay/request"
)

// Options sets up the views of an app. The zero value is the default.
type Options struct {
	// Layout is the layout of pages that name none. The default is base; without a folder of layouts it is none, and
	// so can this be: pages stand alone then.
	Layout string
	// Extension is that of the files that are templates; all others are left alone. The default is .html.
	Extension string
	// Funcs are functions for all templates. They may be called by several goroutines at once.
	Funcs template.FuncMap
	// ForRequest returns functions that know the request. It is called for each page that uses one of them, and once at
	// the start, with the zero Request, for their names: so it looks at the request inside of the functions only. It
	// always returns the same names and types.
	ForRequest func(request.Request) template.FuncMap
	// Delims are the delimiters of actions. The default is {{ and }}.
	Delims [2]string
	// Source is read in development in place of the files that UseViews was given, so that an embedded folder is the
	// one on disk: os.DirFS("views"). The default is none.
	Source fs.FS
	// Pages are checked against the types of their data at the start; see [NewPage]. Others are at their first use.
	Pages []Checker
}

// ownFuncs are the names of the functions that every template has.
var ownFuncs = []string{"url", "asset", "integrity", "antiForgeryField", "antiForgeryToken", "flash"}

// check returns what is wrong, and the functions of ForRequest by their names.
func (o *Options) check() (perRequest template.FuncMap, err error) {
	var errs []error
	if o.Extension != "" && (o.Extension[0] != '.' || strings.Contains(o.Extension, "/")) {
		errs = append(errs, fmt.Errorf("view.Options: Extension: %q does not begin with a dot", o.Extension))
	}
	if (o.Delims[0] == "") != (o.Delims[1] == "") {
		errs = append(errs, errors.New("view.Options: Delims: there is only one"))
	}
	if slices.Contains(o.Pages, nil) {
		errs = append(errs, errors.New("view.Options: Pages: one is nil"))
	}
	errs = append(errs, checkFuncs("Funcs", o.Funcs, nil))
	if o.ForRequest != nil {
		perRequest, err = learn(o.ForRequest)
		errs = append(errs, err, checkFuncs("ForRequest", perRequest, o.Funcs))
	}
	return perRequest, errors.Join(errs...)
}

// learn returns the functions that f returns for the zero Request.
func learn(f func(request.Request) template.FuncMap) (funcs template.FuncMap, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("view.Options: ForRequest: panic for the zero Request, with which it is asked for the names: %v; "+
				"look at the request inside of the functions", v)
		}
	}()
	return f(request.Request{}), nil
}

// checkFuncs returns what html/template does not accept, and names that are taken.
func checkFuncs(field string, funcs, others template.FuncMap) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(funcs)) {
		_, twice := others[name]
		switch err := checkFunc(name, funcs[name]); {
		case err != nil:
			errs = append(errs, fmt.Errorf("view.Options: %s: %w", field, err))
		case slices.Contains(ownFuncs, name):
			errs = append(errs, fmt.Errorf("view.Options: %s: every template has a function %s already", field, name))
		case twice:
			errs = append(errs, fmt.Errorf("view.Options: %s: Funcs has %s already", field, name))
		}
	}
	return errors.Join(errs...)
}

func checkFunc(name string, f any) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%v", v)
		}
	}()
	template.New("").Funcs(template.FuncMap{name: f})
	return nil
}

// extension returns that of the templates.
func (o *Options) extension() string {
	if o.Extension == "" {
		return ".html"
	}
	return o.Extension
}

// left returns the left delimiter.
func (o *Options) left() string {
	if o.Delims[0] == "" {
		return "{{"
	}
	return o.Delims[0]
}
