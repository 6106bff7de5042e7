package sessions

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// entry is one value of a session, encoded.
type entry struct {
	key   string
	data  []byte
	dirty bool // this request has set it
	flash bool // see Session.Flash
	read  bool // this request has read it; only of flash values
}

// smallBufferSize is enough for a few numbers or a short text. With it a record has at most 512 bytes,
// above which the runtime allocates in a slower way.
const smallBufferSize = 32

// record is the session of one request once it is loaded: what came with the request, and what the
// handler has made of it. The [Record] of a store is what such a session is saved as.
type record struct {
	gen         uint64
	manager     *Manager
	ctx         context.Context
	operation   func(ctx context.Context, name, store string) (context.Context, func(error)) // of the slot
	unavailable *UnavailableError                                                            // the session could not be loaded

	mu           sync.Mutex
	entries      []entry
	buffer       [4]entry              // the memory of entries in a small session
	smallBuffer  [smallBufferSize]byte // the memory of small values that this request sets
	id           string
	created      time.Time    // start of the absolute life
	seen         time.Time    // start of the idle time
	user         string       // "" for nobody
	secret       string       // value of the cookie of a session in a store
	storeID      string       // the id that the request's cookie stands for in a store, with a record or without
	dataKey      *dataKey     // seals the values in the store, nil where nothing is sealed
	loadedSize   int          // size of the session when it was loaded from the store
	epoch        int64        // of the user, in the cookie
	removed      []entry      // what this request has removed: keys, and flash values that were shown
	err          error        // the first value that could not be encoded
	cookieUpdate cookieUpdate // of the commit
	duplicates   *duplicates  // nil unless the request carried several cookies of the name

	https         bool
	hadCookie     bool  // the request carried a cookie of the session's name, good or bad
	smallUsed     uint8 // bytes of smallBuffer that are taken
	valid         bool  // the cookie of the request is that of a session
	recentlySeen  bool  // the idle time need not begin anew yet
	inStore       bool  // a store has the record, under storeID
	userSet       bool  // this request has set the user
	cleared       bool  // all values that the store has are to be removed
	destroyed     bool  // the record in the store is to be removed
	changed       bool
	storeModified bool // the function Modify has changed the record in the store, or a flash value will be removed there
	committed     bool

	readFlash atomic.Bool // this request has read a flash value
}

// begin tells the observer, if there is one, that an operation begins, and returns the context for it and the function
// that tells its end.
func (r *record) begin(name string) (context.Context, func(error)) {
	if r.operation == nil {
		return r.ctx, endNothing
	}
	return r.operation(r.ctx, name, r.manager.store)
}

func endNothing(error) {}

// clone returns a copy for generation gen of another slot.
func (r *record) clone(gen uint64) *record {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.identify()
	return &record{
		gen: gen, manager: r.manager, https: r.https, hadCookie: r.hadCookie,
		entries: slices.Clone(r.entries), id: r.id, created: r.created, seen: r.seen, valid: r.valid, changed: r.changed, storeModified: r.storeModified,
		ctx: context.WithoutCancel(r.ctx), user: r.user,
	}
}

func (r *record) get(key string) (e entry, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := r.index(key); i >= 0 {
		return r.entries[i], true
	}
	return entry{}, false
}

// read is get for a caller that may show the value: a flash value that is read counts as shown.
func (r *record) read(key string) (data []byte, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := r.index(key)
	if i < 0 {
		return nil, false
	}
	if r.entries[i].flash {
		r.entries[i].read = true
		r.readFlash.Store(true)
	}
	return r.entries[i].data, true
}

func (r *record) index(key string) int {
	return slices.IndexFunc(r.entries, func(e entry) bool { return e.key == key })
}

// snapshot returns a copy of the entries. The data of an entry is never overwritten, only replaced.
func (r *record) snapshot() []entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.entries)
}

// change calls f, which changes the record, and returns true. After the commit it does not call f and returns
// false, for the change would not be saved.
func (r *record) change(f func()) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.committed {
		return false
	}
	f()
	return true
}

