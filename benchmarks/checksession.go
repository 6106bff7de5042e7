package main

import (
	"fmt"
	"net/http"
	"strings"
)

// openSessionWrite times a request that carries a session and changes it.
func openSessionWrite(f framework) (*entry, error) {
	return openSession(f, writePath)
}

// openSessionRead times a request that carries a session and reads from it.
func openSessionRead(f framework) (*entry, error) {
	return openSession(f, readPath)
}

// openSessionUntouched times a request that carries a session which the handler
// does not look at.
func openSessionUntouched(f framework) (*entry, error) {
	return openSession(f, plainPath)
}

// openSession builds the framework's session app, sees that its counter really
// counts, and prepares the request for the path with the cookie it got.
func openSession(f framework, path string) (*entry, error) {
	if f.sessions == nil {
		return nil, nil
	}
	s := f.sessions()
	browser, err := startSession(s)
	if err != nil {
		return nil, err
	}
	return openCalls(s, []call{browser.call(path)}, func(_ int, a answer) error {
		if err := text(greeting)(a); err != nil {
			return err
		}
		return browser.checkCounter(path)
	})
}

// browser is a client that carries cookies over, and what it knows about the
// session they stand for.
type browser struct {
	cookies map[string]string
	names   []string // the order of arrival, in which cookies are sent
	counter int      // the value the session must have now
	// inCookie tells that a new cookie came with a new counter: the session
	// is in the cookie, so the same cookie must always give the same counter.
	inCookie bool
}

// startSession counts twice and reads, each with the cookies of the answers
// before.
func startSession(s server) (*browser, error) {
	b := &browser{cookies: map[string]string{}, counter: firstCount}
	if _, err := b.send(s, writePath); err != nil {
		return nil, err
	}
	if len(b.cookies) == 0 {
		return nil, fmt.Errorf("GET %s: no cookie comes with a new session", writePath)
	}
	first := b.header()
	if _, err := b.send(s, writePath); err != nil {
		return nil, err
	}
	b.inCookie = b.header() != first
	if _, err := b.send(s, readPath); err != nil {
		return nil, err
	}
	return b, nil
}

// call prepares a request with the cookies.
func (b *browser) call(path string) call {
	return call{method: http.MethodGet, path: path, cookie: b.header()}
}

// send sends one request, checks the answer and the counter, and keeps the
// cookies.
func (b *browser) send(s server, path string) (answer, error) {
	c, err := s.client([]call{b.call(path)})
	if err != nil {
		return answer{}, err
	}
	if path == writePath {
		b.counter++
	}
	counted = 0
	a := c.answer(0)
	if err := text(greeting)(a); err != nil {
		return a, fmt.Errorf("GET %s: %w", path, err)
	}
	if counted != b.counter {
		return a, fmt.Errorf("GET %s: the counter is %d, want %d", path, counted, b.counter)
	}
	for _, cookie := range (&http.Response{Header: a.header}).Cookies() {
		if _, ok := b.cookies[cookie.Name]; !ok {
			b.names = append(b.names, cookie.Name)
		}
		b.cookies[cookie.Name] = cookie.Value
	}
	return a, nil
}

// checkCounter checks what the handler has seen when the same request is sent
// again. It looks at counted and clears it for the next check.
func (b *browser) checkCounter(path string) error {
	got := counted
	counted = 0
	switch {
	case path == plainPath:
		return nil
	case path == readPath && got != b.counter:
		return fmt.Errorf("the counter is %d, want %d", got, b.counter)
	case path == writePath && b.inCookie && got != b.counter+1:
		return fmt.Errorf("the counter is %d, want %d with this cookie", got, b.counter+1)
	case path == writePath && !b.inCookie:
		// Timing counts on as well, so only growth can be asked for.
		if got <= b.counter {
			return fmt.Errorf("the counter is %d, want more than %d", got, b.counter)
		}
		b.counter = got
	}
	return nil
}

// header gives the value of the Cookie header.
func (b *browser) header() string {
	var pairs []string
	for _, name := range b.names {
		pairs = append(pairs, name+"="+b.cookies[name])
	}
	return strings.Join(pairs, "; ")
}
