package sessions_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

// movingStore gives the sessions of a user another id whenever it was asked for them, as requests do that run at once.
type movingStore struct {
	*memstore.Store
	moves int
	err   error
}

func (s *movingStore) ListUser(ctx context.Context, user string) ([]string, error) {
	ids, err := s.Store.ListUser(ctx, user)
	if err != nil || s.err != nil {
		return nil, errors.Join(err, s.err)
	}
	for _, id := range ids {
		if s.moves > 0 {
			s.moves--
			at := time.Now().Truncate(time.Second)
			if err := s.Rename(ctx, id, id+"+", sessions.Change{Created: at, Seen: at, Expires: at.Add(time.Hour)}); err != nil {
				return nil, err
			}
		}
	}
	return ids, nil
}

func TestEndUser(t *testing.T) {
	isWanted := func(text string) bool { return text == "wanted" }
	for _, test := range []struct {
		name   string
		moves  int
		down   error
		left   int
		failed bool
	}{
		{"at rest", 0, nil, 3, false}, {"while it gets new ids", 7, nil, 3, false}, {"without an end", 1000, nil, 4, true},
		{"while the store is down", 0, errors.New("down"), 4, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			store := &movingStore{Store: memstore.New()}
			at := time.Now().Truncate(time.Second)
			for id, value := range map[string]string{"a": `"wanted"`, "b": `"other"`, "c": `7`, "d": ""} {
				r := sessions.Record{User: "ada", Values: map[string][]byte{}, Created: at, Seen: at, Expires: at.Add(time.Hour)}
				if value != "" {
					r.Values["key"] = []byte(value)
				}
				if err := store.Create(t.Context(), id, r); err != nil {
					t.Fatal(err)
				}
			}
			m, err := sessions.NewStoreManager(store, sessions.Options{})
			if err != nil {
				t.Fatal(err)
			}
			store.moves, store.err = test.moves, test.down
			if err := m.EndUser(t.Context(), "ada", "key", isWanted); (err != nil) != test.failed {
				t.Errorf("error %v", err)
			}
			ids, err := store.Store.ListUser(t.Context(), "ada")
			if err != nil || len(ids) != test.left {
				t.Errorf("%d sessions are left, %v; want %d", len(ids), err, test.left)
			}
		})
	}
	m, err := sessions.NewManager(sessions.NewKey(), sessions.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.EndUser(t.Context(), "ada", "key", isWanted); err == nil {
		t.Error("sessions in cookies were ended")
	}
}
