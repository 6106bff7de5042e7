package main

import (
	"fmt"
	"net/http"
	"strings"
)

// openSession builds a session app, sees that its counter really counts, and
// prepares the request for the path with the cookie it got.
func openSession(build func() server, path string, inCookie bool) (*entry, error) {
	if build == nil {
		return nil, nil
	}
	s := build()
	browser, err := startSession(s)
	if err != nil {
		return nil, err
	}
	if browser.inCookie = inCookie; inCookie == browser.stayed {
		return nil, fmt.Errorf("GET %s: the session is kept in another place than the row is about", writePath)
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
	// stayed tells that the first cookie led to the later counter.
	stayed bool
	// inCookie tells that the session is in the cookie, so the same cookie must
	// always give the same counter. Elsewhere it must count on.
	inCookie bool
}

// startSession counts twice and reads, each with the cookies of the answers
// before.
func startSession(s server) (*browser, error) {
	b := &browser{cookies: map[string]string{}, counter: firstCount}
	_, err := b.send(s, writePath)
	if err != nil {
		return nil, err
	}
	if len(b.cookies) == 0 {
		return nil, fmt.Errorf("GET %s: no cookie comes with a new session", writePath)
	}
	first := b.header()
	if _, err := b.send(s, writePath); err != nil {
		return nil, err
	}
	if b.stayed, err = b.leads(s, first); err != nil {
		return nil, err
	}
	if _, err := b.send(s, readPath); err != nil {
		return nil, err
	}
	return b, nil
}

// leads reports whether an earlier cookie leads to the counter as it is now.
func (b *browser) leads(s server, cookie string) (bool, error) {
	c, err := s.client([]call{{method: http.MethodGet, path: readPath, cookie: cookie}})
	if err != nil {
		return false, err
	}
	counted = 0
	c.answer(0)
	return counted == b.counter, nil
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
