package memstore

import (
	"container/heap"
	"container/list"
	"time"

	"github.com/soay-go/soay/sessions"
)

// nobody is the user of sessions without one.
const nobody = ""

// The callers of all methods below hold the mutex.

// count returns the number of records.
func (s *Store) count() int { return len(s.entries) - s.redirects.Len() }

// isTaken reports whether there is a record of id, or a redirect.
func (s *Store) isTaken(id string, now time.Time) bool {
	s.live(id, now) // removes an expired one
	return s.entries[id] != nil
}

// live returns the entry of id, nil if there is none, it has expired or it is a redirect.
func (s *Store) live(id string, now time.Time) *entry {
	e := s.entries[id]
	if e == nil {
		return nil
	}
	if !now.Before(e.record.Expires) {
		s.remove(e)
		return nil
	}
	if e.moved != nil {
		return nil
	}
	return e
}

func (s *Store) insert(e *entry) {
	s.entries[e.id] = e
	s.bytes += e.bytes
	heap.Push(&s.expiring, e)
	s.link(e)
	s.startSweeper()
}

func (s *Store) remove(e *entry) {
	delete(s.entries, e.id)
	s.bytes -= e.bytes
	heap.Remove(&s.expiring, e.index)
	s.unlink(e)
	e.record = nil // for the garbage collector, as a redirect may lead to e
}

// link adds e to the list of its user, or of redirects. If a user has too many sessions then, it evicts the
// first of the list.
func (s *Store) link(e *entry) {
	if e.moved != nil {
		e.element = s.redirects.PushBack(e)
		return
	}
	user := e.record.User
	if s.users[user] == nil {
		s.users[user] = list.New()
	}
	all := s.users[user]
	e.element = all.PushBack(e)
	switch {
	case user == nobody:
		s.evictableBytes += e.bytes
	case all.Len() > s.opts.MaxUserSessions:
		s.evictFirst(all)
	}
}

// evictFirst removes the first session of a list, the least recently used.
func (s *Store) evictFirst(all *list.List) {
	s.remove(all.Front().Value.(*entry))
	s.evicted++
}

// unlink is the reverse of link.
func (s *Store) unlink(e *entry) {
	if e.moved != nil {
		s.redirects.Remove(e.element)
		return
	}
	user := e.record.User
	all := s.users[user]
	all.Remove(e.element)
	switch {
	case user == nobody:
		s.evictableBytes -= e.bytes
	case all.Len() == 0:
		delete(s.users, user)
	}
}

// replace gives e another record and perhaps another id. The old id becomes a redirect. If the new record has
// expired, it removes e.
func (s *Store) replace(e *entry, id string, record sessions.Record, now time.Time) error {
	if !now.Before(record.Expires) {
		s.remove(e)
		return nil
	}
	size, old := sizeOf(id, &record), e.id
	more := size - e.bytes
	if id != old {
		more += redirectBytes
	}
	if err := s.evict(e, 0, more, now); err != nil {
		return err
	}
	s.unlink(e)
	if id != old {
		s.entries[id] = e
		s.insert(&entry{id: old, record: &sessions.Record{Expires: record.Expires}, moved: e, bytes: redirectBytes})
	}
	s.bytes += size - e.bytes
	e.id, e.record, e.bytes = id, &record, size
	s.link(e)
	heap.Fix(&s.expiring, e.index)
	return nil
}

// evict removes other entries than e until so many more sessions and bytes fit into the limits: expired ones,
// then redirects, then sessions of nobody, the least recently used first. If even that would not suffice, it
// returns ErrFull and removes only expired ones.
func (s *Store) evict(e *entry, sessions int, bytes int64, now time.Time) error {
	full := func(removed int, freed int64) bool {
		return s.count()+sessions-removed > s.opts.MaxSessions || bytes > 0 && s.bytes+bytes-freed > s.opts.MaxBytes
	}
	for full(0, 0) && s.sweep(now, sweepBatch) {
	}
	if !full(0, 0) {
		return nil
	}
	evictable := s.users[nobody]
	count, size := evictable.Len(), s.evictableBytes
	if e.element != nil && e.record.User == nobody { // it is in the store already, and must stay
		count, size = count-1, size-e.bytes
		evictable.MoveToBack(e.element)
	}
	if full(count, size+int64(s.redirects.Len())*redirectBytes) {
		return ErrFull
	}
	for full(0, 0) {
		if s.redirects.Len() > 0 && s.count()+sessions <= s.opts.MaxSessions { // only the bytes are too many
			s.remove(s.redirects.Front().Value.(*entry))
			continue
		}
		s.evictFirst(evictable)
	}
	return nil
}