// set stores an entry, with the encoded value. A non-nil err is the error of encoding it. The caller holds the
// mutex, as for all methods below that do not lock it.
func (r *record) set(e entry, err error) {
	key := e.key
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
	e.dirty = true
	switch i := r.index(key); {
	case i < 0:
		r.entries = append(r.entries, e)
	case !e.flash && !r.entries[i].flash && bytes.Equal(r.entries[i].data, e.data):
		return
	default: // a flash value is always a new one: the same text may be shown by another request right now
		r.entries[i] = e
	}
	r.removed = slices.DeleteFunc(r.removed, func(e entry) bool { return e.key == key })
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

// setSmall is set for a few bytes that belong to the caller. It copies them into smallBuffer if they fit.
func (r *record) setSmall(key string, data []byte, flash bool) {
	used := int(r.smallUsed)
	copied := append(r.smallBuffer[used:used:len(r.smallBuffer)], data...) // allocates if they do not fit
	if used+len(data) <= len(r.smallBuffer) {
		r.smallUsed += uint8(len(data))
	}
	r.set(entry{key: key, data: slices.Clip(copied), flash: flash}, nil)
}

func (r *record) delete(key string) {
	if i := r.index(key); i >= 0 {
		r.entries = slices.Delete(r.entries, i, i+1)
		r.removed = append(r.removed, entry{key: key})
		r.changed = true
	}
}

func (r *record) clear() {
	r.changed = r.changed || r.hadCookie || !r.isEmpty() // a cookie that was refused is deleted as well
	r.entries, r.removed, r.user, r.loadedSize = nil, nil, "", 0
	r.cleared, r.userSet = true, true
}

// clearBut is clear that leaves the entries of some keys.
func (r *record) clearBut(keys []string) {
	kept := slices.DeleteFunc(slices.Clone(r.entries), func(e entry) bool { return !slices.Contains(keys, e.key) })
	r.clear()
	r.entries = kept
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

// setUser makes it the session of a user, with a new identity: a cookie that was planted in the browser
// before is not signed in with it.
func (r *record) setUser(user string) {
	r.userSet = true
	if user == r.user {
		r.changed = r.changed || user != "" && r.manager.opts.Epoch != nil // the epoch may be another by now
		return
	}
	r.user, r.changed = user, true
	r.renew()
}

func (r *record) isEmpty() bool { return len(r.entries) == 0 && r.user == "" }

// size returns how many bytes the user, the keys and the values take.
func (r *record) size() int {
	n := len(r.user)
	for _, e := range r.entries {
		n += len(e.key) + len(e.data)
	}
	return n
}

// checkSize returns an error if a session in a store may not become so large. A session that is too large
// already, because several requests have added values at the same time, may keep its size.
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
		values[e.key] = e.saved()
	}
	return values
}

// pending returns the changes of this request to a record that a store has.
func (r *record) pending(now time.Time) Change {
	change := Change{Clear: r.cleared, Set: map[string][]byte{}, Seen: now}
	for _, e := range r.removed {
		if !e.flash {
			change.Delete = append(change.Delete, e.key)
		}
	}
	for _, e := range r.entries {
		if e.dirty || r.cleared {
			change.Set[e.key] = e.saved()
		}
	}
	if r.userSet {
		change.User = &r.user
	}
	return change
}

// entriesOf returns the values of a record in the order of their keys.
func entriesOf(values map[string][]byte, entries []entry) []entry {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		entries = append(entries, entryOf(key, values[key]))
	}
	return entries
}

func (r *record) modified() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed || r.storeModified
}

func (r *record) identity() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.identify()
	if r.isEmpty() && !r.valid {
		return "" // it is only reserved
	}
	return r.id
}

// reserve makes an id for a session that has none.
func (r *record) reserve() {
	if r.id == "" {
		r.id, r.secret = r.manager.backend.identify()
	}
}

// identify makes an id for a session that has its first value.
func (r *record) identify() {
	if !r.isEmpty() {
		r.reserve()
	}
}
