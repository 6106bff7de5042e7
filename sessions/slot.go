package sessions

import (
	"net/http"
	"sync/atomic"
)

// Slot is the place in a request's recycled state that holds its session. It is for the code that
// makes requests; handlers only meet the [Session] that it hands out.
//
// A slot lives through many requests. Each Begin starts a generation, each End finishes it, and a
// Session compares its generation on every use. What a Session needs of its request it carries
// itself, and whatever it reads through the slot is either atomic or immutable, so a goroutine that
// outlives its request can find out that it is late without racing with the next one.
type Slot struct {
	// Misuse is told about faults of the program, such as a session used after its handler
	// returned. It may panic. Set it before the first Begin and never afterwards.
	Misuse func(error)

	gen     atomic.Uint64 // counts in steps of nextGeneration
	frozen  atomic.Uint64 // one more than the generation that can only be read from now on
	shut    atomic.Uint64 // one more than the generation whose session cannot be read either
	manager atomic.Pointer[Manager]
	rec     atomic.Pointer[record]
}

// The bits of Session.gen below the generation. They are in the Session and not in the slot because
// most requests never look at their session: so there is nothing to write for it, and nothing to
// clear.
const (
	opened uint64 = 1 << iota // a Manager has opened it
	overHTTPS
	settled // something was decided by the scheme

	nextGeneration
)

// Begin starts a generation and returns its Session, which reads from r once a [Manager] has opened
// it.
func (s *Slot) Begin(r *http.Request) Session {
	return Session{slot: s, gen: s.gen.Load(), source: r}
}

// End finishes the generation: every Session of it is dead from here on.
func (s *Slot) End() {
	s.gen.Add(nextGeneration)
	// A load is cheaper than a store, and most requests leave it empty.
	if s.rec.Load() != nil {
		s.rec.Store(nil)
	}
}

// Generation returns the current generation, for state that lives and dies with the slot.
func (s *Slot) Generation() uint64 { return s.gen.Load() }

// Holds reports whether a Session is of this slot and of its current generation.
func (s *Slot) Holds(session Session) bool {
	return session.slot == s && session.generation() == s.gen.Load()
}

// GenerationOf returns the generation of a Session.
func GenerationOf(session Session) uint64 { return session.generation() }

// SourceOf returns the request that a Session is read from.
func SourceOf(session Session) *http.Request { return session.source }

// WithSource returns the same session, read from another request if it has not been looked at yet.
func WithSource(session Session, r *http.Request) Session {
	session.source = r
	return session
}

// Settle returns the same session, with the note that something has been decided by the scheme of its
// request, such as the name of its cookie.
func Settle(session Session) Session {
	session.gen |= settled
	return session
}

// IsSettled reports whether a Session has this note.
func IsSettled(session Session) bool { return session.is(settled) }

func (s Session) generation() uint64 { return s.gen &^ (nextGeneration - 1) }

func (s Session) is(bit uint64) bool { return s.gen&bit != 0 }

// openedBy is Manager.Open. The manager of a slot hardly ever changes, so it is compared
// instead of stored.
func (s Session) openedBy(m *Manager, https bool) Session {
	if s.slot.manager.Load() != m {
		s.slot.manager.Store(m)
	}
	s.gen |= opened
	if https {
		s.gen |= overHTTPS
	}
	return s
}

// Freeze makes every later change in this generation a misuse: nothing would save it. The Manager's
// Commit does so only for sessions that have been looked at.
func (s *Slot) Freeze() { s.frozen.Store(s.gen.Load() + 1) }

// Shut makes a look at s a misuse that finds nothing: the response goes out as one that is the same for
// everybody. A session that has been looked at before stays open.
func Shut(s Session) {
	if s.slot != nil && s.slot.Holds(s) {
		s.slot.shut.Store(s.generation() + 1)
	}
}

// Reopen lets a session that was shut be read again, since the response has been sent.
func (s *Slot) Reopen() {
	if s.shut.Load() != 0 {
		s.shut.Store(0)
	}
}

// Resume returns s for a page that takes the place of the response it was opened for: to be read, also if
// it was shut, and not to be changed any more. Where no Manager opens the sessions of the slot it does
// nothing.
func Resume(s Session, https bool) Session {
	if s.slot == nil || !s.slot.Holds(s) {
		return s
	}
	s.slot.Reopen()
	s.slot.Freeze()
	if m := s.slot.manager.Load(); m != nil {
		s = s.openedBy(m, https)
	}
	return s
}

func (s *Slot) misuse(err error) {
	if s.Misuse != nil {
		s.Misuse(err)
	}
}

// load makes the record of the session, in place of old, which is nil or the remnant of another
// generation. It returns nil where no manager has opened the session.
func (s Session) load(old *record) *record {
	if !s.is(opened) || !s.slot.Holds(s) {
		return nil
	}
	rec := s.slot.manager.Load().load(s.source, s.is(overHTTPS))
	rec.gen = s.generation()
	if s.slot.rec.CompareAndSwap(old, rec) {
		return rec
	}
	// Another goroutine of the same handler was faster. A late goroutine of an earlier request may
	// have left its own record, which the comparison of generations tells apart.
	now := s.slot.rec.Load()
	if now != nil && now.gen == rec.gen {
		return now
	}
	return s.load(now)
}

// New returns an empty session that belongs to no request, for unit tests of code that takes a
// Session. It panics on misuse.
func New() Session {
	slot := &Slot{Misuse: func(err error) { panic(err) }}
	m := newCookieManager(Options{Codec: NewCodec(NewKey())}.withDefaults())
	return m.Open(slot.Begin(&http.Request{}), false)
}

// Detach returns a copy of the session as it is now, which stays readable when the handler has
// returned. It cannot be changed.
func (s Session) Detach() Session {
	slot := new(Slot)
	if s.slot != nil {
		slot.Misuse = s.slot.Misuse
	}
	return s.CopyTo(slot, &http.Request{})
}

// CopyTo is Detach into a given slot, which must be new, for the copy r of the request.
func (s Session) CopyTo(slot *Slot, r *http.Request) Session {
	slot.Freeze()
	c := slot.Begin(r)
	if s.slot == nil || !s.is(opened) && s.touched() == nil && s.slot.Holds(s) {
		return c // an app without sessions
	}
	if rec := s.open(); rec != nil {
		c = c.openedBy(rec.manager, rec.https)
		slot.rec.Store(rec.clone(c.generation()))
	}
	return c
}
