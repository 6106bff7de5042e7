package sessions

import (
	"errors"
	"iter"
	"maps"
	"net/http"
	"slices"
)

// Session is the data of one visitor, as the handler of one request sees it. It is a small value,
// and copies of it are the same session.
//
// Values are encoded when they are set and decoded when they are read, so changing a slice or map
// after Set changes nothing in the session, and what Get returns belongs to the caller. A Session
// may be used by several goroutines at once as long as the handler has not returned. Afterwards it
// is dead: it panics in development and tests, and in production it is empty, ignores changes and
// logs one error. It never shows the data of another request.
//
// The first use loads it. If it cannot be known whose it is, since the store is down, that and every other
// use ends the handler by a panic, which becomes a 503. In a goroutine of the handler's nobody catches a
// panic, and the program ends: so call [Session.Load] before the goroutines start.
type Session struct {
	slot   *Slot
	gen    uint64        // the generation of the slot, and in the bits below it what Open said
	source *http.Request // what the session is read from
}

// Load looks at the session, as the first use of it does, and returns what is wrong instead of a panic: an
// *[UnavailableError] when what keeps the session does not work, which response.Error makes a 503, and
// another error for a Session that cannot be used. When it has returned nil, no use of the session panics as
// long as the handler has not returned, not even if the store goes down meanwhile. So goroutines of a handler
// may use it:
//
//	if err := req.Session.Load(); err != nil {
//		return response.Error(err)
//	}
//
// Loading again costs nothing and has the same result.
func (s Session) Load() error {
	rec, err := s.look()
	switch {
	case err != nil:
		return err
	case rec == nil:
		return errClosed
	case rec.unavailable != nil:
		return rec.unavailable
	}
	return nil
}

// Get returns the value of key, or nil where there is none.
//
// The JSON serializer gives back string, bool, nil, int for whole numbers that fit, float64 for
// other numbers, []any and map[string]any. Use the function [Get] to read a value as the type it
// was set with.
func (s Session) Get(key string) any {
	v, _ := s.Lookup(key)
	return v
}

// Lookup is Get that tells a missing key from a nil value.
func (s Session) Lookup(key string) (any, bool) {
	return Get[any](s, key)
}

// find returns the record behind the session and the encoded value of key, if there is one.
func (s Session) find(key string) (rec *record, data []byte, ok bool) {
	if rec = s.open(); rec == nil {
		return nil, nil, false
	}
	data, ok = rec.get(key)
	return rec, data, ok
}

// Has reports whether the session has a value for key.
func (s Session) Has(key string) bool {
	rec := s.open()
	if rec == nil {
		return false
	}
	_, ok := rec.get(key)
	return ok
}

// Set stores value under key. Setting the value that is already there is no change.
//
// A value that cannot be encoded is not stored and makes the request fail: the client gets a 500,
// nothing of the handler's body, and keeps its previous session. The logged error names the key.
func (s Session) Set(key string, value any) {
	rec := s.open()
	if rec == nil {
		return
	}
	var room [smallBufferSize]byte
	if data, ok := rec.encodeSmall(room[:0], value); ok {
		s.change(rec, func() { rec.setSmall(key, data) })
		return
	}
	data, err := rec.manager.opts.Serializer.Encode(value)
	s.change(rec, func() { rec.set(key, data, err) })
}

// Update sets every value of the map, as Set does.
func (s Session) Update(values map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		s.Set(key, values[key])
	}
}

// Delete removes the value of key. Deleting what is not there is no change.
func (s Session) Delete(key string) {
	if rec := s.open(); rec != nil {
		s.change(rec, func() { rec.delete(key) })
	}
}

// Clear removes all values. A session without values is deleted from the browser with the response.
func (s Session) Clear() {
	if rec := s.open(); rec != nil {
		s.change(rec, rec.clear)
	}
}

// Flash stores a value that the next Pop of key takes out, typically after a redirect. A second
// Flash before that replaces it.
func (s Session) Flash(key string, value any) {
	s.Set(key, value)
}

// Pop returns the value of key as Get does and removes it. See the function [Pop] for typed values.
func (s Session) Pop(key string) any {
	v := s.Get(key)
	if s.Has(key) {
		s.Delete(key)
	}
	return v
}

// Len returns the number of values.
func (s Session) Len() int {
	rec := s.open()
	if rec == nil {
		return 0
	}
	return len(rec.snapshot())
}

// Keys returns the keys in the order in which they were first set.
func (s Session) Keys() []string {
	rec := s.open()
	if rec == nil {
		return nil
	}
	entries := rec.snapshot()
	keys := make([]string, len(entries))
	for i, e := range entries {
		keys[i] = e.key
	}
	return keys
}

