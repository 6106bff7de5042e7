package sessions

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

// Update replaces the value of a key by what f makes of it. f gets the zero T where there is none,
// or one that does not fit a T.
//
//	err := sessions.Update(req.Session, "visits", func(n int) int { return n + 1 })
//
// In a store it is atomic, at once and whatever becomes of the response: of 200 requests that do this
// at the same time all 200 count. f may run more than once there. A session that is in a cookie, or
// is yet to be saved, is this request's own copy, for which Update is a Get and a Set.
//
// The error is an *[EncodeError], a *[SizeError], [ErrGone] for a session that has ended meanwhile, or an
// *[UnavailableError]. Hand it to response.Error.
func Update[T any](s Session, key string, f func(T) T) error {
	rec := s.open()
	if rec == nil {
		return errCommitted
	}
	if isReserved(key) {
		return &EncodeError{Key: key, Err: errReserved}
	}
	encoded := func(old []byte) ([]byte, error) {
		var v T
		if old != nil && rec.manager.opts.Serializer.Decode(old, &v) != nil {
			var zero T
			v = zero
		}
		data, err := rec.manager.opts.Serializer.Encode(f(v))
		if err != nil {
			return nil, &EncodeError{Key: key, Err: err}
		}
		return data, nil
	}
	at, own := rec.location(key)
	if own {
		old, _ := rec.get(key)
		data, err := encoded(old)
		if err != nil {
			return err
		}
		s.change(rec, func() { rec.set(key, data, nil) })
		return nil
	}
	if !s.isOpen(rec) {
		return errCommitted
	}
	return rec.modifyInStore(at, key, encoded)
}

// location returns where a value is kept, and whether it is this request's own copy that counts instead.
func (r *record) location(key string) (at storeLocation, own bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at = storeLocation{place: r.storeID, dataKey: r.dataKey, opened: r.loadedSize, others: r.size()}
	if i := r.index(key); i >= 0 {
		at.others -= len(r.entries[i].data)
	} else {
		at.others += len(key)
	}
	return at, r.isOwn(key)
}

// isOwn is asked with the mutex held.
func (r *record) isOwn(key string) bool {
	i := r.index(key)
	return !r.inStore || r.cleared || r.id != r.storeID || i >= 0 && r.entries[i].dirty || slices.Contains(r.removed, key)
}

// modifyInStore replaces a value where it is kept, and then in this request's copy, unless that has changed
// meanwhile. The function that it gives to the store takes no mutex: a commit has it while it waits for the
// store, which may run the function under a lock of its own.
func (r *record) modifyInStore(at storeLocation, key string, f func([]byte) ([]byte, error)) error {
	var first, last []byte
	err := r.manager.backend.modify(r, at, key, func(old []byte) ([]byte, error) {
		data, err := f(old)
		first, last = old, data
		return data, cmp.Or(err, r.manager.opts.checkSize(at.others+len(data), at.opened))
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.storeModified = r.storeModified || first == nil || !bytes.Equal(first, last)
	switch i := r.index(key); {
	case r.isOwn(key):
	case i >= 0:
		r.entries[i].data = last
	default:
		r.entries = append(r.entries, entry{key: key, data: last})
	}
	return nil
}

// ListUser returns the identities of all live sessions of a user, as [Session.ID] returns them.
func ListUser(ctx context.Context, store Store, user string) ([]string, error) {
	if user == "" {
		return nil, errors.New("sessions: list the sessions of a user: the user is empty")
	}
	ids, err := store.ListUser(ctx, user)
	if err != nil {
		return nil, fmt.Errorf("sessions: list the sessions of a user: %w", err)
	}
	return ids, nil
}

// RevokeUser ends all sessions of a user, on every instance that shares the store: their next
// requests have none, and those in flight cannot save any more. It is one step of the store, so a session
// that changes its identity all the time does not get away. Sessions that the user begins meanwhile or
// later stay.
//
// After an error some may be left: call it again.
func RevokeUser(ctx context.Context, store Store, user string) error {
	if user == "" {
		return errors.New("sessions: revoke the sessions of a user: the user is empty")
	}
	if err := store.DeleteUser(ctx, user); err != nil {
		return fmt.Errorf("sessions: revoke the sessions of a user: %w", err)
	}
	return nil
}
