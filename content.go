package soay

import (
	"io/fs"

	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/response/view"
	"github.com/soay-go/soay/router"
)

// content has what the app knows of pages and files.
type content struct {
	viewsSource string // the place of the call of UseViews, "" without one
}

// UseViews reads the templates in fsys, an embedded folder or one on disk, for [view.Render] and its like. They are in the
// folders pages, layouts and partials of fsys, or of the only folder in it that has a folder pages. Mistakes in templates
// are reported when the app starts, with their lines. In development changed files are read again. See package view.
func (a *App) UseViews(fsys fs.FS, options ...view.Options) {
	const call = "UseViews"
	o := one(a, call, options)
	if a.content.viewsSource != "" {
		a.fail("%s: it was called at %s already", call, a.content.viewsSource)
		return
	}
	if !a.open(call) {
		return
	}
	a.content.viewsSource = router.Source()
	views, err := view.New(fsys, o, a.dev)
	if err != nil {
		a.failEach(call, err)
		return
	}
	inject.AddInstance(&a.services.container, views, nil, a.content.viewsSource)
}