// All iterates over the keys and values as they are when the loop starts; the loop may change the
// session.
func (s Session) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		rec := s.open()
		if rec == nil {
			return
		}
		for _, e := range rec.snapshot() {
			var v any
			if rec.manager.opts.Serializer.Decode(e.data, &v) != nil {
				continue
			}
			if !yield(e.key, v) {
				return
			}
		}
	}
}

// Map returns a new map with all values, as Get returns them.
func (s Session) Map() map[string]any {
	return maps.Collect(s.All())
}

// Modified reports whether this request has changed the session, be it by the function [Update].
func (s Session) Modified() bool {
	rec := s.open()
	return rec != nil && rec.modified()
}

// ID returns the identity of the session: a random text that stays the same until Renew or Destroy,
// and "" for a session that has never held a value. It is no secret by itself: a client cannot take
// a session over by knowing it.
func (s Session) ID() string {
	rec := s.open()
	if rec == nil {
		return ""
	}
	return rec.identity()
}

// Renew gives the session a new identity and keeps its data. Call it when a user logs in, so that
// nothing planted in the browser before the login stays valid after it. The absolute life of the
// session starts anew.
func (s Session) Renew() {
	if rec := s.open(); rec != nil {
		s.change(rec, rec.renew)
	}
}

// Destroy removes the data and the identity; the browser is told to delete the cookie. Call it when
// a user logs out. A value set afterwards, such as a flash message, starts a new session.
//
// It is carried out however the request ends, also by a panic or with a status of 500. In a store it
// reaches the session also when another request has given it a new identity meanwhile; a store that fails
// makes the response a 503.
func (s Session) Destroy() {
	if rec := s.open(); rec != nil {
		s.change(rec, rec.destroy)
	}
}

// User returns the user that SetUser named, "" for nobody.
func (s Session) User() string {
	rec := s.open()
	if rec == nil {
		return ""
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return rec.user
}

// SetUser says whose session it is, so that all sessions of a user can be listed and ended; see
// [RevokeUser] and [Options.Epoch]. Call it when a user logs in. It gives the session a new identity
// as Renew does, unless it is the user's already. An empty text makes it nobody's. A session in a
// cookie takes the present [Options.Epoch] of the user, also if it is the user's already, so that a
// request which ends all sessions of its user can keep its own.
func (s Session) SetUser(user string) {
	if rec := s.open(); rec != nil {
		s.change(rec, func() { rec.own(user) })
	}
}

// open returns the record behind the session, loading it at the first use, or nil after reporting a
// misuse.
func (s Session) open() *record {
	rec, err := s.look()
	if err != nil {
		s.slot.misuse(err)
		return nil
	}
	if rec != nil && rec.unavailable != nil {
		panic(rec.unavailable)
	}
	return rec
}

// look returns the record behind the session, nil for the zero Session, or what misuse this is.
//
// The order matters: the record is loaded first and the generations are compared afterwards, so a
// slot that was handed to another request in between is always noticed.
func (s Session) look() (*record, error) {
	if s.slot == nil {
		return nil, nil
	}
	rec := s.slot.rec.Load()
	if rec == nil || rec.gen != s.generation() {
		if s.slot.loadPrevented.isSet(s.generation()) && s.slot.Holds(s) {
			return nil, errLoadPrevented
		}
		rec = s.load(rec)
	}
	switch {
	case !s.slot.Holds(s):
		return nil, errLate
	case rec == nil:
		return nil, errClosed
	}
	return rec, nil
}

// isOpen reports whether a change would be saved, and reports one that comes too late.
func (s Session) isWritable(rec *record) bool {
	ok := !s.slot.readOnly.isSet(s.generation()) && rec.change(func() {})
	if !ok {
		s.slot.misuse(errCommitted)
	}
	return ok
}

// change makes a change of the record, and reports one that comes too late to be saved.
func (s Session) change(rec *record, f func()) {
	if s.slot.readOnly.isSet(s.generation()) || !rec.change(f) {
		s.slot.misuse(errCommitted)
	}
}

// Misuses that are faults of the program, never of the client.
var (
	errLate = errors.New("sessions: session used after its handler returned; " +
		"read what a goroutine needs before starting it, or give it req.Detach()")
	errClosed = errors.New("sessions: no session here; call app.UseSessions on this very app, " +
		"for one that is mounted in another does not have the sessions of that, " +
		"and use the session in handlers and later middleware only")
	errLoadPrevented = errors.New("sessions: session looked at by a stream that shared caches may keep; " +
		"look before the stream begins, or send it with Cache-Control: private")
	errCommitted = errors.New("sessions: session changed after its cookie was decided, " +
		"or in a detached copy; change it before the handler returns")
)
