package memstore

import (
	"strings"

	"github.com/soay-go/soay/sessions"
)

// copyRecord returns a copy that shares nothing with r. The values lie one behind the other in one
// piece of memory, each without capacity beyond its end, so that appending to it does not overwrite
// the next one.
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

// keep returns a copy of r to stay in the store. Each text and value is a copy of its own, lest a
// small one holds the memory of something large that it was cut from.
func keep(r sessions.Record) sessions.Record {
	r.Values, r.User = keepValues(r.Values), strings.Clone(r.User)
	return r
}

// keepChange is keep for a change.
func keepChange(c sessions.Change) sessions.Change {
	c.Set = keepValues(c.Set)
	if c.User != nil {
		user := strings.Clone(*c.User)
		c.User = &user
	}
	return c
}

func keepValues(values map[string][]byte) map[string][]byte {
	kept := make(map[string][]byte, len(values))
	for key, value := range values {
		kept[strings.Clone(key)] = append(make([]byte, 0, len(value)), value...)
	}
	return kept
}

// What an entry, its user and a value take beyond their own bytes, measured on a 64-bit system.
const (
	entryOverhead = 700
	userOverhead  = 300
	valueOverhead = 80
	traceBytes    = 500
)

// sizeOf estimates the memory that a record takes in the store.
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
