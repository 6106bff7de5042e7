package sessions

import (
	"bytes"
	"slices"
	"sync"
	"time"
)

// entry is one value of a session, encoded.
type entry struct {
	key  string
	data []byte
}

// record is the session of one request once it is looked at: what came with the request and what
// the handler made of it.
type record struct {
	gen     uint64
	manager *Manager
	https   bool
	sent    bool // the request carried a cookie of the session's name, good or bad

	mu        sync.Mutex
	entries   []entry
	room      [4]entry // what entries of a small session take
	id        string
	created   time.Time // start of the absolute life
	seen      time.Time // start of the idle time
	stored    bool      // the client holds a valid session
	changed   bool
	committed bool
	err       error // the first value that could not be encoded
}

// clone returns a copy for generation gen of another slot.
func (r *record) clone(gen uint64) *record {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.identify()
	return &record{
		gen: gen, manager: r.manager, https: r.https, sent: r.sent,
		entries: slices.Clone(r.entries), id: r.id, created: r.created, seen: r.seen, stored: r.stored, changed: r.changed,
	}
}

func (r *record) get(key string) ([]byte, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := r.index(key); i >= 0 {
		return r.entries[i].data, true
	}
	return nil, false
}

func (r *record) index(key string) int {
	return slices.IndexFunc(r.entries, func(e entry) bool { return e.key == key })
}

// snapshot returns the entries as they are now. The data of an entry is never overwritten, only
// replaced.
func (r *record) snapshot() []entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.entries)
}

// change runs f, which changes the record, and reports whether it still counts: after the commit
// nothing does.
func (r *record) change(f func()) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.committed {
		return false
	}
	f()
	return true
}

// set stores a value whose encoding gave data or err. The caller holds the mutex, as with all
// below.
func (r *record) set(key string, data []byte, err error) {
	if err != nil {
		r.changed = true
		if r.err == nil {
			r.err = &EncodeError{Key: key, Err: err}
		}
		return
	}
	i := r.index(key)
	switch {
	case i < 0:
		r.entries = append(r.entries, entry{key, data})
	case bytes.Equal(r.entries[i].data, data):
		return
	default:
		r.entries[i].data = data
	}
	r.changed = true
}

func (r *record) delete(key string) {
	if i := r.index(key); i >= 0 {
		r.entries = slices.Delete(r.entries, i, i+1)
		r.changed = true
	}
}

func (r *record) clear() {
	r.changed = r.changed || r.sent || len(r.entries) > 0 // a cookie that was refused is deleted as well
	r.entries = nil
}

func (r *record) renew() {
	r.id = ""
	r.created = time.Time{}
	r.changed = r.changed || len(r.entries) > 0
}

func (r *record) destroy() {
	r.clear()
	r.renew()
}

func (r *record) modified() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

func (r *record) identity() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.identify()
	return r.id
}

// identify makes an id for a session that has its first value. The caller holds the mutex.
func (r *record) identify() {
	if r.id == "" && len(r.entries) > 0 {
		r.id = newID()
	}
}
