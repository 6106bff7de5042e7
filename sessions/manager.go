package sessions

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
)

// Manager reads sessions from requests and commits their changes. It is for the code that serves
// requests: the middleware of App.UseSessions and App.UseSessionStore has one, and tells the anti-forgery
// check the name and the security of its cookie. A Manager holds no session itself and is safe for
// concurrent use. It is for the framework.
type Manager struct {
	opts         Options
	backend      backend
	store        string // what observers call it
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
	m := &Manager{opts: options, store: "cookie"}
	m.backend = &cookieBackend{&m.opts}
	return m
}

// NewStoreManager returns a manager that keeps sessions in a store, while the cookie holds only the
// key to one record. The error names every setting that is wrong, including those of the store if it
// has a method Check() error.
// It is for the framework.
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
	m := &Manager{opts: options.withDefaults(), store: strings.TrimPrefix(fmt.Sprintf("%T", store), "*")}
	m.backend = &storeBackend{store: store, opts: &m.opts}
	return m, nil
}

// IsStored reports whether the sessions are in a store, so that their end is final.
func (m *Manager) IsStored() bool {
	_, ok := m.backend.(*storeBackend)
	return ok
}

// Open returns s as a session that can be used. https tells whether the client used https. Nothing is
// decoded before the first use.
func (m *Manager) Open(s Session, https bool) Session { return s.openedBy(m, https) }

// load reads the session of the request that s stands for. If anything is wrong with the cookie, the result is an
// empty session.
func (m *Manager) load(s Session) *record {
	r, https := s.source, s.is(overHTTPS)
	rec := &record{manager: m, https: https, ctx: s.context(), operation: s.slot.Operation}
	name := m.CookieName(https)
	value, count := header.Cookie(http1.Values(r, "Cookie"), name)
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

// open fills the record from the value of a cookie, and reports whether the cookie is that of a session. If
// this cannot be found out, it sets rec.unavailable.
func (m *Manager) open(rec *record, name, value string) bool {
	if size := len(name) + len(value); size > header.MaxCookieBytes {
		m.refused(rec, name, &SizeError{Size: size, Limit: header.MaxCookieBytes})
		return false
	}
	ctx, end := rec.begin("session.load")
	err := m.backend.open(ctx, rec, name, value)
	if unavailable, ok := errors.AsType[*UnavailableError](err); ok {
		rec.unavailable = unavailable
		end(unavailable)
		return false
	}
	end(nil) // a cookie that is none of a session is no failure
	if err != nil {
		m.refused(rec, name, err)
	}
	return err == nil
}

func (m *Manager) refused(rec *record, name string, reason error) {
	m.opts.Logger.DebugContext(rec.ctx, "sessions: cookie refused", slog.String("cookie", name), slog.Any("reason", reason))
}

// Commit saves the changes of s and returns the cookie to set for host, nil for none. Afterwards the
// session is read-only. A non-nil error means that nothing of the session was saved, except that a
// Destroy was carried out if there was one; then there is a cookie beside the error.
func (m *Manager) Commit(s Session, host string) (*http.Cookie, error) {
	// This is inlined, so a cookie that the caller only reads stays off the heap.
	return m.commit(new(http.Cookie), s, host)
}

// commit is Commit that writes the cookie to c.
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

// save saves a record and sets rec.cookieUpdate. The caller holds the mutex.
func (m *Manager) save(rec *record) (err error) {
	rec.committed = true
	switch {
	case rec.unavailable != nil:
		return rec.unavailable
	case rec.err != nil:
		err = rec.err
	case rec.recentlySeen && !rec.changed:
		return nil // so most requests do not ask for the time
	default:
		err = m.saveNow(rec)
	}
	if err == nil || !rec.destroyed {
		return err
	}
	if _, down := errors.AsType[*UnavailableError](err); down && (rec.storeID != "" || rec.duplicates != nil) {
		return err // the store has failed to do just that
	}
	return cmp.Or(m.saveEnd(rec), err)
}

// saveEnd saves a Destroy and no value that was set after it.
func (m *Manager) saveEnd(rec *record) error {
	rec.destroy()
	rec.err = nil
	return m.saveNow(rec)
}

// saveNow saves a record in the backend, and gives a persistent cookie its Max-Age.
func (m *Manager) saveNow(rec *record) (err error) {
	now := time.Now()
	rec.cookieUpdate, err = m.backend.save(rec, m.CookieName(rec.https), now)
	if m.opts.Persistent && rec.cookieUpdate.value != "" {
		life := m.opts.expiry(rec.created, now).Sub(now)
		rec.cookieUpdate.maxAge = int32(min(math.MaxInt32, max(1, life.Seconds())))
	}
	return err
}

// cookie writes the cookie of rec.cookieUpdate to c and returns c, nil if the cookie does not change.
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

// Discard drops the changes of s, for a response that failed, and reports whether there were any. Only a
// Destroy is carried out, since it can do nothing but end the session; its cookie is returned as by Commit.
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
