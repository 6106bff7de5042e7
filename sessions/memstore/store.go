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

// ErrFull is the error of a write that does not fit into the limits of the store, even without any session
// of nobody. Nothing changes then.
var ErrFull = errors.New("memstore: the store is full")

// ErrClosed is the error of every method after Close, except of Close itself.
var ErrClosed = errors.New("memstore: the store is closed")

var (
	errTaken = errors.New("memstore: the id is taken")

	_ sessions.Store = (*Store)(nil)
)

// Store is a [sessions.Store] in memory. Make one with [New]. It is safe for concurrent use.
//
// One mutex guards all fields, so a move between ids or users is atomic. It is held only for a short time:
// records in the store are immutable, so values are copied outside of the lock, and no function of a caller
// runs under it.
//
// Each entry is in three structures at the same time:
//
//	entries   by its id
//	users     in the list of its user, the least recently used first; sessions of nobody have a list as
//	          well, from which a full store evicts
//	expiring  a heap by the end of the record, from which sweeps remove expired entries
//
// A Rename moves the entry to the new id and leaves a redirect under the old one, an entry that is in the list
// of redirects instead of the list of a user. Only Delete follows redirects.
type Store struct {
	opts Options
	err  error // of Check

	mu             sync.Mutex
	closed         bool
	entries        map[string]*entry
	users          map[string]*list.List // of *entry, the least recently used first
	expiring       expiring
	bytes          int64       // of all entries
	evictableBytes int64       // of the entries of nobody
	redirects      *list.List  // of *entry, the oldest first
	sweeper        *time.Timer // nil while the store is empty
	evicted        int         // sessions that were evicted since the last warning
	warnAfter      time.Time
}

// entry is a record, or a redirect from an earlier id of a record to its entry.
type entry struct {
	id      string
	record  *sessions.Record // immutable; a redirect has one with nothing but Expires
	moved   *entry           // of a redirect, the entry of the record; else nil
	bytes   int64
	element *list.Element // in the list of its user, or of redirects
	index   int           // in expiring
}

// New returns an empty store. It takes at most one Options. If they are wrong, Check returns an error, and
// so does every other method.
func New(options ...Options) *Store {
	s := &Store{entries: map[string]*entry{}, users: map[string]*list.List{nobody: list.New()}, redirects: list.New()}
	s.opts, s.err = withDefaults(options)
	return s
}

// Check returns an error if the options are wrong. The app calls it at the start.
func (s *Store) Check() error { return s.err }

// Len returns the number of records, including those that have expired and are not swept yet.
func (s *Store) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count()
}

// Close removes all sessions. A second Close is no error.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.entries, s.users, s.expiring, s.bytes, s.evictableBytes = nil, nil, nil, 0, 0
	s.redirects.Init()
	if s.sweeper != nil {
		s.sweeper.Stop()
		s.sweeper = nil
	}
	return nil
}

// lock locks the mutex. It returns an error instead if the context has ended or the store cannot be used.
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

// unlock unlocks the mutex. If live sessions were evicted, it then logs a warning, at most once a minute.
func (s *Store) unlock() {
	evicted, count, size := s.evicted, s.count(), s.bytes
	if evicted > 0 {
		if now := time.Now(); now.Before(s.warnAfter) {
			evicted = 0
		} else {
			s.evicted, s.warnAfter = 0, now.Add(time.Minute)
		}
	}
	s.mu.Unlock()
	if evicted > 0 {
		s.opts.Logger.Warn("memstore: sessions were dropped, because the store is full or a user has too many",
			slog.Int("dropped", evicted), slog.Int("sessions", count), slog.Int64("bytes", size))
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

// use returns the record of id in the store, which is immutable, and marks it as used.
func (s *Store) use(ctx context.Context, id string) (*sessions.Record, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	e := s.live(id, time.Now())
	if e == nil {
		return nil, sessions.ErrGone
	}
	s.users[e.record.User].MoveToBack(e.element)
	return e.record, nil
}

// Create implements [sessions.Store]. It fails with [ErrFull] if the record does not fit.
func (s *Store) Create(ctx context.Context, id string, record sessions.Record) error {
	id, record = strings.Clone(id), cloneRecord(record)
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
		return nil // it has expired already
	}
	e := &entry{id: id, record: &record, bytes: sizeOf(id, &record)}
	if err := s.evict(e, 1, e.bytes, now); err != nil {
		return err
	}
	s.insert(e)
	return nil
}

// Update implements [sessions.Store]. It fails with [ErrFull] if the changed record does not fit.
func (s *Store) Update(ctx context.Context, id string, change sessions.Change) error {
	change = cloneChange(change)
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

// Modify implements [sessions.Store]. It calls f without a lock, and calls it again if the value has changed
// meanwhile. So f may take long, panic, and use the store, and other keys of the record may change at the
// same time.
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
			change = cloneChange(sessions.Change{Set: map[string][]byte{key: value}})
		}
		done, err := s.exchange(ctx, id, key, r, change)
		if done || err != nil {
			return err
		}
	}
}

// exchange makes a change of one key if its value is still the same as in old, and reports whether it was.
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

// Rename implements [sessions.Store]. It fails with [ErrFull] if the changed record does not fit.
func (s *Store) Rename(ctx context.Context, from, to string, change sessions.Change) error {
	to, change = strings.Clone(to), cloneChange(change)
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

// Delete implements [sessions.Store]. By an earlier id it finds a record until the Expires that the record had
// at the Rename, unless the store was full meanwhile.
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

// ListUser implements [sessions.Store]. The most recently used session comes last.
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
	for element := list.Front(); element != nil; element = element.Next() {
		if e := element.Value.(*entry); now.Before(e.record.Expires) {
			ids = append(ids, e.id)
		}
	}
	return ids, nil
}
