package files

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// Set is a folder that is served. Make one by [New], or let [soay.App.Static] do it. It is safe for concurrent use.
type Set struct {
	options Options
	setup   Setup
	tree    tree
	cache   cache
	pools   []*compress.Pool // of Options.Compress
	hashes  sync.Map         // of the files of a file system, as they were at the start: hashed by name
	locks   [16]sync.Mutex   // one of them is held while a file is read for the cache
	told    once
}

// Setup is what an app tells a set. It is for the framework.
type Setup struct {
	Prefix      string       // of the paths of the files, without a slash at its end
	Logger      *slog.Logger // for what no request is there for; nil means slog.Default()
	Development bool         // files are looked at each time, and URLs have plain names
}

// New opens a source, for handlers that call [Set.Serve]. The error joins all mistakes: a folder, an index or a fallback
// that is not there, and options that are wrong.
func New(source Source, options ...Options) (*Set, error) {
	return NewIn(Setup{}, source, options...)
}

// NewIn is [New] for a set that an app serves. It is for the framework.
func NewIn(setup Setup, source Source, options ...Options) (*Set, error) {
	if len(options) > 1 {
		return nil, fmt.Errorf("%d options; pass one", len(options))
	}
	s := &Set{setup: setup}
	if len(options) > 0 {
		s.options = options[0]
	}
	var err error
	if s.tree, err = source.open(); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	s.options.Recheck = cmp.Or(s.options.Recheck, defaultRecheck)
	if setup.Development {
		s.options.Recheck = 0
	}
	for _, coder := range s.options.Compress {
		s.pools = append(s.pools, compress.NewPool(coder))
	}
	s.cache.limit = cmp.Or(s.options.MemoryBytes, defaultMemoryBytes)
	if t, ok := s.tree.(fsTree); ok {
		return s, s.hashAll(t)
	}
	return s, nil
}

func (s *Set) logger() *slog.Logger { return cmp.Or(s.setup.Logger, slog.Default()) }

// Handler returns the handler for the paths below the prefix of the setup, and for the prefix itself. It is for the
// framework.
func (s *Set) Handler() request.Handler {
	return func(req request.Request) response.Response {
		hr := request.StateOf(req).Source()
		// An encoded slash is a mark in this path, so it never becomes one that leads into a folder.
		path, err := request.RoutingPath(hr.URL)
		if err != nil {
			return response.Error(err)
		}
		rest := strings.TrimPrefix(path, s.setup.Prefix)
		if rest == "" {
			return redirect(hr, lastSegment(hr)+"/")
		}
		return s.serve(req, hr, rest[1:])
	}
}

// Serve returns the file of this name in the folder. A name that ends in a slash, and the empty one, is that of a folder,
// and so is the rest of a path that a catch-all has found. The answer is a 404 with the app's page, and the reason only in
// the log,
//   - for a name with an empty or dot segment, a backslash, a NUL, or bytes that are no UTF-8;
//   - for hidden names, on every system: a segment that begins with a dot, that ends in ~, a dot, a space, .bak, .swp,
//     .orig or .tmp, that has a colon, or that is a device or a short name of Windows, such as con.txt and git~1;
//   - for a link out of the folder, for what is neither a file nor a folder, and for what must not be read;
//   - for a compressed sibling under its own name, and for a file with a slash behind it.
//
// Methods other than GET and HEAD get 405. Nothing of it looks at the session.
func (s *Set) Serve(req request.Request, name string) response.Response {
	hr := request.StateOf(req).Source()
	if hr.Method != http.MethodGet && hr.Method != http.MethodHead {
		return response.Error(problem.New(http.StatusMethodNotAllowed, "")).WithHeader("Allow", "GET, HEAD")
	}
	return s.serve(req, hr, name)
}

func (s *Set) serve(req request.Request, hr *http.Request, name string) response.Response {
	redirects := s.options.HTMLExtension && strings.HasSuffix(name, ".html")
	if i := s.cache.get(name); i != nil && !redirects && s.isCurrent(i) {
		return i.resource.answer(hr, i.as)
	}
	return s.find(req, hr, name)
}

// isCurrent reports whether what is known under a name still holds.
func (s *Set) isCurrent(i *item) bool {
	if i.resource.steady {
		return true
	}
	now := time.Now().UnixNano()
	checked := i.checked.Load()
	if now-checked < int64(s.options.Recheck) {
		return true
	}
	if s.options.Recheck > 0 && !i.checked.CompareAndSwap(checked, now) {
		return true // another request looks
	}
	if s.tree.moved() {
		s.cache.clear()
		return false
	}
	if i.isOther || i.resource.young {
		return false
	}
	found, err := s.look(i.resource.name)
	return err == nil && s.isSame(found, i.resource.found)
}

// once remembers what has been told already, so that a client cannot fill the log.
type once struct {
	sync.Mutex
	said map[string]bool
}

// maxTold limits what is remembered; more is not told.
const maxTold = 1000

func (o *once) first(key string) bool {
	o.Lock()
	defer o.Unlock()
	if o.said[key] || len(o.said) >= maxTold {
		return false
	}
	if o.said == nil {
		o.said = map[string]bool{}
	}
	o.said[key] = true
	return true
}

// tell logs once why a file is not served.
func (s *Set) tell(name string, err error) {
	if text := err.Error(); s.told.first(name + "\x00" + text) {
		s.logger().Warn("soay: a static file is not served", "file", name, "error", text)
	}
}
