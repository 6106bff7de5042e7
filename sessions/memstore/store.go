package memstore

import (
	"bytes"
	"container/list"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/soay-go/soay/sessions"
)

// ErrFull is the error of a write for which there is no room, not even if all sessions of nobody were
// dropped. Nothing changes then.
var ErrFull = errors.New("memstore: the store is full")

// ErrClosed is the error of every method after Close but Close itself.
var ErrClosed = errors.New("memstore: the store is closed")

var (
	errTaken = errors.New("memstore: the id is taken")

	_ sessions.Store = (*Store)(nil)
)

// Store is a [sessions.Store] in memory. Make one with [New]. It is safe for concurrent use.
//
// One mutex guards all of it, which makes the moves between ids and users simple and certainly
// atomic. It is held shortly, because the records in the store are never changed but replaced: values
// are copied outside of it, and no code of a caller runs under it.
type Store struct {
	opts Options
	err  error // what is wrong with the options

	mu        sync.Mutex
	closed    bool
	entries   map[string]*entry
	users     map[string]*list.List // the entries of each user, and of nobody, the one to drop first in front
	expiring  expiring
	bytes     int64       // what all entries take
	droppable int64       // what those of nobody take
	traces    *list.List  // those that only lead to another one, the oldest first
	sweeper   *time.Timer // nil while there is nothing to sweep
	evicted   int         // since the last warning
	warnAfter time.Time
}

// entry is a record in its place. Or it is the trace of one that has moved, under an id that it had
// before: then it leads to the entry of the record, however often that has moved on.
type entry struct {
	id     string
	record *sessions.Record // is never changed, only replaced; of a trace only its end counts
	moved  *entry           // nil but for a trace
	bytes  int64
	turn   *list.Element // its place in the list of its user, or of traces
	index  int           // its place in expiring
}

// New returns an empty store. It takes at most one Options; what is wrong with them is told by
// Check, and by every other method.
func New(options ...Options) *Store {
	s := &Store{entries: map[string]*entry{}, users: map[string]*list.List{nobody: list.New()}, traces: list.New()}
	s.opts, s.err = settle(options)
	return s
}

// Check returns what is wrong with the options. The app asks for it when it starts.
func (s *Store) Check() error { return s.err }

// Len returns the number of records, including those that have expired and are not swept yet.
func (s *Store) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count()
}

// Close drops all sessions. Closing twice is no error.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.entries, s.users, s.expiring, s.bytes, s.droppable = nil, nil, nil, 0, 0
	s.traces.Init()
	if s.sweeper != nil {
		s.sweeper.Stop()
		s.sweeper = nil
	}
	return nil
}

// lock takes the mutex, unless the context has ended or the store cannot be used.
func (s *Store) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.err != nil {
		return s.err
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	return nil
}

// unlock lets go of the mutex and then warns, at most once a minute, when live sessions were dropped.
func (s *Store) unlock() {
	dropped, count, size := s.evicted, s.count(), s.bytes
	if dropped > 0 {
		if now := time.Now(); now.Before(s.warnAfter) {
			dropped = 0
		} else {
			s.evicted, s.warnAfter = 0, now.Add(time.Minute)
		}
	}
	s.mu.Unlock()
	if dropped > 0 {
		s.opts.Logger.Warn("memstore: sessions were dropped, because the store is full or a user has too many",
			slog.Int("dropped", dropped), slog.Int("sessions", count), slog.Int64("bytes", size))
	}
}

// Load implements [sessions.Store].
func (s *Store) Load(ctx context.Context, id string) (sessions.Record, error) {
	r, err := s.use(ctx, id)
	if err != nil {
		return sessions.Record{}, err
	}
	return copyRecord(*r), nil
}

// use returns the record of id as it is in the store, which is not to be changed.
func (s *Store) use(ctx context.Context, id string) (*sessions.Record, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	e := s.live(id, time.Now())
	if e == nil {
		return nil, sessions.ErrGone
	}
	s.users[e.record.User].MoveToBack(e.turn)
	return e.record, nil
}

