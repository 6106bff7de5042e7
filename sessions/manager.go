package sessions

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/soay-go/soay/request/header"
)

// Manager reads sessions from requests and commits their changes. It holds no session itself and is
// safe for concurrent use.
type Manager struct {
	opts         Options
	keeper       keeper
	warnInsecure sync.Once
	noteInsecure sync.Once
}

// NewManager returns a manager that keeps sessions in cookies sealed with key. The error names
// every setting that is wrong.
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
	m.keeper = &cookieKeeper{&m.opts}
	return m
}

// NewStoreManager returns a manager that keeps sessions in a store; the browser holds the way to
// one record. The error names every setting that is wrong, those of the store included if it has a
// method Check() error.
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
	m.keeper = &storeKeeper{store: store, opts: &m.opts}
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
	rec.sent = true
	err := m.open(rec, name, value, count)
	if fault, ok := errors.AsType[*UnavailableError](err); ok {
		rec.fault = fault
	} else if err != nil {
		m.opts.Logger.DebugContext(r.Context(), "sessions: cookie refused",
			slog.String("cookie", name), slog.Any("reason", err))
	}
	return rec
}

func (m *Manager) open(rec *record, name, value string, count int) error {
	if count > 1 {
		return fmt.Errorf("sessions: the request has %d cookies of this name", count)
	}
	if size := len(name) + len(value); size > maxCookieBytes {
		return &SizeError{Size: size, Limit: maxCookieBytes}
	}
	return m.keeper.open(rec, name, value)
}

// maxSkew is how far the clock of another instance that sealed a session may be ahead.
const maxSkew = 5 * time.Minute

// Used reports whether anything looked at s, so that the response depends on the cookie.
func Used(s Session) bool { return s.touched() != nil }

// Commit saves the changes of s and returns the cookie to set for host, nil where there is nothing
// to send. Afterwards the session can only be read. When something cannot be saved the error says
// what, and nothing of the session is.
func (m *Manager) Commit(s Session, host string) (*http.Cookie, error) {
	// This is inlined, so a cookie that the caller only reads stays off the heap.
	return m.commit(new(http.Cookie), s, host)
}

// commit is Commit with the place for the cookie.
func (m *Manager) commit(c *http.Cookie, s Session, host string) (*http.Cookie, error) {
	rec := s.touched()
	if rec == nil {
		return nil, nil
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.committed = true
	switch {
	case rec.fault != nil:
		return nil, rec.fault
	case rec.err != nil:
		return nil, rec.err
	case rec.fresh && !rec.changed:
		return nil, nil // which spares most requests a look at the clock
	}
	now := time.Now()
	name := m.CookieName(rec.https)
	told, err := m.keeper.save(rec, name, now)
	if err != nil || told == (instruction{}) {
		return nil, err
	}
	*c = m.newCookie(name, told.value, m.IsSecure(rec.https, host))
	switch {
	case told.remove:
		c.MaxAge, c.Expires = -1, time.Unix(1, 0)
	case m.opts.Persistent:
		c.MaxAge = max(1, int(m.opts.expiry(rec.created, now).Sub(now).Seconds()))
	}
	return c, nil
}

// Discard drops the changes of s, for a response that failed, and reports whether there were any.
func (m *Manager) Discard(s Session) bool {
	rec := s.touched()
	if rec == nil {
		return false
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.committed = true
	return rec.changed
}

// touched returns the record if the handler looked at the session.
func (s Session) touched() *record {
	if s.slot == nil {
		return nil
	}
	if rec := s.slot.rec.Load(); rec != nil && rec.gen == s.generation() {
		return rec
	}
	return nil
}
