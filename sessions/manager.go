package sessions

import (
	"cmp"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"sync"
	"time"

	"github.com/soay-go/soay/request/header"
)

// Manager reads sessions from requests and commits their changes. It is for the code that serves
// requests: the middleware of App.UseSessions and App.UseSessionStore has one, and tells the anti-forgery
// check the name and the security of its cookie. A Manager holds no session itself and is safe for
// concurrent use. It is for the framework.
type Manager struct {
	opts         Options
	backend      backend
	warnInsecure sync.Once
	noteInsecure sync.Once
}

// NewManager returns a manager that keeps sessions in cookies sealed with key. The error names
// every setting that is wrong. It is for the framework.
func NewManager(key string, options Options) (*Manager, error) {
	if err := errors.Join(options.check(key)...); err != nil {
		return nil, err
	}
	if options.Codec == nil {
		options.Codec = NewCodec(key, options.PreviousKeys...)
	}
	return newCookieManager(options.withDefaults()), nil
}

func newCookieManager(options Options) *Manager {
	m := &Manager{opts: options}
	m.backend = &cookieBackend{&m.opts}
	return m
}

// NewStoreManager returns a manager that keeps sessions in a store; the browser holds the way to
// one record. The error names every setting that is wrong, those of the store included if it has a
// method Check() error. It is for the framework.
func NewStoreManager(store Store, options Options) (*Manager, error) {
	errs := options.checkForStore()
	if store == nil {
		errs = append(errs, errors.New("sessions: the store is nil"))
	}
	if s, ok := store.(interface{ Check() error }); ok {
		errs = append(errs, s.Check())
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	m := &Manager{opts: options.withDefaults()}
	m.backend = &storeBackend{store: store, opts: &m.opts}
	return m, nil
}

// Open returns s such that it can be used; https tells whether the client reached us by it. Nothing is
// decoded before the first use.
func (m *Manager) Open(s Session, https bool) Session { return s.openedBy(m, https) }

// load reads the session of r. Whatever is wrong with the cookie, the result is an empty session.
func (m *Manager) load(r *http.Request, https bool) *record {
	rec := &record{manager: m, https: https, ctx: r.Context()}
	name := m.CookieName(https)
	value, count := header.Cookie(r.Header["Cookie"], name)
	if count == 0 {
		return rec
	}
	rec.hadCookie = true
	if count > 1 {
		return m.choose(rec, r, name, count)
	}
	m.open(rec, name, value)
	return rec
}

// open fills the record from the value of a cookie, and reports whether it is that of a session. If nobody
// knows, the record has the fault.
func (m *Manager) open(rec *record, name, value string) bool {
	err := error(nil)
	if size := len(name) + len(value); size > header.MaxCookieBytes {
		err = &SizeError{Size: size, Limit: header.MaxCookieBytes}
	} else {
		err = m.backend.open(rec, name, value)
	}
	if fault, ok := errors.AsType[*UnavailableError](err); ok {
		rec.unavailable = fault
	} else if err != nil {
		m.refused(rec, name, err)
	}
	return err == nil
}

func (m *Manager) refused(rec *record, name string, reason error) {
	m.opts.Logger.DebugContext(rec.ctx, "sessions: cookie refused", slog.String("cookie", name), slog.Any("reason", reason))
}

// Commit saves the changes of s and returns the cookie to set for host, nil where there is nothing
// to send. Afterwards the session can only be read. When something cannot be saved the error says
// what, and nothing of the session is; but a Destroy is carried out all the same, and then there is a
// cookie beside the error.
func (m *Manager) Commit(s Session, host string) (*http.Cookie, error) {
	// This is inlined, so a cookie that the caller only reads stays off the heap.
	return m.commit(new(http.Cookie), s, host)
}

// commit is Commit with the place for the cookie.
func (m *Manager) commit(c *http.Cookie, s Session, host string) (*http.Cookie, error) {
	rec := s.loaded()
	if rec == nil {
		return nil, nil
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	var err error
	if !rec.committed {
		err = m.save(rec)
	}
	return m.cookie(c, rec, host), err
}

// save saves a record with the mutex held, and notes what the browser is told.
func (m *Manager) save(rec *record) (err error) {
	rec.committed = true
	switch {
	case rec.unavailable != nil:
		return rec.unavailable
	case rec.err != nil:
		err = rec.err
	case rec.recentlySeen && !rec.changed:
		return nil // which spares most requests a look at the clock
	default:
		err = m.keep(rec)
	}
	if err == nil || !rec.destroyed {
		return err
	}
	if _, down := errors.AsType[*UnavailableError](err); down && (rec.storeID != "" || rec.duplicates != nil) {
		return err // it is the end that the store could not do
	}
	return cmp.Or(m.saveEnd(rec), err)
}

// saveEnd saves a Destroy and nothing that was set after it.
func (m *Manager) saveEnd(rec *record) error {
	rec.destroy()
	rec.err = nil
	return m.keep(rec)
}

func (m *Manager) keep(rec *record) (err error) {
	now := time.Now()
	rec.cookieUpdate, err = m.backend.save(rec, m.CookieName(rec.https), now)
	if m.opts.Persistent && rec.cookieUpdate.value != "" {
		life := m.opts.expiry(rec.created, now).Sub(now)
		rec.cookieUpdate.maxAge = int32(min(math.MaxInt32, max(1, life.Seconds())))
	}
	return err
}

// cookie fills c with what the browser is told, and returns it, nil for nothing.
func (m *Manager) cookie(c *http.Cookie, rec *record, host string) *http.Cookie {
	if rec.cookieUpdate == (cookieUpdate{}) {
		return nil
	}
	*c = m.newCookie(m.CookieName(rec.https), rec.cookieUpdate.value, m.IsSecure(rec.https, host))
	c.MaxAge = int(rec.cookieUpdate.maxAge)
	if rec.cookieUpdate.remove {
		header.ExpireCookie(c)
	}
	return c
}

// Discard drops the changes of s, for a response that failed, and reports whether there were any. Only
// a Destroy is carried out, since it can but take away, and its cookie returned as Commit does.
func (m *Manager) Discard(s Session, host string) (c *http.Cookie, dropped bool, err error) {
	rec := s.loaded()
	if rec == nil {
		return nil, false, nil
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.committed = true
	if !rec.destroyed {
		return nil, rec.changed, nil
	}
	dropped = rec.err != nil || !rec.isEmpty()
	err = m.saveEnd(rec)
	return m.cookie(new(http.Cookie), rec, host), dropped, err
}

// loaded returns the record if the session has been loaded, else nil.
func (s Session) loaded() *record {
	if s.slot == nil {
		return nil
	}
	if rec := s.slot.rec.Load(); rec != nil && rec.gen == s.generation() {
		return rec
	}
	return nil
}
