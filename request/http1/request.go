package http1

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
)

// few is the number of fields that a Message has room for itself.
const few = 16

// A Message is a request that was made from a head, and the context of that request. It is never recycled, so the
// request may be kept for as long as one likes.
type Message struct {
	Context
	request http.Request
	url     url.URL
	text    string // a copy of the head, in which the names of the fields are canonical

	few    [few]field
	many   *[maxLines]field // all fields, if there are more than few
	count  uint8
	filled atomic.Bool // the header map is made, which is done under the lock of the Context
}

// Method returns the method of the head, for which Scan has said Ours.
func (h *Head) Method() string { return h.method.String() }

// Message makes the request of the head at the beginning of b, which are the bytes for which Scan has said Ours. It
// returns nil if the URL does not parse: the head is Theirs then. The context of the request has the values of
// base and ends with it, when the client leaves, which the peer tells, and at [Context.End]. The Header of
// the request is nil, see [Fill], and its Body is [http.NoBody], also with a length.
func (h *Head) Message(b []byte, base context.Context, peer Peer, remoteAddr string) *Message {
	m := &Message{Context: Context{base: base, peer: peer}, text: h.copy(b), count: h.count}
	uri := h.target.in(m.text)
	u := &m.url
	switch {
	case h.parse:
		var err error
		if u, err = url.ParseRequestURI(uri); err != nil {
			return nil
		}
	case h.query != 0:
		u.Path, u.RawQuery = m.text[h.target.from:h.query], m.text[h.query+1:h.target.to]
	default:
		u.Path = uri
	}
	if copy(m.few[:], h.fields[:h.count]) < int(h.count) {
		m.many = &[maxLines]field{}
		copy(m.many[:], h.fields[:h.count])
	}
	// WithContext is the only way to set the context. Inlined, it copies on the stack.
	m.request = *(&http.Request{
		Method: h.method.String(), URL: u, RequestURI: uri,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Host: h.host.in(m.text), RemoteAddr: remoteAddr,
		ContentLength: h.Length, Close: h.Close, Body: http.NoBody,
	}).WithContext(m)
	return m
}

// copy returns the head with canonical names.
func (h *Head) copy(b []byte) string {
	b = b[:h.Size]
	if h.odd == 0 {
		return string(b)
	}
	var text strings.Builder
	text.Grow(len(b))
	done := 0
	for i, f := range h.fields[:h.count] {
		if h.odd>>i&1 == 0 {
			continue
		}
		text.Write(b[done:f.name.from])
		done = int(f.name.to)
		wrong := classLower
		for _, c := range b[f.name.from:done] {
			k := classes[c]
			if k&wrong != 0 {
				c ^= 0x20
			}
			text.WriteByte(c)
			wrong = k >> classNext & (classLower | classUpper)
		}
	}
	text.Write(b[done:])
	return text.String()
}

// Request returns the request. It is the same at every call.
func (m *Message) Request() *http.Request { return &m.request }
