package soay

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/router/openapi"
	"github.com/soay-go/soay/router/openapi/ui"
)

// description is the OpenAPI document of an app. Only UseOpenAPI refers to the code that makes it, by build, so
// that the linker leaves it out of programs that do not call UseOpenAPI.
type description struct {
	source   string // the place of the call of UseOpenAPI, "" without one
	build    func() error
	document atomic.Pointer[openapi.Document] // once the setup is complete
}

// UseOpenAPI describes the routes of the app as an OpenAPI document, at /openapi.json and
// /openapi.yaml, and shows it with Swagger UI at /docs and ReDoc at /redoc. Nothing of the pages
// comes from elsewhere. They are served in development; in production only if the options say so.
// In development everybody may see them, in production who may use routes without a rule, unless
// the options have a rule.
func (a *App) UseOpenAPI(info openapi.Info, options ...openapi.Options) {
	o := one(a, "UseOpenAPI", options)
	if !a.open("UseOpenAPI") {
		return
	}
	if a.openapi.source != "" {
		a.fail("UseOpenAPI: it was called at %s already", a.openapi.source)
		return
	}
	o, err := o.WithDefaults()
	if err != nil {
		a.failEach("UseOpenAPI", err)
		return
	}
	a.openapi.source = router.Source()
	a.openapi.build = func() error { return a.describe(info, o) }
	if a.dev || o.Production {
		a.serveOpenAPI(o, info.Title)
	}
}

// serveOpenAPI registers the routes of the document and its pages.
func (a *App) serveOpenAPI(o openapi.Options, title string) {
	get := func(path string, h Handler) {
		if path == "" {
			return
		}
		route := a.Get(path, h).Doc(openapi.Doc{Hidden: true})
		switch {
		case o.Auth != nil:
			route.Auth(*o.Auth)
		case a.dev:
			route.AllowAnonymous()
		}
	}
	get(o.JSONPath, func(req Request) Response { return a.openapi.document.Load().ServeJSON(req) })
	get(o.YAMLPath, func(req Request) Response { return a.openapi.document.Load().ServeYAML(req) })
	if o.SwaggerPath != "" {
		page := ui.Swagger(o.JSONPath, title)
		get(o.SwaggerPath, page.Page)
		get(o.SwaggerPath+"/{asset}", page.Asset)
	}
	if o.ReDocPath != "" {
		page := ui.ReDoc(o.JSONPath, title)
		get(o.ReDocPath, page.Page)
		get(o.ReDocPath+"/{asset}", page.Asset)
	}
}

// describe makes the document of the routes. Its mistakes are those of the setup.
func (a *App) describe(info openapi.Info, o openapi.Options) error {
	operations := a.router.Operations()
	if a.auth.HasSchemes() {
		for i := range operations {
			access := a.auth.Access(operations[i].Info)
			operations[i].Access, operations[i].Refusals = &access, a.auth.Refusals(access)
		}
	}
	document, err := openapi.Build(info, o, operations, a.router.Compiler(), a.auth.SecuritySchemes())
	if err != nil {
		var errs []error
		for _, e := range router.Unjoin(err) {
			errs = append(errs, fmt.Errorf("%s: UseOpenAPI: %w", a.openapi.source, e))
		}
		return errors.Join(errs...)
	}
	for _, note := range document.Notes() {
		a.options.logger().Info("soay: OpenAPI: " + note)
	}
	a.openapi.document.Store(document)
	return nil
}

// WriteOpenAPI writes the OpenAPI document of an app as JSON, for build scripts. The app need not
// run, and its hooks and factories do not either, but its setup must be complete: nothing can be
// registered any more afterwards. An app without UseOpenAPI is an error, and so are the mistakes of
// the setup.
func WriteOpenAPI(a *App, w io.Writer) error {
	a.life.Lock()
	err := a.prepare()
	a.life.Unlock()
	if err != nil {
		return err
	}
	document := a.openapi.document.Load()
	if document == nil {
		return errors.New("soay: WriteOpenAPI: the app does not call UseOpenAPI")
	}
	if _, err := w.Write(document.JSON()); err != nil {
		return fmt.Errorf("soay: WriteOpenAPI: %w", err)
	}
	return nil
}
