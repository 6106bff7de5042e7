package files

import (
	"hash/maphash"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/soay-go/soay/response"
)

// cache is what is known of files by the names they were asked for by. What was not asked for since it was looked at last
// is dropped first.
type cache struct {
	limit int64 // in bytes

	lock  sync.RWMutex
	items map[string]*item
	ring  []*item // all items, in the order in which they are looked at
	hand  int
	bytes int64
}

// item is a name by which a file was asked for.
type item struct {
	name     string
	resource *resource
	as       as
	isOther  bool // the name is not that of the file
	bytes    int64
	at       int          // its place in the ring
	checked  atomic.Int64 // when the disk was looked at last, in nanoseconds of Unix time
	used     atomic.Bool
}

func (c *cache) get(name string) *item {
	c.lock.RLock()
	i := c.items[name]
	c.lock.RUnlock()
	if i != nil && !i.used.Load() {
		i.used.Store(true)
	}
	return i
}

// minCache is for what is known of files where none are kept.
const minCache = 1 << 20

func (c *cache) add(i *item) {
	c.lock.Lock()
	defer c.lock.Unlock()
	limit := max(c.limit, minCache)
	if i.bytes > limit {
		return
	}
	if c.items == nil {
		c.items = map[string]*item{}
	}
	if old := c.items[i.name]; old != nil {
		c.drop(old.at)
	}
	for c.bytes+i.bytes > limit {
		c.hand %= len(c.ring)
		if c.ring[c.hand].used.Swap(false) {
			c.hand++
			continue
		}
		c.drop(c.hand)
	}
	c.items[i.name], i.at = i, len(c.ring)
	c.ring = append(c.ring, i)
	c.bytes += i.bytes
}

// drop removes an item of the ring.
func (c *cache) drop(n int) {
	i := c.ring[n]
	last := len(c.ring) - 1
	c.ring[n], c.ring[last].at = c.ring[last], n
	c.ring[last] = nil
	c.ring = c.ring[:last]
	delete(c.items, i.name)
	c.bytes -= i.bytes
}

func (c *cache) clear() {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.items, c.ring, c.hand, c.bytes = nil, nil, 0, 0
}

var lockSeed = maphash.MakeSeed()

// resourceOf returns a file of which these versions were found, which is read unless it is known.
func (s *Set) resourceOf(name string, f found) (*resource, error) {
	if r := s.knownResource(name, f); r != nil {
		return r, nil
	}
	lock := &s.locks[maphash.String(lockSeed, name)%uint64(len(s.locks))]
	lock.Lock()
	defer lock.Unlock()
	if r := s.knownResource(name, f); r != nil {
		return r, nil
	}
	r, err := s.make(name, f)
	if err != nil {
		return nil, err
	}
	s.keep(name, r, asPlain, false)
	return r, nil
}

func (s *Set) knownResource(name string, f found) *resource {
	i := s.cache.get(name)
	if i == nil || i.isOther || i.resource.name != name || i.resource.young || !s.isSame(i.resource.found, f) {
		return nil
	}
	i.checked.Store(time.Now().UnixNano())
	return i.resource
}

// keep notes a name of a file. The memory of the file counts under each name, for each may be the last one to go.
func (s *Set) keep(name string, r *resource, how as, isOther bool) {
	i := &item{name: name, resource: r, as: how, isOther: isOther, bytes: r.bytes + int64(len(name))}
	i.checked.Store(time.Now().UnixNano())
	s.cache.add(i)
}

// known returns the answer for a file that was found under the name asked, "" for a name that is not to be noted.
func (s *Set) known(hr *http.Request, asked, name string, f found, how as) response.Response {
	r, err := s.resourceOf(name, f)
	if err != nil {
		s.report(name, err)
		return response.NotFound()
	}
	if asked != name && asked != "" || how == asImmutable {
		s.keep(asked, r, how, true)
	}
	return r.answer(hr, how)
}

// printed returns the answer for a name with a fingerprint.
func (s *Set) printed(hr *http.Request, asked, name string, f found, print string) response.Response {
	r, err := s.resourceOf(name, f)
	if err != nil {
		s.report(name, err)
		return response.NotFound()
	}
	if r.print != print {
		return r.answer(hr, asStale)
	}
	s.keep(asked, r, asImmutable, true)
	return r.answer(hr, asImmutable)
}
