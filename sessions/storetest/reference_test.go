package storetest_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/soay-go/soay/sessions"
)

// reference is a store that is correct and as simple as can be, but for the one fault that it is
// told to have. Faults are the names of the tests in faults.
type reference struct {
	fault string
	data  *data
	cache map[string]sessions.Record // of one instance, for a fault
}

type data struct {
	mu      sync.Mutex
	records map[string]sessions.Record
	moved   map[string]way
	banned  map[string]bool     // users who cannot come back, for a fault
	stale   map[string][]string // users and ids that should have been forgotten
	ahead   atomic.Int64        // how far a test has moved the clock
}

func (d *data) now() time.Time { return time.Now().Add(time.Duration(d.ahead.Load())) }

func newReference(fault string) *reference {
	return &reference{fault: fault, cache: map[string]sessions.Record{},
		data: &data{records: map[string]sessions.Record{}, moved: map[string]way{}, stale: map[string][]string{}, banned: map[string]bool{}}}
}

// way is where a record has moved to, and until when it is known.
type way struct {
	to  string
	end time.Time
}

// share returns another instance on the same data.
func (s *reference) share() *reference {
	return &reference{fault: s.fault, data: s.data, cache: map[string]sessions.Record{}}
}

func (s *reference) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil && s.fault != "ignores the context" {
		return err
	}
	s.data.mu.Lock()
	return nil
}

func clone(r sessions.Record) sessions.Record {
	values := make(map[string][]byte, len(r.Values))
	for key, value := range r.Values {
		values[key] = append([]byte{}, value...)
	}
	r.Values = values
	return r
}

func (s *reference) live(id string) (sessions.Record, error) {
	r, ok := s.data.records[id]
	if !ok || !s.data.now().Before(r.Expires) && s.fault != "never expires" {
		return sessions.Record{}, sessions.ErrGone
	}
	return clone(r), nil
}

func (s *reference) Load(ctx context.Context, id string) (sessions.Record, error) {
	if err := s.lock(ctx); err != nil {
		return sessions.Record{}, err
	}
	defer s.data.mu.Unlock()
	if r, ok := s.cache[id]; ok && s.fault == "caches" {
		return clone(r), nil
	}
	if s.fault == "shows what has moved" {
		id = s.follow(id)
	}
	r, err := s.live(id)
	switch {
	case errors.Is(err, sessions.ErrGone) && s.fault == "loads an empty record for none":
		return sessions.Record{}, nil
	case errors.Is(err, sessions.ErrGone) && s.fault == "loads with another error":
		return r, errors.New("no rows")
	case err != nil:
		return r, err
	}
	s.cache[id] = clone(r)
	switch s.fault {
	case "loads what it keeps":
		return s.data.records[id], nil
	case "forgets when it was made":
		r.Created = r.Seen
	case "keeps 32-bit times":
		r.Expires = time.Unix(int64(int32(r.Expires.Unix())), 0)
	case "keeps minutes":
		r.Created = r.Created.Truncate(time.Minute)
	}
	return r, nil
}

func (s *reference) Create(ctx context.Context, id string, r sessions.Record) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.data.mu.Unlock()
	if _, ok := s.data.records[id]; ok && s.fault != "creates over another" {
		return errors.New("the id is taken")
	}
	if s.data.banned[r.User] {
		return nil
	}
	if s.fault != "keeps what Create got" {
		r = clone(r)
	}
	s.data.records[id] = s.damage(r)
	return nil
}

// damage is what happens to values on their way into a store that takes them for text.
func (s *reference) damage(r sessions.Record) sessions.Record {
	values := r.Values
	r.Values = make(map[string][]byte, len(values))
	for key, value := range values {
		switch {
		case s.fault == "keeps text":
			value = bytes.ToValidUTF8(value, []byte("?"))
		case s.fault == "drops empty values" && len(value) == 0:
			continue
		case s.fault == "drops empty keys" && key == "":
			continue
		case s.fault == "folds keys":
			key = strings.ToLower(key)
		case s.fault == "trims keys":
			key = strings.TrimSpace(key)
		case s.fault == "uses keys itself" && key == "expires":
			continue
		case s.fault == "cuts values":
			value = value[:min(len(value), 60000)]
		}
		r.Values[key] = value
	}
	if s.fault == "keeps what Create got" {
		clear(values)
		maps.Copy(values, r.Values)
		r.Values = values
	}
	return r
}

func (s *reference) Update(ctx context.Context, id string, c sessions.Change) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.data.mu.Unlock()
	r, err := s.live(id)
	switch {
	case err != nil && s.fault == "upserts":
		r = sessions.Record{Values: map[string][]byte{}}
	case err != nil && s.fault == "swallows late updates":
		return nil
	case err != nil:
		return err
	}
	if s.fault == "updates what was loaded" {
		s.data.mu.Unlock()
		time.Sleep(time.Millisecond) // the others do what is lost
		s.data.mu.Lock()
	}
	half := clone(r)
	s.data.records[id] = s.damage(s.apply(id, r, c))
	if s.fault == "updates in two steps" {
		for _, key := range slices.Sorted(maps.Keys(c.Set)) {
			half.Values[key] = c.Set[key]
			break
		}
		whole := s.data.records[id]
		s.data.records[id] = half
		s.data.mu.Unlock()
		time.Sleep(time.Millisecond)
		s.data.mu.Lock()
		s.data.records[id] = whole
	}
	return nil
}