// Create implements [sessions.Store]. It fails with [ErrFull] where there is no room.
func (s *Store) Create(ctx context.Context, id string, record sessions.Record) error {
	id, record = strings.Clone(id), keep(record)
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.unlock()
	now := time.Now()
	s.sweep(now, sweepBatch)
	if s.isTaken(id, now) {
		return errTaken
	}
	if !now.Before(record.Expires) {
		return nil // it ended before it was there
	}
	e := &entry{id: id, record: &record, bytes: sizeOf(id, &record)}
	if err := s.makeRoom(e, 1, e.bytes, now); err != nil {
		return err
	}
	s.insert(e)
	return nil
}

// Update implements [sessions.Store]. It fails with [ErrFull] where there is no room for what is
// added.
func (s *Store) Update(ctx context.Context, id string, change sessions.Change) error {
	change = keepChange(change)
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.unlock()
	now := time.Now()
	s.sweep(now, sweepBatch)
	e := s.live(id, now)
	if e == nil {
		return sessions.ErrGone
	}
	return s.replace(e, e.id, change.Apply(*e.record), now)
}

// Modify implements [sessions.Store]. It runs f without holding anything, and once more when the
// value has been changed meanwhile; so f may take its time, panic, and use the store. Other keys of
// the record may change beside it.
func (s *Store) Modify(ctx context.Context, id, key string, f func(value []byte) ([]byte, error)) error {
	for {
		r, err := s.use(ctx, id)
		if err != nil {
			return err
		}
		value, err := f(bytes.Clone(r.Values[key])) // nil stays nil, and an empty value stays empty
		if err != nil {
			return err
		}
		change := sessions.Change{Delete: []string{key}}
		if value != nil {
			change = keepChange(sessions.Change{Set: map[string][]byte{key: value}})
		}
		done, err := s.exchange(ctx, id, key, r, change)
		if done || err != nil {
			return err
		}
	}
}

// exchange makes a change of one key if its value is still the one of old, and reports whether it
// was.
func (s *Store) exchange(ctx context.Context, id, key string, old *sessions.Record, change sessions.Change) (bool, error) {
	if err := s.lock(ctx); err != nil {
		return false, err
	}
	defer s.unlock()
	now := time.Now()
	e := s.live(id, now)
	if e == nil {
		return false, sessions.ErrGone
	}
	was, existed := old.Values[key]
	if is, exists := e.record.Values[key]; exists != existed || !bytes.Equal(is, was) {
		return false, nil
	}
	change.Seen, change.Expires = e.record.Seen, e.record.Expires
	return true, s.replace(e, e.id, change.Apply(*e.record), now)
}

// Rename implements [sessions.Store]. It fails with [ErrFull] where there is no room for what is
// added.
func (s *Store) Rename(ctx context.Context, from, to string, change sessions.Change) error {
	to, change = strings.Clone(to), keepChange(change)
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.unlock()
	now := time.Now()
	s.sweep(now, sweepBatch)
	e := s.live(from, now)
	if e == nil {
		return sessions.ErrGone
	}
	if s.isTaken(to, now) {
		return errTaken
	}
	return s.replace(e, to, change.Apply(*e.record), now)
}

// Delete implements [sessions.Store]. It finds a record that has moved by an id that it had before until
// the end that it had when it moved, unless the store was full meanwhile.
func (s *Store) Delete(ctx context.Context, id string) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	e := s.entries[id]
	if e != nil && e.moved != nil {
		s.remove(e)
		e = e.moved
	}
	if e != nil && s.entries[e.id] == e {
		s.remove(e)
	}
	return nil
}

// DeleteUser implements [sessions.Store].
func (s *Store) DeleteUser(ctx context.Context, user string) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	list := s.users[user]
	if list == nil || user == nobody {
		return nil
	}
	for list.Len() > 0 {
		s.remove(list.Front().Value.(*entry))
	}
	return nil
}

// ListUser implements [sessions.Store]. The session that was used last is the last one.
func (s *Store) ListUser(ctx context.Context, user string) ([]string, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	now := time.Now()
	list := s.users[user]
	if list == nil || user == nobody {
		return nil, nil
	}
	ids := make([]string, 0, list.Len())
	for turn := list.Front(); turn != nil; turn = turn.Next() {
		if e := turn.Value.(*entry); now.Before(e.record.Expires) {
			ids = append(ids, e.id)
		}
	}
	return ids, nil
}
