package telemetry

import (
	"maps"
	"sync"
	"sync/atomic"
)

// maxCached is how many values a cache keeps. It is about as many series as the SDK keeps of one metric.
const maxCached = 2000

// cache keeps what is made of keys. Reading takes no lock and allocates nothing. An addition copies the map, of which there
// are few: keys come from the program, not from clients. Beyond maxCached values are made for each call. The zero value is
// ready for use.
type cache[K comparable, V any] struct {
	values atomic.Pointer[map[K]V]
	mu     sync.Mutex // of additions
}

// get returns the value of a key, and makes it where it is missing.
func (c *cache[K, V]) get(key K, build func(K) V) V {
	if m := c.values.Load(); m != nil {
		if v, ok := (*m)[key]; ok {
			return v
		}
		if len(*m) >= maxCached {
			return build(key)
		}
	}
	return c.add(key, build)
}

func (c *cache[K, V]) add(key K, build func(K) V) V {
	c.mu.Lock()
	defer c.mu.Unlock()
	var old map[K]V
	if m := c.values.Load(); m != nil {
		old = *m
	}
	if v, ok := old[key]; ok {
		return v
	}
	v := build(key)
	if len(old) >= maxCached {
		return v
	}
	added := maps.Clone(old)
	if added == nil {
		added = make(map[K]V)
	}
	added[key] = v
	c.values.Store(&added)
	return v
}
