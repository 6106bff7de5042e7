package basic

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"

	"github.com/soay-go/soay/middleware/auth"
)

// maxMemories is how many successes are kept.
const maxMemories = 1000

// memoryKey is an HMAC of a name and a password.
type memoryKey [sha256.Size]byte

// memory keeps who has a name and a password that were right. It is safe for concurrent use.
type memory struct {
	life   time.Duration
	secret []byte // of this process, so that a dump of another one tells nothing

	mu    sync.Mutex
	known map[memoryKey]*auth.Identity
	order []kept // the keys of known, the one that ends first in front: all live equally long
}

type kept struct {
	key   memoryKey
	until time.Time
}

func newMemory(life time.Duration) *memory {
	m := &memory{life: life, secret: make([]byte, sha256.Size), known: map[memoryKey]*auth.Identity{}}
	rand.Read(m.secret) // never fails
	return m
}

// keyOf returns the key of a name and a password. Their lengths are part of it, so that no other pair has the same.
func (m *memory) keyOf(name, secret string) memoryKey {
	mac := hmac.New(sha256.New, m.secret)
	for _, s := range [...]string{name, secret} {
		mac.Write(binary.AppendUvarint(nil, uint64(len(s))))
		mac.Write([]byte(s))
	}
	return memoryKey(mac.Sum(nil))
}

// get returns whom a key is for, nil if that is not known.
func (m *memory) get(key memoryKey) *auth.Identity {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(maxMemories)
	return m.known[key]
}

// add keeps whom a key is for.
func (m *memory) add(key memoryKey, id *auth.Identity) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known[key] != nil { // by another request with the same password
		return
	}
	m.forget(maxMemories - 1)
	m.known[key] = id
	m.order = append(m.order, kept{key, time.Now().Add(m.life)})
}

// forget drops what has ended, and the oldest of more than so many.
func (m *memory) forget(most int) {
	now := time.Now()
	for len(m.order) > 0 && (len(m.order) > most || !now.Before(m.order[0].until)) {
		delete(m.known, m.order[0].key)
		m.order = m.order[1:]
	}
}
