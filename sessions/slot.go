package sessions

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
)

// Slot is the place in a request's recycled state that holds its session. It is for the code that
// makes requests, package request; handlers only meet the [Session] that it hands out.
//
// A slot serves many requests, one after the other. Each Begin starts a generation and each End finishes
// it. A Session has the number of its generation and compares it on every use. It carries all else that
// it needs of its request itself, and whatever it reads through the slot is either atomic or immutable.
// So a goroutine that outlives its request finds out that it is late without racing with the next one.
//
// Begin, Finish and End are called by one goroutine at a time. All else is safe for concurrent use.
// It is for the framework.
type Slot struct {
	// Misuse is called with mistakes of the program, such as a session used after its handler
	// returned. It may panic. Set it before the first Begin and never afterwards.
	Misuse func(error)
	// Operation tells an observer that the session begins to load or save something, with the kind of store; the
	// function that it returns ends that. nil means that nobody observes. Set it before the first Begin.
	Operation func(ctx context.Context, name, store string) (context.Context, func(error))

	gen           atomic.Uint64 // counts in steps of nextGeneration
	readOnly      mark
	loadPrevented mark
	manager       atomic.Pointer[Manager]
	rec           atomic.Pointer[record]
	decision      atomic.Uint64 // a generation and what became of its handler, see State.Limit
	observed      observed
}

// observed is the context that an observer has given to a request, in place of the one of the server. It stands here
// because a copy of the http.Request would cost more than all the rest of an observation.
type observed struct {
	mu  sync.Mutex
	gen uint64
	of  *http.Request // whose context it replaces
	ctx context.Context
}

// mark marks one generation of a slot. The next generation is unmarked without anything being cleared.
type mark struct{ next atomic.Uint64 } // one more than the marked generation, which may be 0

// set marks a generation, unless a later one is marked: the call may be that of a late goroutine.
func (m *mark) set(gen uint64) {
	for {
		old := m.next.Load()
		if old > gen || m.next.CompareAndSwap(old, gen+1) {
			return
		}
	}
}

func (m *mark) isSet(gen uint64) bool { return m.next.Load() == gen+1 }

// clear takes the mark from a generation.
func (m *mark) clear(gen uint64) {
	if m.isSet(gen) {
		m.next.CompareAndSwap(gen+1, 0)
	}
}

// The bits of Session.gen below the generation. They are in the Session and not in the slot because
// most requests never use their session: so nothing is written for it, and nothing must be cleared.
const (
	opened      uint64 = 1 << iota // a Manager has opened it
	overHTTPS                      // the client used https
	schemeFixed                    // something was decided by the scheme
	limited                        // it ends when its handler is abandoned, see State.Limit

	nextGeneration
)

// Begin starts a generation and returns its Session, which reads from r once a [Manager] has opened
// it.
func (s *Slot) Begin(r *http.Request) Session {
	return Session{slot: s, gen: s.gen.Load(), source: r}
}

// Finish makes the session of the current generation read-only, and readable also after
// [State.PreventLoad], because the response has been sent. What runs until End may still read it.
func (s *Slot) Finish() { s.finish(s.gen.Load()) }

func (s *Slot) finish(gen uint64) {
	s.readOnly.set(gen)
	s.loadPrevented.clear(gen)
}

// End finishes the generation: every Session of it is dead from here on.
func (s *Slot) End() {
	s.gen.Add(nextGeneration)
	// A load is cheaper than a store, and most requests leave it empty.
	if s.rec.Load() != nil {
		s.rec.Store(nil)
	}
	if s.Operation != nil {
		s.SetContext(nil, nil)
	}
}

// SetContext gives the session of r, which is that of the current generation, and its request another context than r
// has. Without an Operation it is not looked for.
func (s *Slot) SetContext(r *http.Request, ctx context.Context) {
	s.observed.mu.Lock()
	s.observed.gen, s.observed.of, s.observed.ctx = s.gen.Load(), r, ctx
	s.observed.mu.Unlock()
}

// observedContext returns the context that SetContext gave to the generation of the session and the request that had it
// then, nil for none.
func (s Session) observedContext() (context.Context, *http.Request) {
	if s.slot == nil || s.slot.Operation == nil {
		return nil, nil
	}
	o := &s.slot.observed
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.gen != s.generation() {
		return nil, nil
	}
	return o.ctx, o.of
}

// context returns the context that SetContext gave to the source of the session, else the source's own.
func (s Session) context() context.Context {
	if ctx, of := s.observedContext(); ctx != nil && of == s.source {
		return ctx
	}
	return s.source.Context()
}

// Generation returns the current generation, for state that lives and dies with the slot.
func (s *Slot) Generation() uint64 { return s.gen.Load() }

// Holds reports whether a Session is of this slot and of its current generation, and its handler is not abandoned. The
// decision is loaded first: if it is that of a later generation, so is the slot.
func (s *Slot) Holds(session Session) bool {
	return session.slot == s && !session.isAbandoned() && session.generation() == s.gen.Load()
}

// The decisions about a handler that may be abandoned, in Slot.decision below the generation.
const (
	settled   uint64 = 1 + iota // it was in time
	abandoned                   // it was not
)

// isAbandoned reports whether the handler that has the session is abandoned.
func (s Session) isAbandoned() bool {
	return s.is(limited) && s.slot.decision.Load() == s.generation()|abandoned
}

// decide makes the decision about the handler of a generation, and reports whether it is this one. The first one counts.
func (s *Slot) decide(gen, as uint64) bool {
	for {
		old := s.decision.Load()
		switch {
		case old == gen|as:
			return true
		case old > gen: // decided otherwise, or the decision of a later generation
			return false
		case s.decision.CompareAndSwap(old, gen|as):
			return true
		}
	}
}

func (s Session) generation() uint64 { return s.gen &^ (nextGeneration - 1) }

func (s Session) is(bit uint64) bool { return s.gen&bit != 0 }

// openedBy is Manager.Open. The manager of a slot hardly ever changes, and a comparison is cheaper
// than a store.
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

func (s *Slot) misuse(err error) {
	if s.Misuse != nil {
		s.Misuse(err)
	}
}

// load makes the record of the session, in place of old, which is nil or the record of an earlier
// generation. It returns nil if no manager has opened the session.
func (s Session) load(old *record) *record {
	if !s.is(opened) || !s.slot.Holds(s) {
		return nil
	}
	rec := s.slot.manager.Load().load(s)
	rec.gen = s.generation()
	if s.slot.rec.CompareAndSwap(old, rec) {
		return rec
	}
	// Another goroutine was faster: one of the same handler, or a late one of an earlier request. The
	// generation tells which.
	now := s.slot.rec.Load()
	if now != nil && now.gen == rec.gen {
		return now
	}
	return s.load(now)
}
