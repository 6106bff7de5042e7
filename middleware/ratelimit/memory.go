package ratelimit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/soay-go/soay/router"
)

// MemoryOptions sets up a [Memory]. The zero value is the default.
type MemoryOptions struct {
	// MaxKeys is how many buckets are kept, each of about 200 bytes. The default is 100,000. When there are as many,
	// the one of a few that is soonest full again is dropped for a new one: a client that is refused stays so,
	// however many others come.
	MaxKeys int
}

const (
	defaultMaxKeys = 100_000
	maxShards      = 64
	minShardKeys   = 16 // with fewer there would be too little choice
	sampleFull     = 8  // entries of which one is dropped where the shard is full
	sampleNew      = 2  // entries that are dropped if they are full again, for each new key
)

// Memory is a [Store] in the memory of the process. It is safe for concurrent use. A key whose bucket is full
// again takes no memory for long: each new key removes some of those.
type Memory struct {
	err    error
	start  time.Time // times are since then, by a clock that nobody sets
	seed   maphash.Seed
	shards []shard
	limit  int // of a shard
}

var _ Store = (*Memory)(nil)

// shard is a part of the keys with a lock of its own.
type shard struct {
	mu      sync.Mutex
	index   map[string]int // of keys in entries
	entries []entry        // in no order
	_       [24]byte       // so that two locks are not in one cache line
}

// entry has for each rate the time at which the bucket of a key is full again, in nanoseconds since the start: the
// theoretical arrival time of GCRA.
type entry struct {
	key  string
	full []int64
}

// NewMemory returns a store without buckets. A wrong option is an error of Check.
func NewMemory(options ...MemoryOptions) *Memory {
	var o MemoryOptions
	m := &Memory{start: time.Now(), seed: maphash.MakeSeed()}
	if len(options) > 1 {
		m.err = fmt.Errorf("ratelimit: NewMemory: %d options; pass one", len(options))
	}
	if len(options) > 0 {
		o = options[0]
	}
	if o.MaxKeys < 0 {
		m.err = errors.Join(m.err, fmt.Errorf("ratelimit: NewMemory: MaxKeys: %d is negative", o.MaxKeys))
		o.MaxKeys = 0
	}
	o.MaxKeys = cmp.Or(o.MaxKeys, defaultMaxKeys)
	shards := maxShards
	for shards > 1 && o.MaxKeys/shards < minShardKeys {
		shards /= 2
	}
	m.shards, m.limit = make([]shard, shards), o.MaxKeys/shards
	return m
}

// Check returns an error if the options are wrong. The app calls it at the start.
func (m *Memory) Check() error { return m.err }

// Len returns how many buckets are kept.
func (m *Memory) Len() int {
	n := 0
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		n += len(s.entries)
		s.mu.Unlock()
	}
	return n
}

// Take implements [Store]. It never fails.
func (m *Memory) Take(_ context.Context, key string, cost int, rates []router.Rate) (Result, error) {
	return m.take([]byte(key), cost, rates), nil
}

// take is Take for a key that only a new bucket keeps a copy of.
func (m *Memory) take(key []byte, cost int, rates []router.Rate) Result {
	s := &m.shards[maphash.Bytes(m.seed, key)&uint64(len(m.shards)-1)]
	now := int64(time.Since(m.start))
	var few [2]time.Duration // most have no more rates
	reset := few[:0]
	s.mu.Lock()
	at, known := s.index[string(key)]
	var full []int64
	if known {
		full = s.entries[at].full
	}
	for i, rate := range rates {
		reset = append(reset, left(full, i, now, rate))
	}
	allowed := charge(cost, rates, reset)
	if allowed && cost != 0 {
		if !known {
			at = s.add(string(key), now, m.limit)
		}
		if len(full) != len(rates) {
			full = make([]int64, len(rates))
			s.entries[at].full = full
		}
		for i := range full {
			full[i] = now + min(int64(reset[i]), math.MaxInt64-now)
		}
	}
	s.mu.Unlock()
	return ResultOf(cost, allowed, rates, reset)
}

// left returns how long bucket i takes to be full again.
func left(full []int64, i int, now int64, rate router.Rate) time.Duration {
	if i >= len(full) || full[i] <= now {
		return 0
	}
	// Another rate may have been there before.
	return min(time.Duration(full[i]-now), rate.Interval()*time.Duration(rate.Capacity()))
}

// charge adds a cost to what the buckets take to be full again, if all of the rates allow it.
func charge(cost int, rates []router.Rate, reset []time.Duration) bool {
	for i, rate := range rates {
		capacity := rate.Capacity()
		if cost > capacity {
			return false
		}
		interval := rate.Interval()
		if cost > 0 && interval*time.Duration(cost) > interval*time.Duration(capacity)-reset[i] {
			return false
		}
	}
	for i, rate := range rates {
		n := max(cost, -rate.Capacity()) // less would not fit the type
		reset[i] = max(0, reset[i]+rate.Interval()*time.Duration(n))
	}
	return true
}

// add adds a key without times and returns its place. It drops others: those of a sample that are full again, and one
// more if there are too many.
func (s *shard) add(key string, now int64, limit int) int {
	sample := sampleNew
	if len(s.entries) >= limit {
		sample = sampleFull
	}
	soonest := -1
	for range min(sample, len(s.entries)) {
		at := rand.IntN(len(s.entries))
		switch until := s.entries[at].latest(); {
		case until <= now:
			s.remove(at)
			soonest = -1 // another one has its place now
		case soonest < 0 || until < s.entries[soonest].latest():
			soonest = at
		}
		if len(s.entries) == 0 {
			break
		}
	}
	if len(s.entries) >= limit {
		s.remove(soonest)
	}
	if s.index == nil {
		s.index = map[string]int{}
	}
	s.index[key] = len(s.entries)
	s.entries = append(s.entries, entry{key: key})
	return len(s.entries) - 1
}

// remove removes an entry; the last one takes its place.
func (s *shard) remove(at int) {
	last := len(s.entries) - 1
	delete(s.index, s.entries[at].key)
	if at != last {
		s.entries[at] = s.entries[last]
		s.index[s.entries[at].key] = at
	}
	s.entries[last] = entry{}
	s.entries = s.entries[:last]
}

// latest returns when all buckets are full.
func (e *entry) latest() int64 {
	var t int64
	for _, at := range e.full {
		t = max(t, at)
	}
	return t
}
