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
// Values are encoded when they are set and decoded when they are read. So changing a slice or map
// after Set changes nothing in the session, and the result of Get belongs to the caller. A Session
// may be used by several goroutines at once as long as the handler has not returned. Afterwards it
// is dead: it panics in development and tests, and in production it is empty, ignores changes and
// logs one error. It never shows the data of another request.
//
// The first use loads it. If the store is down, the first and every other use ends the handler with a
// panic, which becomes a 503. In a goroutine that the handler has started, no one recovers a panic, and
// the program ends: so call [Session.Load] before the goroutines start.
type Session struct {
	slot   *Slot
	gen    uint64        // the generation of the slot, with the bits opened, overHTTPS and schemeFixed below it
	source *http.Request // the request that the session is read from
}

// Load loads the session, as the first use of it does, and returns an error instead of a panic. The error is
// an *[UnavailableError] if the store or Options.Epoch failed, which response.Error makes a 503, and another
// error for a Session that cannot be used. After nil, no use of the session panics as long as the handler
// has not returned, even if the store goes down meanwhile. So goroutines of the handler may use it:
//
//	if err := req.Session.Load(); err != nil {
//		return response.Error(err)
//	}
//
// Loading again costs nothing and has the same result.
func (s Session) Load() error {
	rec, err := s.recordOf()
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

// Lookup is Get, with a second result that tells a missing key from a nil value.
func (s Session) Lookup(key string) (any, bool) {
	return Get[any](s, key)
}

// find returns the record behind the session and the encoded value of key, if there is one.
func (s Session) find(key string) (rec *record, data []byte, ok bool) {
	if rec = s.open(); rec == nil {
		return nil, nil, false
	}
	data, ok = rec.read(key)
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
func (s Session) Set(key string, value any) { s.set(key, value, false) }

func (s Session) set(key string, value any, flash bool) {
	rec := s.open()
	if rec == nil {
		return
	}
	var buffer [smallBufferSize]byte
	if data, ok := rec.encodeSmall(buffer[:0], value); ok {
		s.change(rec, func() { rec.setSmall(key, data, flash) })
		return
	}
	data, err := rec.manager.opts.Serializer.Encode(value)
	s.change(rec, func() { rec.set(entry{key: key, data: data, flash: flash}, err) })
}

// Update sets every value of the map, as Set does.
func (s Session) Update(values map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		s.Set(key, values[key])
	}
}

// Delete removes the value of key. Deleting a missing value is no change.
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

// Flash stores a value that is to be shown once, such as a message for the page behind a redirect. It is read
// as every other value, and is gone after the first response that could show it. That is a response to a request
// which has read it, with a status of 200 to 299 and a body. Redirects, errors, 204, 304 and answers to HEAD show
// nothing, so they keep it, and so does a page that does not read it.
//
// Get, Lookup, Pop, All, Map and the typed functions read; Has, Keys, Len and the function [Modify] do not. What a
// stream reads while it is sent, or a goroutine from [Session.Detach], does not count either. A value may be set
// and shown by the same request. Two requests that read it at the same time both show it. In a store the value is
// removed only if it is still the one that was shown, so the next message is not lost.
//
// Flash replaces the value of key, and so does Set, whose value stays. Modify leaves a flash value one.
func (s Session) Flash(key string, value any) { s.set(key, value, true) }

// Pop returns the value of key as Get does and removes it, also with a redirect. See the function [Pop] for typed
// values.
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

// All iterates over the keys and values as they are when the loop starts. The loop may change the
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
			rec.read(e.key)
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

// Modified reports whether this request has changed the session, also by the function [Modify].
func (s Session) Modified() bool {
	rec := s.open()
	return rec != nil && rec.modified()
}

// ID returns the identity of the session: a random text that stays the same until Renew or Destroy,
// and "" for a session that has never held a value. It is no secret: a client that knows it cannot
// take the session over.
func (s Session) ID() string {
	rec := s.open()
	if rec == nil {
		return ""
	}
	return rec.identity()
}

// Renew gives the session a new identity and keeps its data. Call it when a user logs in, so that a
// cookie which somebody planted in the browser before is not signed in. The absolute life of the
// session starts anew.
func (s Session) Renew() {
	if rec := s.open(); rec != nil {
		s.change(rec, rec.renew)
	}
}

// Destroy removes the data and the identity; the browser is told to delete the cookie. Call it when
// a user logs out. A value set afterwards, such as a flash message, starts a new session.
//
// Destroy is carried out however the request ends, also by a panic or with a status of 500. In a store it
// ends the session also if another request has given it a new identity meanwhile. If the store fails, the
// response is a 503.
func (s Session) Destroy() {
	if rec := s.open(); rec != nil {
		s.change(rec, rec.destroy)
	}
}

// User returns the user that SetUser has set, "" for nobody.
func (s Session) User() string {
	rec := s.open()
	if rec == nil {
		return ""
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return rec.user
}

// SetUser makes it the session of a user, so that all sessions of the user can be listed and ended; see
// [RevokeUser] and [Options.Epoch]. Call it when a user logs in. It gives the session a new identity
// as Renew does, unless it is the session of that user already. The empty text stands for nobody. A
// session in a cookie gets the present [Options.Epoch] of the user, even if it is the session of that user
// already. So a request which ends all sessions of its user can keep its own.
func (s Session) SetUser(user string) {
	if rec := s.open(); rec != nil {
		s.change(rec, func() { rec.setUser(user) })
	}
}

// New returns an empty session that belongs to no request, for unit tests of functions with a Session
// as a parameter. It panics on misuse.
func New() Session {
	slot := &Slot{Misuse: func(err error) { panic(err) }}
	m := newCookieManager(Options{Codec: NewCodec(NewKey())}.withDefaults())
	return m.Open(slot.Begin(&http.Request{}), false)
}

// Detach returns a read-only copy of the session as it is now, which stays readable after the handler
// has returned.
func (s Session) Detach() Session {
	slot := new(Slot)
	if s.slot != nil {
		slot.Misuse = s.slot.Misuse
	}
	return StateOf(s).CopyTo(slot, &http.Request{})
}

// open returns the record behind the session and loads it at the first use. It returns nil after it has
// reported a misuse, and for the zero Session.
func (s Session) open() *record {
	rec, err := s.recordOf()
	if err != nil {
		s.slot.misuse(err)
		return nil
	}
	if rec != nil && rec.unavailable != nil {
		panic(rec.unavailable)
	}
	return rec
}

// recordOf returns the record behind the session and loads it at the first use. It returns nil for the zero
// Session. The error says which misuse the call is.
//
// The order matters: the pointer to the record is loaded first and the generations are compared
// afterwards. So a slot that has begun another request in between is always noticed.
func (s Session) recordOf() (*record, error) {
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
		if s.is(limited) {
			return nil, errOverTime
		}
		return nil, errLate
	case rec == nil:
		return nil, errClosed
	}
	return rec, nil
}

// isWritable reports whether a change would be saved. If not, it reports a misuse.
func (s Session) isWritable(rec *record) bool { return s.change(rec, func() {}) }

// change calls f, which changes the record, and returns true. If the change would not be saved, it reports a
// misuse instead.
func (s Session) change(rec *record, f func()) bool {
	ok := !s.slot.readOnly.isSet(s.generation()) && rec.change(f)
	if !ok {
		s.slot.misuse(errCommitted)
	}
	return ok
}

// Misuses are mistakes in the program, never of the client.
var (
	errLate = errors.New("sessions: session used after its handler returned; " +
		"read what a goroutine needs before starting it, or give it req.Detach()")
	errOverTime = errors.New("sessions: session used after its handler returned, or after the time for it was over; " +
		"read what a goroutine needs before starting it, or give it req.Detach()")
	errClosed = errors.New("sessions: no session here; call app.UseSessions on this very app, " +
		"for one that is mounted in another does not have the sessions of that, " +
		"and use the session in handlers and later middleware only")
	errLoadPrevented = errors.New("sessions: session looked at by a stream that shared caches may keep; " +
		"look before the stream begins, or send it with Cache-Control: private")
	errCommitted = errors.New("sessions: session changed after its cookie was decided, " +
		"or in a detached copy; change it before the handler returns")
)
