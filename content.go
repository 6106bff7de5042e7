package soay

import (
	"cmp"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/files"
	"github.com/soay-go/soay/response/view"
	"github.com/soay-go/soay/router"
)

// content has what the app knows of pages and files.
type content struct {
	viewsSource string // the place of the call of UseViews, "" without one
	statics     []static
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

// static is a folder that is served. Its prefix has no slash at its end.
type static struct {
	prefix, source string
	set            *files.Set
}

// Static serves the files of a folder below a prefix, such as /static, or / for the whole app:
//
//	app.Static("/static", files.Dir("public"))
//
// Every other route that matches a path comes first, and other methods than GET and HEAD get 405. Nothing outside of the
// folder is served, and nothing hidden, see [files.Set.Serve]; the options are those of [files.Options]. In templates asset
// "/static/app.css" is a URL that changes with the file, and elsewhere [Request.Asset] is.
//
// The files are open to everybody, also after UseAuthorization and whatever the app asks for; Auth on the route that Static
// returns replaces that. What is set on the route holds for the prefix itself, too. It does not stand in the description
// of the API. A folder, an index or a fallback that is not there is a mistake that the start reports.
func (a *App) Static(prefix string, source files.Source, options ...files.Options) *Route {
	const call = "Static"
	o := one(a, call, options)
	s := static{prefix: strings.TrimRight(prefix, "/"), source: router.Source()}
	handler := func(Request) Response { return response.NotFound() }
	if err := a.checkPrefix(prefix, s.prefix); err != nil {
		a.fail("%s: %w", call, err)
	} else if a.open(call) {
		var err error
		setup := files.Setup{Prefix: s.prefix, Logger: a.options.logger(), Development: a.dev}
		if s.set, err = files.NewIn(setup, source, o); err != nil {
			a.failEach(call, err)
		} else {
			handler = s.set.Handler()
			a.content.statics = append(a.content.statics, s)
		}
	}
	return router.HandleFolder(a.router.Root().Group(s.prefix).AllowAnonymous(), handler)
}

// checkPrefix returns what is wrong with the prefix of Static.
func (a *App) checkPrefix(prefix, clean string) error {
	if prefix == "" || prefix[0] != '/' || strings.ContainsAny(prefix, `{}<>:*%\?#`) || clean != "" && !fs.ValidPath(clean[1:]) {
		return fmt.Errorf("%q is no plain path such as /static", prefix)
	}
	for _, other := range a.content.statics {
		if other.prefix == clean {
			return fmt.Errorf("%q is the prefix of the call at %s already", cmp.Or(clean, "/"), other.source)
		}
	}
	return nil
}

// static returns the folder that serves a path, and the name in it.
func (c *content) static(path string) (s static, name string, ok bool) {
	for _, candidate := range c.statics {
		rest, found := strings.CutPrefix(path, candidate.prefix+"/")
		if found && (!ok || len(candidate.prefix) > len(s.prefix)) {
			s, name, ok = candidate, rest, true
		}
	}
	return s, name, ok
}

// URL implements [request.Assets]. A query and a fragment stay behind the path.
func (c *content) URL(path string) (string, bool) {
	rest := ""
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path, rest = path[:i], path[i:]
	}
	s, name, ok := c.static(path)
	if !ok {
		return "", false
	}
	inside, ok := s.set.Lookup(name)
	return (&url.URL{Path: s.prefix}).EscapedPath() + "/" + inside + rest, ok
}

// Integrity implements [request.Assets].
func (c *content) Integrity(path string) (string, bool) {
	s, name, ok := c.static(path)
	if !ok {
		return "", false
	}
	hash := s.set.Integrity(name)
	return hash, hash != ""
}
