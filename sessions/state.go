package sessions

import (
	"context"
	"net/http"
)

// State is a [Session] as the code sees it that serves the request: packages request and middleware.
// It is for the framework; handlers have no use for it. None of its methods loads the session but
// ReserveID and CopyTo, so asking about a session that no handler has used costs no decoding. A State
// is as small as its Session and is made anew where it is needed.
//
// All methods are safe for concurrent use. Those that restrict a session do so for its own generation:
// called too late, they change nothing for the next request in the same [Slot].
type State struct{ session Session }

// StateOf returns the state of a session, for the framework: what only it needs to know of a session, and to do with it.
func StateOf(s Session) State { return State{s} }

// Source returns the request that the session is read from. Its Header may be nil, see package http1.
func (s State) Source() *http.Request { return s.session.source }

// Context returns the context of that request, or the one that [Slot.SetContext] has given to it.
func (s State) Context() context.Context { return s.session.context() }

// ObservedContext returns the context that [Slot.SetContext] has given to the request, whatever has replaced it since. It
// is nil for none.
func (s State) ObservedContext() context.Context {
	ctx, _ := s.session.observedContext()
	return ctx
}

// WithSource returns the same session, read from another request if it has not been loaded yet.
func (s State) WithSource(r *http.Request) Session {
	s.session.source = r
	return s.session
}

// Generation returns the generation of the slot that the session belongs to.
func (s State) Generation() uint64 { return s.session.generation() }

// FixScheme returns the same session, marked as one for whose request something was decided by the
// scheme, such as the name of its cookie. A scheme that changes afterwards is a mistake in the program.
func (s State) FixScheme() Session {
	s.session.gen |= schemeFixed
	return s.session
}

// IsSchemeFixed reports whether FixScheme has marked the session.
func (s State) IsSchemeFixed() bool { return s.session.is(schemeFixed) }

// Limit returns the same session for a handler that may be abandoned. This copy, and copies of it, end with [State.Abandon].
func (s State) Limit() Session {
	s.session.gen |= limited
	return s.session
}

// IsLimited reports whether Limit has returned the session.
func (s State) IsLimited() bool { return s.session.is(limited) }

// Settle decides that the handler was in time, so that it cannot be abandoned any more. It is false if the handler has
// been abandoned.
func (s State) Settle() bool { return s.session.slot.decide(s.session.generation(), settled) }

// Abandon decides that the handler was not in time. It is false if Settle came before.
func (s State) Abandon() bool { return s.session.slot.decide(s.session.generation(), abandoned) }

// IsLoaded reports whether anything has used the session, so that the response depends on the cookie.
func (s State) IsLoaded() bool { return s.session.loaded() != nil }

// IsModified reports whether anything has changed the session, whatever became of the change.
func (s State) IsModified() bool {
	rec := s.session.loaded()
	return rec != nil && rec.modified()
}

// ReserveID returns the identity of the session or, as long as it has none, the one that it will have
// if this request sets its first value. This alone saves nothing, and a session that stays empty has no
// identity. It is for data that must be bound to a session which may begin later in the same request.
func (s State) ReserveID() string {
	rec := s.session.open()
	if rec == nil {
		return ""
	}
	id := rec.identity()
	if id == "" {
		s.session.change(rec, func() { rec.reserve(); id = rec.id })
	}
	return id
}

// HasReadFlash reports whether the request has read a flash value.
func (s State) HasReadFlash() bool {
	rec := s.session.loaded()
	return rec != nil && rec.readFlash.Load()
}

// EndFlash removes the flash values that the request has read. It is called before [Manager.Commit], with a
// response that could show them.
func (s State) EndFlash() {
	if rec := s.session.loaded(); rec != nil {
		rec.change(rec.endFlash)
	}
}

// MakeReadOnly makes every later change of the session a misuse: nothing would save it. [Manager.Commit]
// does this only for sessions that have been loaded.
func (s State) MakeReadOnly() {
	if slot := s.session.slot; slot != nil {
		slot.readOnly.set(s.session.generation())
	}
}

// IsReadOnly reports whether a change of the session would be a misuse: the response has been decided, the request has
// ended, or it is a detached copy.
func (s State) IsReadOnly() bool {
	slot := s.session.slot
	if slot == nil || !slot.Holds(s.session) || slot.readOnly.isSet(s.session.generation()) {
		return true
	}
	rec := s.session.loaded()
	return rec != nil && !rec.change(func() {})
}

// ClearBut removes all values but those of these keys, which stay as they are, and makes it the session of nobody. In a
// store it removes also what other requests set meanwhile.
func (s State) ClearBut(keys []string) {
	if rec := s.session.open(); rec != nil {
		s.session.change(rec, func() { rec.clearBut(keys) })
	}
}

// PreventLoad makes the first use of the session a misuse that finds nothing: the response goes out as
// one that is the same for everybody. A session that is loaded already stays readable.
func (s State) PreventLoad() {
	if slot := s.session.slot; slot != nil {
		slot.loadPrevented.set(s.session.generation())
	}
}

// ForReplacement returns the session for a page that takes the place of the response it was opened for:
// readable, also after PreventLoad, and read-only. Where no [Manager] opens the sessions of the slot, or
// the request has ended, it returns the session as it is.
func (s State) ForReplacement(https bool) Session {
	slot := s.session.slot
	if slot == nil || !slot.Holds(s.session) {
		return s.session
	}
	slot.finish(s.session.generation())
	if m := slot.manager.Load(); m != nil {
		return s.session.openedBy(m, https)
	}
	return s.session
}

// CommittedCookie returns the cookie once more that [Manager.Commit] or [Manager.Discard] has returned
// for the session, nil for none. It is for a response that takes the place of the one it was made for.
func (s State) CommittedCookie(host string) *http.Cookie {
	rec := s.session.loaded()
	if rec == nil {
		return nil
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return rec.manager.cookie(new(http.Cookie), rec, host)
}

// CopyTo is [Session.Detach] into a given slot, which must be new, for the copy r of the request.
func (s State) CopyTo(slot *Slot, r *http.Request) Session {
	old, c := s.session, slot.Begin(r)
	StateOf(c).MakeReadOnly()
	if old.slot == nil || !old.is(opened) && old.loaded() == nil && old.slot.Holds(old) {
		return c // an app without sessions
	}
	if rec := old.open(); rec != nil {
		c = c.openedBy(rec.manager, rec.https)
		slot.rec.Store(rec.clone(c.generation()))
	}
	return c
}
