package sessions

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"
	"unsafe"
)

// The bytes inside the seal:
//
//	version   1 byte
//	created   uvarint, Unix seconds: start of the absolute life
//	idle      uvarint, seconds between created and the start of the idle time
//	id        string
//	user      string, only in version 2
//	epoch     8 bytes, only in version 2
//	entries   key string, value string, until the end
//
// where a string is a uvarint length and so many bytes. Sessions without a user are version 1.
const (
	payloadVersion     = 1
	payloadVersionUser = 2
)

var errPayload = errors.New("sessions: sealed data is not a session of this version")

// payload is the content of a cookie, before it is sealed.
type payload struct {
	created, seen time.Time
	id            string
	user          string
	epoch         int64
	entries       []entry
}

// encode appends the bytes of p to b.
func (p payload) encode(b []byte) []byte {
	size := 1 + 2*binary.MaxVarintLen64 + len(p.id) + len(p.user) + 16
	for _, e := range p.entries {
		size += 2*binary.MaxVarintLen32 + len(e.key) + len(e.data) + len(flashMark)
	}
	b = slices.Grow(b, size)
	version := byte(payloadVersion)
	if p.user != "" {
		version = payloadVersionUser
	}
	b = append(b, version)
	b = binary.AppendUvarint(b, uint64(p.created.Unix()))
	b = binary.AppendUvarint(b, uint64(max(0, p.seen.Unix()-p.created.Unix())))
	b = appendString(b, p.id)
	if version == payloadVersionUser {
		b = appendString(b, p.user)
		b = binary.BigEndian.AppendUint64(b, uint64(p.epoch))
	}
	for _, e := range p.entries {
		b = appendString(b, e.key)
		b = appendString(b, e.saved())
	}
	return b
}

func appendString[T string | []byte](b []byte, s T) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// decodePayload is the reverse of encode. It uses the memory of buffer for the entries if that suffices. The
// data is authentic, but may come from another version or from another program with the same key.
func decodePayload(b []byte, buffer []entry) (payload, error) {
	if len(b) == 0 || b[0] != payloadVersion && b[0] != payloadVersionUser {
		return payload{}, errPayload
	}
	r := reader{rest: b[1:]}
	p := payload{entries: buffer[:0]}
	created := r.number()
	p.created = time.Unix(created, 0)
	p.seen = time.Unix(created+r.number(), 0)
	p.id = r.text()
	if b[0] == payloadVersionUser {
		p.user, p.epoch = r.text(), r.fixed()
	}
	for len(r.rest) > 0 && !r.failed {
		key := r.text()
		p.entries = append(p.entries, entryOf(key, r.bytes()))
	}
	if r.failed {
		return payload{}, errPayload
	}
	return p, nil
}

// text returns bytes as a string without a copy, because nothing ever writes to the bytes of a payload.
func (r *reader) text() string {
	b := r.bytes()
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// reader reads the parts of a payload, and remembers whether one of them was incomplete.
type reader struct {
	rest   []byte
	failed bool
}

// number reads a uvarint up to 2^40: enough for seconds since 1970, and no sum of two overflows.
func (r *reader) number() int64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > 1<<40 {
		r.failed, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return int64(n)
}

func (r *reader) fixed() int64 {
	if len(r.rest) < 8 {
		r.failed, r.rest = true, nil
		return 0
	}
	n := binary.BigEndian.Uint64(r.rest)
	r.rest = r.rest[8:]
	return int64(n)
}

func (r *reader) bytes() []byte {
	n := r.number()
	if n > int64(len(r.rest)) {
		r.failed, r.rest = true, nil
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}