func (s *reference) apply(id string, r sessions.Record, c sessions.Change) sessions.Record {
	if c.Clear && s.fault != "does not clear" || s.fault == "replaces all values" {
		r.Values = map[string][]byte{}
	}
	if s.fault == "keeps what Update got" {
		maps.Copy(r.Values, c.Set)
	} else {
		maps.Copy(r.Values, clone(sessions.Record{Values: c.Set}).Values)
	}
	if c.Clear && s.fault == "clears after it sets" {
		r.Values = map[string][]byte{}
	}
	if s.fault != "does not delete keys" {
		for _, key := range c.Delete {
			delete(r.Values, key)
		}
	}
	switch {
	case c.User != nil:
		if s.fault == "lists former users" && r.User != "" {
			s.data.stale[r.User] = append(s.data.stale[r.User], id)
		}
		r.User = *c.User
	case s.fault == "takes no user for nobody":
		r.User = ""
	}
	if !c.Created.IsZero() && s.fault != "keeps the start" {
		r.Created = c.Created
	}
	if s.fault != "keeps Seen" {
		r.Seen = c.Seen
	}
	if s.fault != "only lengthens lives" || r.Expires.Before(c.Expires) {
		r.Expires = c.Expires
	}
	return r
}

func (s *reference) Modify(ctx context.Context, id, key string, f func([]byte) ([]byte, error)) error {
	if s.fault == "holds a lock while f runs" {
		if err := s.lock(ctx); err != nil {
			return err
		}
		defer s.data.mu.Unlock()
		r, err := s.live(id)
		if err != nil {
			return err
		}
		return s.put(id, key, r, f)
	}
	for {
		if err := s.lock(ctx); err != nil {
			return err
		}
		r, err := s.live(id)
		s.data.mu.Unlock()
		if err != nil {
			if s.fault == "makes a record to modify" {
				s.data.mu.Lock()
				defer s.data.mu.Unlock()
				now := s.data.now()
				return s.put(id, key, sessions.Record{Values: map[string][]byte{}, Created: now, Seen: now, Expires: now.Add(time.Hour)}, f)
			}
			return err
		}
		if done, err := s.try(ctx, id, key, r, f); done || err != nil {
			return err
		}
	}
}

// put is Modify with the mutex held.
func (s *reference) put(id, key string, r sessions.Record, f func([]byte) ([]byte, error)) error {
	value, err := f(r.Values[key])
	if err != nil {
		return err
	}
	r.Values[key] = bytes.Clone(value)
	if value == nil {
		delete(r.Values, key)
	}
	s.data.records[id] = r
	return nil
}

// try is one attempt of Modify: f runs without the mutex.
func (s *reference) try(ctx context.Context, id, key string, was sessions.Record, f func([]byte) ([]byte, error)) (bool, error) {
	old := was.Values[key]
	given := bytes.Clone(old)
	switch {
	case s.fault == "gives f an empty value for none" && old == nil:
		given = []byte{}
	case s.fault == "gives f nil for an empty value" && len(old) == 0:
		given = nil
	case s.fault == "gives f what it keeps":
		s.data.mu.Lock()
		given = s.data.records[id].Values[key]
		s.data.mu.Unlock()
	case s.fault == "hides the panic of f":
		defer func() {
			if v := recover(); v != nil {
				panic("modify panicked")
			}
		}()
	}
	value, err := f(given)
	switch {
	case err != nil && s.fault == "writes although f failed":
	case err != nil && s.fault == "hides the error of f":
		return false, errors.New("modify failed")
	case err != nil:
		return false, err
	}
	if s.fault == "revives by Modify" {
		time.Sleep(time.Millisecond)
	}
	if s.fault == "forgets the context while f runs" {
		ctx = context.WithoutCancel(ctx)
	}
	if err := s.lock(ctx); err != nil {
		return false, err
	}
	defer s.data.mu.Unlock()
	r, gone := s.live(id)
	if gone != nil && s.fault == "revives by Modify" {
		r, gone = clone(was), nil
	}
	if gone != nil {
		return false, gone
	}
	if s.fault == "is not atomic" {
		s.data.mu.Unlock()
		time.Sleep(time.Millisecond)
		s.data.mu.Lock()
		r, gone = s.live(id)
		if gone != nil {
			return false, gone
		}
	} else if now := r.Values[key]; (now == nil) != (old == nil) || !bytes.Equal(now, old) {
		return false, nil
	}
	if value == nil && s.fault != "keeps nil results" {
		delete(r.Values, key)
	} else if len(value) == 0 && s.fault == "removes empty results" {
		delete(r.Values, key)
	} else if s.fault == "keeps what f made" {
		r.Values[key] = value
		s.data.records[id] = r
		return true, nil
	} else {
		r.Values[key] = append([]byte{}, value...)
	}
	if s.fault == "lives on by Modify" {
		r.Expires = s.data.now().Add(time.Hour)
	}
	s.data.records[id] = r
	return true, err
}

