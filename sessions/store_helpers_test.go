package sessions_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/sessions"
)

// shelf is a store for the tests of the manager: correct, and as simple as can be. It counts calls,
// and fails when it is told to.
type shelf struct {
	mu      sync.Mutex
	records map[string]sessions.Record
	moved   map[string]string // old ids and new ones
	calls   map[string]int
	fail    func(ctx context.Context, method string) error // nil for never
}

func newShelf() *shelf {
	return &shelf{records: map[string]sessions.Record{}, moved: map[string]string{}, calls: map[string]int{}}
}

// enter begins a call with the mutex held, unless it is to fail.
func (s *shelf) enter(ctx context.Context, method string) error {
	s.mu.Lock()
	fail := s.fail
	s.calls[method]++
	s.mu.Unlock()
	if fail != nil {
		if err := fail(ctx, method); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	return nil
}

// live returns a record with values of its own.
func (s *shelf) live(id string) (sessions.Record, error) {
	r, ok := s.records[id]
	if !ok || !time.Now().Before(r.Expires) {
		return sessions.Record{}, sessions.ErrGone
	}
	r.Values = maps.Clone(r.Values)
	return r, nil
}

func (s *shelf) Load(ctx context.Context, id string) (sessions.Record, error) {
	if err := s.enter(ctx, "Load"); err != nil {
		return sessions.Record{}, err
	}
	defer s.mu.Unlock()
	return s.live(id)
}

func (s *shelf) Create(ctx context.Context, id string, r sessions.Record) error {
	if err := s.enter(ctx, "Create"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if _, ok := s.records[id]; ok {
		return errors.New("there is one")
	}
	s.records[id] = r
	return nil
}

func (s *shelf) Update(ctx context.Context, id string, c sessions.Change) error {
	if err := s.enter(ctx, "Update"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	return s.change(id, id, c)
}

// change makes a change of a record, which may get another id.
func (s *shelf) change(from, to string, c sessions.Change) error {
	r, err := s.live(from)
	if err != nil {
		return err
	}
	delete(s.records, from)
	s.records[to] = c.Apply(r)
	return nil
}

func (s *shelf) Modify(ctx context.Context, id, key string, f func([]byte) ([]byte, error)) error {
	if err := s.enter(ctx, "Modify"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	r, err := s.live(id)
	if err != nil {
		return err
	}
	v, err := f(r.Values[key])
	if err != nil {
		return err
	}
	if r.Values[key] = v; v == nil {
		delete(r.Values, key)
	}
	s.records[id] = r
	return nil
}

func (s *shelf) Rename(ctx context.Context, from, to string, c sessions.Change) error {
	if err := s.enter(ctx, "Rename"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	err := s.change(from, to, c)
	if err == nil {
		s.moved[from] = to
	}
	return err
}

func (s *shelf) Delete(ctx context.Context, id string) error {
	if err := s.enter(ctx, "Delete"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for to, ok := s.moved[id]; ok; to, ok = s.moved[id] {
		id = to
	}
	delete(s.records, id)
	return nil
}

func (s *shelf) ListUser(ctx context.Context, user string) ([]string, error) {
	if err := s.enter(ctx, "ListUser"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var ids []string
	for id, r := range s.records {
		if r.User == user {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (s *shelf) DeleteUser(ctx context.Context, user string) error {
	if err := s.enter(ctx, "DeleteUser"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	maps.DeleteFunc(s.records, func(_ string, r sessions.Record) bool { return r.User == user })
	return nil
}

func (s *shelf) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.records)
}

// count returns how often a method was called.
func (s *shelf) count(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

// failing makes the store fail from now on, nil for no more.
func (s *shelf) failing(f func(ctx context.Context, method string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = f
}

// newStoreApp returns an app that keeps sessions in a store. What its route / does comes with the
// request: the handler is the one that the client has put under the number in the query.
func newStoreApp(store sessions.Store, o ...sessions.Options) *soay.App {
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler), Env: "production"})
	app.UseSessionStore(store, o...)
	return app
}

// storeVisit is a visit to an app that keeps sessions in a store.
func storeVisit(t testing.TB, store sessions.Store, o ...sessions.Options) *visit {
	v := &visit{t: t}
	app := newStoreApp(store, o...)
	app.Route("/", func(req soay.Request) soay.Response { return v.handler(req) }, http.MethodGet, http.MethodPost)
	v.Client = requesttest.New(t, app)
	return v
}
