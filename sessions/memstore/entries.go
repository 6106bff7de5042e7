package memstore

import (
	"container/heap"
	"container/list"
	"time"

	"github.com/soay-go/soay/sessions"
)

// nobody is the user of sessions without one.
const nobody = ""

// What follows is called with the mutex held.

// count returns the number of records.
func (s *Store) count() int { return len(s.entries) - s.traces.Len() }

// isTaken reports whether there is a record of id, or the trace of one.
func (s *Store) isTaken(id string, now time.Time) bool {
	s.live(id, now) // which removes one that has expired
	return s.entries[id] != nil
}

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
	if e.moved != nil {
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
	e.record = nil // which a trace would keep
}

// own enters e where its user belongs.
func (s *Store) own(e *entry) {
	if e.moved != nil {
		e.turn = s.traces.PushBack(e)
		return
	}
	user := e.record.User
	if s.users[user] == nil {
		s.users[user] = list.New()
	}
	all := s.users[user]
	e.turn = all.PushBack(e)
	switch {
	case user == nobody:
		s.droppable += e.bytes
	case all.Len() > s.opts.MaxUserSessions:
		s.drop(all)
	}
}

// drop removes the session of a list that has not been used for the longest time.
func (s *Store) drop(all *list.List) {
	s.remove(all.Front().Value.(*entry))
	s.evicted++
}

func (s *Store) disown(e *entry) {
	if e.moved != nil {
		s.traces.Remove(e.turn)
		return
	}
	user := e.record.User
	all := s.users[user]
	all.Remove(e.turn)
	switch {
	case user == nobody:
		s.droppable -= e.bytes
	case all.Len() == 0:
		delete(s.users, user)
	}
}

// replace gives e another record, which may end it, and perhaps another id. Of the old one a trace stays.
func (s *Store) replace(e *entry, id string, record sessions.Record, now time.Time) error {
	if !now.Before(record.Expires) {
		s.remove(e)
		return nil
	}
	size, old := sizeOf(id, &record), e.id
	more := size - e.bytes
	if id != old {
		more += traceBytes
	}
	if err := s.makeRoom(e, 0, more, now); err != nil {
		return err
	}
	s.disown(e)
	if id != old {
		s.entries[id] = e
		s.insert(&entry{id: old, record: &sessions.Record{Expires: record.Expires}, moved: e, bytes: traceBytes})
	}
	s.bytes += size - e.bytes
	e.id, e.record, e.bytes = id, &record, size
	s.own(e)
	heap.Fix(&s.expiring, e.index)
	return nil
}

// makeRoom drops other entries than e until there is room for more sessions and bytes, traces before
// all others. It drops nothing when that would not do.
func (s *Store) makeRoom(e *entry, sessions int, bytes int64, now time.Time) error {
	full := func(dropped int, freed int64) bool {
		return s.count()+sessions-dropped > s.opts.MaxSessions || bytes > 0 && s.bytes+bytes-freed > s.opts.MaxBytes
	}
	for full(0, 0) && s.sweep(now, sweepBatch) {
	}
	if !full(0, 0) {
		return nil
	}
	strangers := s.users[nobody]
	count, size := strangers.Len(), s.droppable
	if e.turn != nil && e.record.User == nobody { // it is in the store already
		count, size = count-1, size-e.bytes
		strangers.MoveToBack(e.turn)
	}
	if full(count, size+int64(s.traces.Len())*traceBytes) {
		return ErrFull
	}
	for full(0, 0) {
		if s.traces.Len() > 0 && s.count()+sessions <= s.opts.MaxSessions { // it is the bytes that are too many
			s.remove(s.traces.Front().Value.(*entry))
			continue
		}
		s.drop(strangers)
	}
	return nil
}
