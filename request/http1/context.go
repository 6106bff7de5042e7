package http1

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A Peer is the connection that a request came by.
type Peer interface {
	LocalAddr() net.Addr
	// Watch begins to watch whether the client leaves, and cancel is to be called when it has left. It is called at most
	// once for a Message, when somebody first asks for the end of its context, by any goroutine, and never after End:
	// End waits for a call that has begun. Watch must not use the Message.
	Watch(cancel context.CancelFunc)
}

// A Context is the context of a request. It costs nothing until somebody asks for its end: by Done, Err, or a
// context derived from it. Only from then on the peer watches the client. Several goroutines can use it at once.
type Context struct {
	base context.Context
	peer Peer

	state atomic.Uint32
	mu    sync.Mutex // held while inner is made, and by End once it is
	inner *inner     // set before stateMade
}

// An inner is what a Context becomes when somebody asks for its end.
type inner struct {
	context.Context
	cancel context.CancelFunc
}

const (
	stateMade  = 1 << iota // inner is there
	stateEnded             // End was called
)

// Deadline returns the deadline of the base.
func (c *Context) Deadline() (time.Time, bool) { return c.base.Deadline() }

// Done returns a channel that is closed when the client has left or the request has ended.
func (c *Context) Done() <-chan struct{} { return c.made().Done() }

// Err returns nil as long as the channel of Done is open. It begins the watch as Done does, for whoever asks
// again and again needs no channel.
func (c *Context) Err() error { return c.made().Err() }

// Value returns the local address of the connection for [http.LocalAddrContextKey], and all else from the base. Package
// context looks for contexts of its own by Value. It finds the inner one, so it ties contexts that are derived
// from this one to that without a goroutine.
func (c *Context) Value(key any) any {
	if key == http.LocalAddrContextKey {
		return c.peer.LocalAddr()
	}
	if c.state.Load() == 0 {
		return c.base.Value(key)
	}
	return c.made().Value(key)
}

// End ends the context with the request. If nobody has asked for its end yet, no watch begins any more, and whoever
// asks from now on learns that it has ended.
func (c *Context) End() {
	if c.state.CompareAndSwap(0, stateEnded) {
		return
	}
	c.mu.Lock()
	inner := c.inner
	c.state.Or(stateEnded)
	c.mu.Unlock()
	if inner != nil {
		inner.cancel()
	}
}

// made returns the inner context, and makes it at the first call.
func (c *Context) made() context.Context {
	if c.state.Load()&stateMade != 0 {
		return c.inner
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state.Load()&stateMade != 0 {
		return c.inner
	}
	ctx, cancel := context.WithCancel(c.base)
	c.inner = &inner{ctx, cancel}
	if c.state.CompareAndSwap(0, stateMade) {
		c.peer.Watch(cancel)
		return c.inner
	}
	cancel()
	c.state.Or(stateMade)
	return c.inner
}