func (s *reference) Rename(ctx context.Context, from, to string, c sessions.Change) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.data.mu.Unlock()
	r, err := s.live(from)
	if err != nil {
		switch s.fault {
		case "swallows late renames":
			return nil
		case "makes a record to rename":
			s.data.records[to] = sessions.Record{Expires: s.data.now().Add(time.Hour)}
		}
		return err
	}
	if _, ok := s.data.records[to]; ok && s.fault != "renames over another" {
		return errors.New("the id is taken")
	}
	switch s.fault {
	case "copies for Rename":
	case "is nowhere during a Rename":
		delete(s.data.records, from)
		s.data.mu.Unlock()
		time.Sleep(time.Millisecond)
		s.data.mu.Lock()
	case "renames what was loaded":
		s.data.mu.Unlock()
		time.Sleep(time.Millisecond)
		s.data.mu.Lock()
		delete(s.data.records, from)
	case "lists old ids":
		s.data.stale[r.User] = append(s.data.stale[r.User], from)
		delete(s.data.records, from)
	default:
		delete(s.data.records, from)
	}
	end := c.Expires
	if s.fault == "forgets the way with the old life" {
		end = r.Expires
	}
	if s.fault != "notes where it moved too late" {
		s.data.moved[from] = way{to, end}
	}
	s.data.records[to] = s.renamed(to, r, c)
	if s.fault == "notes where it moved too late" {
		s.data.mu.Unlock()
		time.Sleep(time.Millisecond)
		s.data.mu.Lock()
		s.data.moved[from] = way{to, end}
	}
	return nil
}

// follow returns where the record of an id is by now.
func (s *reference) follow(id string) string {
	for n := 0; ; n++ {
		w, ok := s.data.moved[id]
		if !ok || !s.data.now().Before(w.end) || n == 1 && s.fault == "follows one move" {
			return id
		}
		id = w.to
	}
}

// renamed returns the record under its new id.
func (s *reference) renamed(to string, r sessions.Record, c sessions.Change) sessions.Record {
	switch s.fault {
	case "only moves":
		return r
	case "loses the user in a Rename":
		if c.User == nil {
			r.User = ""
		}
	case "does not own by Rename":
		c.User = nil
	case "does not clear by Rename":
		c.Clear = false
	case "keeps the life by Rename":
		c.Expires = r.Expires
	}
	return s.apply(to, r, c)
}

func (s *reference) Delete(ctx context.Context, id string) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.data.mu.Unlock()
	old := id
	if s.fault != "forgets where it moved" {
		id = s.follow(id)
	}
	if s.fault == "follows in two steps" {
		s.data.mu.Unlock()
		time.Sleep(time.Millisecond)
		s.data.mu.Lock()
	}
	r, ok := s.data.records[id]
	switch {
	case s.fault == "does not delete":
		return nil
	case id != old && s.fault == "hides what has moved":
		s.data.stale[r.User] = append(s.data.stale[r.User], id)
	case !ok && s.fault == "deletes only what is there":
		return sessions.ErrGone
	case ok && s.fault == "lists deleted ids":
		s.data.stale[r.User] = append(s.data.stale[r.User], id)
	}
	delete(s.data.records, id)
	return nil
}

func (s *reference) ListUser(ctx context.Context, user string) ([]string, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.data.mu.Unlock()
	if user == "" && s.fault != "lists nobody" {
		return nil, nil
	}
	same := func(a, b string) bool { return a == b }
	switch s.fault {
	case "folds users":
		same = strings.EqualFold
	case "takes patterns for users":
		same = func(a, b string) bool {
			return a == b || strings.HasSuffix(b, "%") && strings.HasPrefix(a, b[:len(b)-1])
		}
	}
	ids := slices.Clone(s.data.stale[user])
	for id, r := range s.data.records {
		if same(r.User, user) && (s.data.now().Before(r.Expires) || s.fault == "lists what has expired") {
			ids = append(ids, id)
			if s.fault == "lists the first" {
				break
			}
		}
	}
	return ids, nil
}

func (s *reference) DeleteUser(ctx context.Context, user string) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.data.mu.Unlock()
	if user == "" && s.fault != "ends nobody" {
		return nil
	}
	var ids []string
	for id, r := range s.data.records {
		if r.User == user || s.fault == "folds users to end" && strings.EqualFold(r.User, user) {
			ids = append(ids, id)
		}
	}
	switch s.fault {
	case "does not end users":
		return nil
	case "fails for users without records":
		if len(ids) == 0 {
			return sessions.ErrGone
		}
	case "ends the first":
		ids = ids[:min(len(ids), 1)]
	case "lists what it has ended":
		s.data.stale[user] = append(s.data.stale[user], ids...)
	case "ends users in two steps":
		s.data.mu.Unlock()
		time.Sleep(time.Millisecond)
		s.data.mu.Lock()
	case "bans users":
		s.data.banned[user] = true
	}
	for _, id := range ids {
		delete(s.data.records, id)
	}
	return nil
}
