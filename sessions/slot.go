package sessions

import (
	"net/http"
	"sync/atomic"
)

// Slot is the place in a request's recycled state that holds its session. It is for the code that
// makes requests; handlers only meet the [Session] that it hands out.
//
// A slot lives through many requests. Each Begin starts a generation, each End finishes it, and a
// Session compares its generation on every use. Whatever a Session reads through the slot is either
// atomic or immutable, so a goroutine that outlives its request can find out that it is late
// without racing with the next one.
type Slot struct {
	// Misuse is told about faults of the program, such as a session used after its handler
	// returned. It may panic. Set it before the first Begin and never afterwards.
	Misuse func(error)

	gen     atomic.Uint64
	frozen  atomic.Uint64 // one more than the generation that can only be read from now on
	manager atomic.Pointer[Manager]
	source  atomic.Pointer[http.Request]
	rec     atomic.Pointer[record]
	https   atomic.Bool
}

// Begin starts a generation and returns its Session, which stays closed until a [Manager] opens it.
func (s *Slot) Begin() Session {
	return Session{slot: s, gen: s.gen.Load()}
}

// End finishes the generation: every Session of it is dead from here on.
func (s *Slot) End() {
	s.gen.Add(1)
	// Loads are cheaper than stores, and most requests leave both empty.
	if s.source.Load() != nil {
		s.source.Store(nil)
	}
	if s.rec.Load() != nil {
		s.rec.Store(nil)
	}
}

// Generation returns the current generation, for state that lives and dies with the slot.
func (s *Slot) Generation() uint64 { return s.gen.Load() }

// Holds reports whether a Session is of this slot and of its current generation.
func (s *Slot) Holds(session Session) bool {
	return session.slot == s && session.gen == s.gen.Load()
}

// GenerationOf returns the generation of a Session.
func GenerationOf(session Session) uint64 { return session.gen }

// open makes the session of this generation readable. What rarely differs from the last request is
// compared instead of stored.
func (s *Slot) open(m *Manager, r *http.Request, https bool) {
	if s.manager.Load() != m {
		s.manager.Store(m)
	}
	if s.https.Load() != https {
		s.https.Store(https)
	}
	s.source.Store(r)
}

// Freeze makes every later change in this generation a misuse: nothing would save it. The Manager's
// Commit does so only for sessions that have been looked at.
func (s *Slot) Freeze() { s.frozen.Store(s.gen.Load() + 1) }

func (s *Slot) misuse(err error) {
	if s.Misuse != nil {
		s.Misuse(err)
	}
}

// load makes the record for generation gen, in place of old, which is nil or the remnant of another
// generation. It returns nil where no manager has opened the session.
func (s *Slot) load(gen uint64, old *record) *record {
	manager, r, https := s.manager.Load(), s.source.Load(), s.https.Load()
	if s.gen.Load() != gen || r == nil {
		return nil
	}
	rec := manager.load(r, https)
	rec.gen = gen
	if s.rec.CompareAndSwap(old, rec) {
		return rec
	}
	// Another goroutine of the same handler was faster. A late goroutine of an earlier request may
	// have left its own record, which the comparison of generations tells apart.
	if now := s.rec.Load(); now != nil && now.gen == gen {
		return now
	}
	return s.load(gen, s.rec.Load())
}

// New returns an empty session that belongs to no request, for unit tests of code that takes a
// Session. It panics on misuse.
func New() Session {
	slot := &Slot{Misuse: func(err error) { panic(err) }}
	slot.open(newCookieManager(Options{Codec: NewCodec(NewKey())}.withDefaults()), &http.Request{}, false)
	return slot.Begin()
}

// Detach returns a copy of the session as it is now, which stays readable when the handler has
// returned. It cannot be changed.
func (s Session) Detach() Session {
	slot := new(Slot)
	if s.slot != nil {
		slot.Misuse = s.slot.Misuse
	}
	return s.CopyTo(slot)
}

// CopyTo is Detach into a given slot, which must be new.
func (s Session) CopyTo(slot *Slot) Session {
	slot.Freeze()
	if s.slot == nil || s.slot.source.Load() == nil && s.slot.gen.Load() == s.gen {
		return slot.Begin() // an app without sessions
	}
	if rec := s.open(); rec != nil {
		slot.open(rec.manager, &http.Request{}, rec.https)
		slot.rec.Store(rec.clone(slot.Generation()))
	}
	return slot.Begin()
}
