// Package turns lets goroutines that want the same thing go one after the other.
package turns

import (
	"context"
	"sync"
)

// Turns is the lines in which goroutines wait. Its zero value is ready. For stores it is not needed for
// what they do to be right, only for it to be quick: other programs do not wait here.
type Turns struct {
	mu    sync.Mutex
	lines map[string]*line
}

// line is who wants one thing.
type line struct {
	head chan struct{} // full while it is somebody's turn
	long int           // how many wait, or have it
}

// Take waits for the turn of a name, or for the end of the context, whose error it returns. The turn ends
// with a call of leave.
func (t *Turns) Take(ctx context.Context, name string) (leave func(), err error) {
	t.mu.Lock()
	l := t.lines[name]
	if l == nil {
		l = &line{head: make(chan struct{}, 1)}
		if t.lines == nil {
			t.lines = map[string]*line{}
		}
		t.lines[name] = l
	}
	l.long++
	t.mu.Unlock()
	select {
	case l.head <- struct{}{}:
		return func() { <-l.head; t.leave(name, l) }, nil
	case <-ctx.Done():
		t.leave(name, l)
		return nil, ctx.Err()
	}
}

func (t *Turns) leave(name string, l *line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.long--; l.long == 0 {
		delete(t.lines, name)
	}
}
