package loop

import (
	"context"
	"sync"
	"time"
)

// watch finds out that the client has left, by a goroutine that reads one byte ahead. It runs only while
// somebody waits for the end of the request's context and the body has been read to its end.
type watch struct {
	mu      sync.Mutex
	changed sync.Cond // running has become false

	cancel   context.CancelFunc // nil as long as nobody waits
	bodyRead bool               // no byte of the body is left
	running  bool
	stopping bool
	ahead    []byte // what it has read
	buffer   [1]byte
}

// Watch implements [http1.Peer].
func (c *conn) Watch(cancel context.CancelFunc) {
	c.watch.mu.Lock()
	defer c.watch.mu.Unlock()
	c.watch.cancel = cancel
	c.startWatch()
}

// bodyRead says that no byte of the body is left to be read.
func (c *conn) bodyRead() {
	c.watch.mu.Lock()
	defer c.watch.mu.Unlock()
	c.watch.bodyRead = true
	c.startWatch()
}

// startWatch starts the goroutine if it is time. The lock is held.
func (c *conn) startWatch() {
	w := &c.watch
	if w.cancel == nil || !w.bodyRead || w.running || w.stopping || len(w.ahead) > 0 {
		return
	}
	w.running = true
	_ = c.net.SetReadDeadline(time.Time{}) // the last one was for the head, or for the body
	go func() {
		n, err := c.net.Read(w.buffer[:])
		w.mu.Lock()
		defer w.mu.Unlock()
		w.ahead = w.buffer[:n]
		if err != nil && !w.stopping {
			w.cancel()
		}
		w.running = false
		w.changed.Broadcast()
	}()
}

// stopWatch ends the goroutine, and puts a byte that it got behind the others.
func (c *conn) stopWatch() {
	w := &c.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cancel == nil {
		return
	}
	w.stopping = true
	if w.running {
		_ = c.net.SetReadDeadline(longAgo)
		for w.running {
			w.changed.Wait()
		}
		_ = c.net.SetReadDeadline(time.Time{})
	}
	c.in.append(w.ahead)
	w.ahead, w.cancel, w.stopping = nil, nil, false
}

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)
