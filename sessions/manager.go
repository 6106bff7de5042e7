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
	warnInsecure sync.Once
	noteInsecure sync.Once
}

// NewManager returns a manager that keeps sessions in cookies sealed with key. The error names
// every setting that is wrong.
func NewManager(key string, options Options) (*Manager, error) {
	if err := errors.Join(options.check(key)...); err != nil {
		return nil, err
	}
	return &Manager{opts: options.withDefaults(key)}, nil
}

// Open makes s readable with what r carries; https tells whether the client reached us by it.
// Nothing is decoded before the first use.
func (m *Manager) Open(s Session, r *http.Request, https bool) {
	s.slot.open(m, r, https)
}

// load reads the session of r. Whatever is wrong with the cookie, the result is an empty session.
func (m *Manager) load(r *http.Request, https bool) *record {
	rec := &record{manager: m, https: https}
	name := m.cookieName(https)
	value, count := header.Cookie(r.Header["Cookie"], name)
	if count == 0 {
		return rec
	}
	rec.sent = true
	p, err := m.decode(name, value, count, rec.room[:])
	if err != nil {
		m.opts.Logger.DebugContext(r.Context(), "sessions: cookie refused",
			slog.String("cookie", name), slog.Any("reason", err))
		return rec
	}
	rec.entries, rec.id, rec.created, rec.seen, rec.stored = p.entries, p.id, p.created, p.seen, true
	return rec
}

func (m *Manager) decode(name, value string, count int, room []entry) (payload, error) {
	if count > 1 {
		return payload{}, fmt.Errorf("sessions: the request has %d cookies of this name", count)
	}
	if len(name)+len(value) > maxCookieBytes {
		return payload{}, &SizeError{Size: len(name) + len(value), Limit: maxCookieBytes}
	}
	data, err := m.opts.Codec.Decode(name, value)
	if err != nil {
		return payload{}, fmt.Errorf("sessions: open the seal: %w", err)
	}
	p, err := decodePayload(data, room)
	if err != nil {
		return payload{}, err
	}
	now := time.Now()
	if p.created.After(now.Add(maxSkew)) {
		return payload{}, errors.New("sessions: the session is from the future")
	}
	if !now.Before(p.created.Add(m.opts.MaxAge)) || !now.Before(p.seen.Add(m.opts.IdleTimeout)) {
		return payload{}, errors.New("sessions: the session has expired")
	}
	return p, nil
}

// maxSkew is how far the clock of another instance that sealed a session may be ahead.
const maxSkew = 5 * time.Minute

// Used reports whether anything looked at s, so that the response depends on the cookie.
func (m *Manager) Used(s Session) bool { return s.touched() != nil }

// Commit seals the changes of s and returns the cookie to set for host, nil where there is nothing
// to send. Afterwards the session can only be read. When something cannot be saved the error says
// what, and nothing of the session is.
func (m *Manager) Commit(s Session, host string) (*http.Cookie, error) {
	rec := s.touched()
	if rec == nil {
		return nil, nil
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.committed = true
	if rec.err != nil {
		return nil, rec.err
	}
	now := time.Now()
	slide := rec.stored && now.Sub(rec.seen) >= m.opts.IdleTimeout/2
	empty := len(rec.entries) == 0
	if !rec.changed && !slide || empty && !rec.sent {
		return nil, nil
	}
	name, secure := m.cookieName(rec.https), m.isSecure(rec.https, host)
	if empty {
		return m.deletion(name, secure), nil
	}
	return m.seal(rec, name, secure, now)
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
	if rec := s.slot.rec.Load(); rec != nil && rec.gen == s.gen {
		return rec
	}
	return nil
}

// seal returns the cookie for rec, whose mutex is held.
func (m *Manager) seal(rec *record, name string, secure bool, now time.Time) (*http.Cookie, error) {
	rec.identify()
	p := payload{created: rec.created, seen: now, id: rec.id, entries: rec.entries}
	if p.created.IsZero() {
		p.created = now
	}
	value, err := m.opts.Codec.Encode(name, p.encode())
	if err != nil {
		return nil, fmt.Errorf("sessions: seal the cookie: %w", err)
	}
	if size := len(name) + len(value); size > maxCookieBytes {
		return nil, &SizeError{Size: size, Limit: maxCookieBytes}
	}
	if !header.ValidCookieValue(value) {
		return nil, errors.New("sessions: the codec made a value that is no cookie value")
	}
	c := m.newCookie(name, value, secure)
	if m.opts.Persistent {
		left := p.created.Add(m.opts.MaxAge).Sub(now)
		c.MaxAge = max(1, int(min(left, m.opts.IdleTimeout).Seconds()))
	}
	return c, nil
}
