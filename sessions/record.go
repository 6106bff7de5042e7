package sessions

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// entry is one value of a session, encoded.
type entry struct {
	key   string
	data  []byte
	dirty bool // this request has set it
}

// smallRoom is enough for a few numbers, or a short text. With it a record has at most 512 bytes,
// above which the runtime allocates in a slower way.
const smallRoom = 32

// record is the session of one request once it is looked at: what came with the request and what
// the handler made of it.
type record struct {
	gen     uint64
	manager *Manager
	ctx     context.Context
	fault   *UnavailableError // nobody knows what the session is

	mu      sync.Mutex
	entries []entry
	room    [4]entry        // what entries of a small session take
	small   [smallRoom]byte // what small values take that this request sets
	id      string
	created time.Time   // start of the absolute life
	seen    time.Time   // start of the idle time
	user    string      // whose session it is
	secret  string      // the way to it in a store
	place   string      // the id that the cookie leads to in a store, whether there is a record or not
	dataKey *dataKey    // what seals it there, nil for nothing
	opened  int         // the size that it had there
	epoch   int64       // that of the user in the cookie
	removed []string    // keys that this request has removed
	err     error       // the first value that could not be encoded
	told    instruction // what the browser is told
	several *several    // nil unless the request carried several cookies of the name

	https     bool
	sent      bool  // the request carried a cookie of the session's name, good or bad
	used      uint8 // of small
	stored    bool  // the client holds a valid session
	fresh     bool  // its idle time need not begin anew yet
	kept      bool  // a store has the record, under place
	owned     bool  // this request has set the user
	cleared   bool  // all that the store has is to be removed
	destroyed bool  // the record in the store is to be removed
	changed   bool
	updated   bool // Update has changed what the store has
	committed bool
}

// clone returns a copy for generation gen of another slot.
func (r *record) clone(gen uint64) *record {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.identify()
	return &record{
		gen: gen, manager: r.manager, https: r.https, sent: r.sent,
		entries: slices.Clone(r.entries), id: r.id, created: r.created, seen: r.seen, stored: r.stored, changed: r.changed, updated: r.updated,
		ctx: context.WithoutCancel(r.ctx), user: r.user,
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
	if isReserved(key) {
		err = errReserved
	}
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
		r.entries = append(r.entries, entry{key, data, true})
	case bytes.Equal(r.entries[i].data, data):
		return
	default:
		r.entries[i].data, r.entries[i].dirty = data, true
	}
	r.removed = slices.DeleteFunc(r.removed, func(k string) bool { return k == key })
	r.changed = true
}

// encodeSmall encodes a value that is short and plain, and reports whether it is.
func (r *record) encodeSmall(b []byte, value any) ([]byte, bool) {
	if _, ok := r.manager.opts.Serializer.(JSON); !ok {
		return nil, false
	}
	if text, ok := value.(string); ok && len(text)+len(`""`) > cap(b) {
		return nil, false
	}
	return appendPlain(b, value)
}

// setSmall is set for a few bytes that belong to the caller.
func (r *record) setSmall(key string, data []byte) {
	used := int(r.used)
	kept := append(r.small[used:used:len(r.small)], data...) // which allocates if there is no room
	if used+len(data) <= len(r.small) {
		r.used += uint8(len(data))
	}
	r.set(key, slices.Clip(kept), nil)
}

func (r *record) delete(key string) {
	if i := r.index(key); i >= 0 {
		r.entries = slices.Delete(r.entries, i, i+1)
		r.removed = append(r.removed, key)
		r.changed = true
	}
}

func (r *record) clear() {
	r.changed = r.changed || r.sent || !r.isEmpty() // a cookie that was refused is deleted as well
	r.entries, r.removed, r.user, r.opened = nil, nil, "", 0
	r.cleared, r.owned = true, true
}

func (r *record) renew() {
	r.id, r.secret = "", ""
	r.created = time.Time{}
	r.changed = r.changed || !r.isEmpty()
}

func (r *record) destroy() {
	r.clear()
	r.renew()
	r.destroyed = true
}

// own makes it the session of a user, with a new identity: nothing that was planted in the browser
// before is signed in with it.
func (r *record) own(user string) {
	r.owned = true
	if user == r.user {
		r.changed = r.changed || user != "" && r.manager.opts.Epoch != nil // which may be another one by now
		return
	}
	r.user, r.changed = user, true
	r.renew()
}

func (r *record) isEmpty() bool { return len(r.entries) == 0 && r.user == "" }

// size is how many bytes the keys and values take.
func (r *record) size() int {
	n := len(r.user)
	for _, e := range r.entries {
		n += len(e.key) + len(e.data)
	}
	return n
}

// checkSize returns an error for a size that a session in a store may not get. One that is larger
// already, since several requests have made it so at once, may stay as it is.
func (o *Options) checkSize(size, opened int) error {
	if size > o.MaxBytes && size > opened {
		return &SizeError{Size: size, Limit: o.MaxBytes}
	}
	return nil
}

// values returns all values for a new record.
func (r *record) values() map[string][]byte {
	values := make(map[string][]byte, len(r.entries))
	for _, e := range r.entries {
		values[e.key] = e.data
	}
	return values
}

// pending returns what this request did to a record that a store has.
func (r *record) pending(now time.Time) Change {
	change := Change{Clear: r.cleared, Set: map[string][]byte{}, Delete: r.removed, Seen: now}
	for _, e := range r.entries {
		if e.dirty || r.cleared {
			change.Set[e.key] = e.data
		}
	}
	if r.owned {
		change.User = &r.user
	}
	return change
}

// entriesOf returns the values of a record in the order of their keys.
func entriesOf(values map[string][]byte, entries []entry) []entry {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		entries = append(entries, entry{key: key, data: values[key]})
	}
	return entries
}

func (r *record) modified() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed || r.updated
}

func (r *record) identity() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.identify()
	if r.isEmpty() && !r.stored {
		return "" // one that is only reserved
	}
	return r.id
}

// reserve makes the id that the session will have with its first value. The caller holds the mutex.
func (r *record) reserve() {
	if r.id == "" {
		r.id, r.secret = r.manager.keeper.identify()
	}
}

// identify makes an id for a session that has its first value. The caller holds the mutex.
func (r *record) identify() {
	if !r.isEmpty() {
		r.reserve()
	}
}
