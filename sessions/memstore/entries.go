package memstore

import (
	"container/heap"
	"time"

	"github.com/soay-go/soay/sessions"
)

// What follows is called with the mutex held.

// live returns the entry of id, nil where there is none or it has expired.
func (s *Store) live(id string, now time.Time) *entry {
	e := s.entries[id]
	if e == nil {
		return nil
	}
	if !now.Before(e.record.Expires) {
		s.remove(e)
		return nil
	}
	return e
}

func (s *Store) insert(e *entry) {
	s.entries[e.id] = e
	s.bytes += e.bytes
	heap.Push(&s.expiring, e)
	s.own(e)
	s.arm()
}

func (s *Store) remove(e *entry) {
	delete(s.entries, e.id)
	s.bytes -= e.bytes
	heap.Remove(&s.expiring, e.index)
	s.disown(e)
}

// own enters e where its user belongs.
func (s *Store) own(e *entry) {
	user := e.record.User
	if user == "" {
		e.turn = s.nobody.PushBack(e)
		s.droppable += e.bytes
		return
	}
	if s.users[user] == nil {
		s.users[user] = map[string]struct{}{}
	}
	s.users[user][e.id] = struct{}{}
}

func (s *Store) disown(e *entry) {
	if e.turn != nil {
		s.nobody.Remove(e.turn)
		s.droppable -= e.bytes
		e.turn = nil
		return
	}
	user := e.record.User
	delete(s.users[user], e.id)
	if len(s.users[user]) == 0 {
		delete(s.users, user)
	}
}

// replace gives e another record, which may end it, and perhaps another id.
func (s *Store) replace(e *entry, id string, record sessions.Record, now time.Time) error {
	if !now.Before(record.Expires) {
		s.remove(e)
		return nil
	}
	size := sizeOf(id, &record)
	if err := s.makeRoom(e, 0, size-e.bytes, now); err != nil {
		return err
	}
	s.disown(e)
	if id != e.id {
		delete(s.entries, e.id)
		s.entries[id] = e
	}
	s.bytes += size - e.bytes
	e.id, e.record, e.bytes = id, &record, size
	s.own(e)
	heap.Fix(&s.expiring, e.index)
	return nil
}

// makeRoom drops other entries than e until there is room for more sessions and bytes. It drops
// nothing when that would not do.
func (s *Store) makeRoom(e *entry, sessions int, bytes int64, now time.Time) error {
	full := func(dropped int, freed int64) bool {
		return len(s.entries)+sessions-dropped > s.opts.MaxSessions || bytes > 0 && s.bytes+bytes-freed > s.opts.MaxBytes
	}
	for full(0, 0) && s.sweep(now, sweepBatch) {
	}
	if !full(0, 0) {
		return nil
	}
	count, size := s.nobody.Len(), s.droppable
	if e.turn != nil {
		count, size = count-1, size-e.bytes
		s.nobody.MoveToBack(e.turn)
	}
	if full(count, size) {
		return ErrFull
	}
	for full(0, 0) {
		s.remove(s.nobody.Front().Value.(*entry))
		s.evicted++
	}
	return nil
}
