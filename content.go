package soay

import (
	"io/fs"

	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/response/view"
	"github.com/soay-go/soay/router"
)

// content has what the app knows of pages and files.
type content struct {
	viewsSource string // the place of the call of UseViews, "" without one
}

// UseCompression compresses the answers to clients that accept it, error pages included: with gzip, and with other codings
// if [compress.Options] names them. Answers that depend on a session are compressed only for the app's own pages. See
// package [compress], and [Route.Uncompressed] for a route whose answers stay as they are.
func (a *App) UseCompression(options ...compress.Options) {
	use(a, phaseCompress, "UseCompression", options, compress.New)
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

// UseETags gives the answers to GET and HEAD a tag, which is a hash of their content: a client that has the same content
// already gets a 304 without any. The handler runs all the same, so this saves traffic, not work. It holds for known bytes
// of at most 1 MiB with status 200; a tag or a no-store of the handler stays, and an answer with a nonce in its
// Content-Security-Policy gets no tag. The tags are weak (RFC 9110 section 8.8.1): they are no use for If-Match.
func (a *App) UseETags() {
	if !a.open("UseETags") {
		return
	}
	if a.conditional.ETags {
		a.fail("UseETags: it was called at %s already", a.phases[phaseConditional][0].source)
		return
	}
	a.conditional.ETags = true
	a.install(phaseConditional, "UseETags", a.conditional.Middleware)
}
