package sessions

import (
	"bytes"
	"slices"
)

// Modify replaces the value of a key by the result of f, to which it passes the present value: the zero T
// if there is none, or one that does not fit a T.
//
//	err := sessions.Modify(req.Session, "visits", func(n int) int { return n + 1 })
//
// In a store this is atomic. It is done at once, whatever becomes of the response: 200 requests that do
// it at the same time count to 200. The store may call f more than once. A session that is in a cookie, or
// is not saved yet, is this request's own copy; there Modify is a Get and a Set.
//
// The error is an *[EncodeError], a *[SizeError], [ErrGone] for a session that has ended meanwhile, or an
// *[UnavailableError]. Pass it to response.Error.
func Modify[T any](s Session, key string, f func(T) T) error {
	rec := s.open()
	if rec == nil {
		return errCommitted
	}
	if isReserved(key) {
		return &EncodeError{Key: key, Err: errReserved}
	}
	encoded := func(old []byte) ([]byte, error) { // nil stands for no value
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
		data, err := encoded(old.data)
		if err != nil {
			return err
		}
		s.change(rec, func() { rec.set(entry{key: key, data: data, flash: old.flash}, nil) })
		return nil
	}
	if !s.isWritable(rec) {
		return errCommitted
	}
	return rec.modifyInStore(at, key, encoded)
}

// location returns where the store has a value. own means that this request's copy of the value counts
// instead.
func (r *record) location(key string) (at storeLocation, own bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at = storeLocation{id: r.storeID, dataKey: r.dataKey, loadedSize: r.loadedSize, otherSize: r.size()}
	if i := r.index(key); i >= 0 {
		at.otherSize -= len(r.entries[i].data)
	} else {
		at.otherSize += len(key)
	}
	return at, r.isOwn(key)
}

// isOwn reports whether this request has a copy of a value that the store does not have yet. The caller
// holds the mutex.
func (r *record) isOwn(key string) bool {
	i := r.index(key)
	return !r.inStore || r.cleared || r.id != r.storeID || i >= 0 && r.entries[i].dirty ||
		slices.ContainsFunc(r.removed, func(e entry) bool { return e.key == key })
}

// modifyInStore replaces a value in the store, and then in this request's copy unless that has changed
// meanwhile. The function that it passes to the store must not lock the mutex of the record: a commit
// holds the mutex while it waits for the store, and the store may hold a lock while it calls the function.
func (r *record) modifyInStore(at storeLocation, key string, f func([]byte) ([]byte, error)) error {
	var first, last []byte
	ctx, end := r.begin("session.modify")
	err := r.manager.backend.modify(ctx, r, at, key, func(old []byte) (_ []byte, err error) {
		e := entryOf(key, old)
		if e.data, err = f(e.data); err != nil {
			return nil, err
		}
		first, last = old, e.saved()
		return last, r.manager.opts.checkSize(at.otherSize+len(e.data), at.loadedSize)
	})
	end(err)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.storeModified = r.storeModified || first == nil || !bytes.Equal(first, last)
	switch i := r.index(key); {
	case r.isOwn(key):
	case i >= 0:
		r.entries[i] = entryOf(key, last)
	default:
		r.entries = append(r.entries, entryOf(key, last))
	}
	return nil
}
