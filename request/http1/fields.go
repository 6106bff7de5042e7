package http1

import (
	"context"
	"net/http"
)

// Value returns the first value of a header of a request by its canonical name, "" without one. It can be used by
// several goroutines at once, also while another calls Fill.
func Value(hr *http.Request, name string) string {
	if m := unfilled(hr); m != nil {
		return m.value(name)
	}
	if values := hr.Header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// Values returns all values of a header of a request by its canonical name, nil without one. They must not be
// changed. It can be used by several goroutines at once, also while another calls Fill.
func Values(hr *http.Request, name string) []string {
	// The compiler inlines this, so the room for one value is on the stack of a caller that only looks at it.
	return values(make([]string, 0, 1), hr, name)
}

// ListOf is [Values] for callers that keep the values, or give them to code of which the compiler does not know that it
// keeps none. Inlined there, Values would allocate the room in any case; this allocates only for a Message.
func ListOf(hr *http.Request, name string) []string { return values(nil, hr, name) }

func values(room []string, hr *http.Request, name string) []string {
	m := unfilled(hr)
	if m == nil {
		return hr.Header[name]
	}
	for _, f := range m.fields() {
		if f.name.in(m.text) == name {
			room = append(room, f.value(m.text))
		}
	}
	if len(room) == 0 {
		return nil
	}
	return room
}

// Fill makes the header map of a request of a Message at the first call, and returns hr. From then on the map is
// what counts: whoever has the request may change it. Any other request is returned as it is. A
// copy of the request of a Message is such a one, so Fill comes before a copy is made. It can be used by several
// goroutines at once.
func Fill(hr *http.Request) *http.Request {
	if m := unfilled(hr); m != nil {
		m.fill()
	}
	return hr
}

// unfilled returns the Message whose own request hr is, and nil if hr.Header has the headers.
func unfilled(hr *http.Request) *Message {
	m, ok := hr.Context().(*Message)
	if !ok || hr != &m.request || m.filled.Load() {
		return nil
	}
	return m
}

func (m *Message) fields() []field {
	if m.many != nil {
		return m.many[:m.count]
	}
	return m.few[:m.count]
}

func (m *Message) value(name string) string {
	fields := m.fields()
	for i := range fields {
		if f := &fields[i]; f.name.in(m.text) == name {
			return f.value(m.text)
		}
	}
	return ""
}

// fill makes the map. Each value has a slice that cannot grow in place, so that appending to one changes no other.
func (m *Message) fill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.filled.Load() {
		return
	}
	fields := m.fields()
	header := make(http.Header, len(fields))
	room := make([]string, len(fields))
	for i, f := range fields {
		name, value := f.name.in(m.text), f.value(m.text)
		if before := header[name]; before != nil {
			header[name] = append(before, value)
			continue
		}
		room[i] = value
		header[name] = room[i : i+1 : i+1]
	}
	m.request.Header = header
	m.filled.Store(true)
}

// Apart returns a copy of a request with another context, for code that goes on while others still use hr: it has a
// URL and a header map of its own. Unlike that of any other copy, the map of one of a Message is made by Fill. The trailers
// and the body are shared.
func Apart(hr *http.Request, ctx context.Context) *http.Request {
	if m := unfilled(hr); m != nil {
		if c := m.apart(ctx); c != nil {
			return c
		}
	}
	c, u := hr.WithContext(ctx), *hr.URL
	c.URL, c.Header = &u, hr.Header.Clone()
	return c
}

// apart returns the request of a copy whose context ends with ctx, nil once the map is made.
func (m *Message) apart(ctx context.Context) *http.Request {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.filled.Load() {
		return nil
	}
	c := &Message{Context: Context{base: ctx, peer: unwatched{m.peer}}, text: m.text, few: m.few, many: m.many, count: m.count}
	c.request, c.url = *m.request.WithContext(c), *m.request.URL
	c.request.URL = &c.url
	return &c.request
}

// unwatched is the peer of a copy, whose base ends when the client leaves.
type unwatched struct{ Peer }

// Watch implements [Peer].
func (unwatched) Watch(context.CancelFunc) {}
