package memstore

import (
	"strings"

	"github.com/soay-go/soay/sessions"
)

// copyRecord returns a copy that shares nothing with r. All values share one allocation. Each has no capacity
// beyond its end, so that appending to it does not overwrite the next.
func copyRecord(r sessions.Record) sessions.Record {
	n := 0
	for _, value := range r.Values {
		n += len(value)
	}
	all := make([]byte, 0, n)
	values := make(map[string][]byte, len(r.Values))
	for key, value := range r.Values {
		start := len(all)
		all = append(all, value...)
		values[key] = all[start:len(all):len(all)]
	}
	r.Values = values
	return r
}

// cloneRecord returns a copy of r for the store. Each text and each value has memory of its own, because a
// small one that shares memory would keep all of it.
func cloneRecord(r sessions.Record) sessions.Record {
	r.Values, r.User = cloneValues(r.Values), strings.Clone(r.User)
	return r
}

// cloneChange is cloneRecord for a change.
func cloneChange(c sessions.Change) sessions.Change {
	c.Set = cloneValues(c.Set)
	if c.User != nil {
		user := strings.Clone(*c.User)
		c.User = &user
	}
	return c
}

func cloneValues(values map[string][]byte) map[string][]byte {
	clones := make(map[string][]byte, len(values))
	for key, value := range values {
		clones[strings.Clone(key)] = append(make([]byte, 0, len(value)), value...)
	}
	return clones
}

// Memory of an entry, its user, a value and a redirect in addition to their own bytes, measured on a 64-bit
// system.
const (
	entryOverhead = 700
	userOverhead  = 300
	valueOverhead = 80
	redirectBytes = 500
)

// sizeOf estimates the memory of a record in the store.
func sizeOf(id string, r *sessions.Record) int64 {
	n := entryOverhead + len(id)
	if r.User != "" {
		n += userOverhead + len(r.User)
	}
	for key, value := range r.Values {
		n += valueOverhead + len(key) + len(value)
	}
	return int64(n)
}
