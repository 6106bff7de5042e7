package http1

import (
	"encoding/binary"
	"math/bits"
)

// MaxHead is the length of the longest head in the subset, in bytes.
const MaxHead = 4 << 10

// maxLines is the largest number of header lines, Host included.
const maxLines = 48

// A Verdict says who reads a head.
type Verdict uint8

const (
	More   Verdict = iota // not known yet: the head is incomplete and can still become Ours
	Ours                  // the head is complete and in the subset
	Theirs                // the head is for package net/http, whatever follows
)

// A Head has the places of the parts of the head that Scan has read last. The zero value is ready, and a Head can
// be used again and again. It has no pointers: all its other methods need the bytes that Scan got.
type Head struct {
	Size   int   // the length of the head, with the empty line at its end
	Length int64 // Content-Length, 0 without one
	Close  bool  // the client sends no more requests (Connection: close)

	hasLength, hasConnection bool

	method method
	parse  bool   // the URL needs url.ParseRequestURI
	target place  // of the whole target
	query  uint16 // the place of the first question mark, 0 without one
	host   place
	count  uint8  // of fields
	odd    uint64 // bit i: the name of field i is not in its canonical form
	fields [maxLines]field
}

// A place is a part of the head.
type place struct{ from, to uint16 }

func (p place) in(text string) string { return text[p.from:p.to] }

// A field is a header line other than Host. Its value, without white space at its end, is between the colon, at the
// end of the name, and this place.
type field struct {
	name place
	end  uint16
}

func (f field) value(text string) string {
	text = text[f.name.to+1 : f.end]
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\t') {
		text = text[1:]
	}
	return text
}

// Scan reads a head from the beginning of b, which may be incomplete and may go on after the head. It neither
// allocates nor changes b. After Ours the fields of h are set.
func (h *Head) Scan(b []byte) Verdict {
	if len(b) < 4 {
		return scanStart(b)
	}
	full := len(b) >= MaxHead
	if full {
		b = b[:MaxHead]
	}
	h.Length, h.Close, h.hasLength, h.hasConnection = 0, false, false, false
	h.host, h.count, h.odd = place{}, 0, 0
	at, v := h.scanRequestLine(b)
	if v == Ours {
		v = h.scanFields(b, at)
	}
	if v == More && full {
		return Theirs
	}
	return v
}

// scanStart judges fewer than four bytes. net/http, too, decides nothing before it has four, but a LF
// without CR ends a line there.
func scanStart(b []byte) Verdict {
	for i, c := range b {
		if c == '\n' && (i == 0 || b[i-1] != '\r') {
			return Theirs
		}
	}
	return More
}

// scanRequestLine returns the place after the line.
func (h *Head) scanRequestLine(b []byte) (at int, v Verdict) {
	h.method = methodOf(b)
	word := methods[h.method]
	if v := scanWord(b, word); v != Ours {
		return 0, v
	}
	at, v = h.scanTarget(b, len(word))
	if v != Ours {
		return 0, v
	}
	const version = " HTTP/1.1\r\n"
	return at + len(version), scanWord(b[at:], version)
}

// scanWord says More for a beginning of the word.
func scanWord(b []byte, word string) Verdict {
	switch {
	case len(b) >= len(word) && string(b[:len(word)]) == word:
		return Ours
	case len(b) < len(word) && string(b) == word[:len(b)]:
		return More
	}
	return Theirs
}

// scanTarget returns the place after the target.
func (h *Head) scanTarget(b []byte, from int) (at int, v Verdict) {
	if v := scanWord(b[from:min(from+1, len(b))], "/"); v != Ours {
		return 0, v
	}
	path, at := classInPath, from+1
	h.query, h.parse = 0, false
	var seen class
	for ; at < len(b); at++ {
		c := classes[b[at]]
		if c&classInTarget == 0 {
			break
		}
		if b[at] == '?' && h.query == 0 {
			h.query, path = uint16(at), 0
		}
		seen |= c & path
	}
	if at > from+1 && b[from+1] == '/' {
		return 0, Theirs // "//" would be an authority elsewhere
	}
	if at == len(b) {
		return 0, More
	}
	h.target = place{uint16(from), uint16(at)}
	h.parse = seen != 0 || b[at-1] == '?'
	return at, Ours
}

// scanFields reads the header lines and the empty line after them.
func (h *Head) scanFields(b []byte, at int) Verdict {
	for lines := 0; ; lines++ {
		switch {
		case at == len(b):
			return More
		case b[at] == '\r':
			return h.scanEnd(b, at)
		case lines == maxLines:
			return Theirs
		}
		name, odd, v := scanName(b, at)
		if v != Ours {
			return v
		}
		value, end, v := scanValue(b, int(name.to)+1)
		if v != Ours {
			return v
		}
		kind := kindOther
		if n := name.to - name.from; n < 32 && specialLengths>>n&1 != 0 {
			kind = kindOf(b[name.from:name.to])
		}
		if kind != kindOther && !h.take(kind, b[value.from:value.to]) {
			return Theirs
		}
		if kind == kindHost {
			h.host = value
		} else {
			h.keep(field{name, value.to}, odd)
		}
		at = end
	}
}

func (h *Head) scanEnd(b []byte, at int) Verdict {
	switch {
	case at+1 == len(b):
		return More
	case b[at+1] != '\n' || h.host.to == 0:
		return Theirs
	}
	h.Size = at + 2
	return Ours
}

// scanName reads a name up to its colon. odd says that the name is not in its canonical form: upper case at the
// beginning and after each hyphen, else lower case.
func scanName(b []byte, at int) (name place, odd bool, v Verdict) {
	var wrong, next = class(0), classLower
	for i, c := range b[at:] {
		k := classes[c]
		if k&classToken == 0 {
			if c != ':' || i == 0 {
				return place{}, false, Theirs
			}
			return place{uint16(at), uint16(at + i)}, wrong != 0, Ours
		}
		wrong |= k & next
		next = k >> classNext & (classLower | classUpper)
	}
	return place{}, false, More
}

// scanValue reads a value and the end of its line, and returns the place after that.
func scanValue(b []byte, from int) (value place, after int, v Verdict) {
	for from < len(b) && (b[from] == ' ' || b[from] == '\t') {
		from++
	}
	at := plainEnd(b, from)
	switch {
	case at >= len(b):
		return place{}, 0, More
	case b[at] != '\r':
		return place{}, 0, Theirs
	case at+1 == len(b):
		return place{}, 0, More
	case b[at+1] != '\n':
		return place{}, 0, Theirs
	}
	to := at
	for to > from && (b[to-1] == ' ' || b[to-1] == '\t') {
		to--
	}
	return place{uint16(from), uint16(to)}, at + 2, Ours
}

// plainEnd returns the place of the first byte that cannot be in a value: below 0x20 but HTAB, or 0x7f. It looks
// at eight bytes at once. A bit of odd stands for such a byte; above the lowest one there may be wrong ones, for
// a subtraction borrows from the next byte.
func plainEnd(b []byte, at int) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for ; at+8 <= len(b); at += 8 {
		x := binary.LittleEndian.Uint64(b[at:])
		del := x ^ ones*0x7f
		odd := ((x-ones*0x20)&^x | (del-ones)&^del) & high
		if odd == 0 {
			continue
		}
		at += bits.TrailingZeros64(odd) / 8
		if b[at] != '\t' {
			return at
		}
		at -= 7 // goes on after it
	}
	for at < len(b) && (b[at] >= 0x20 && b[at] != 0x7f || b[at] == '\t') {
		at++
	}
	return at
}

func (h *Head) keep(f field, odd bool) {
	h.fields[h.count] = f
	if odd {
		h.odd |= 1 << h.count
	}
	h.count++
}

// take looks at a field that means something to the server, and reports whether the head is still in the subset.
func (h *Head) take(k kind, value []byte) bool {
	switch k {
	case kindHost:
		return h.host.to == 0 && len(value) > 0 && isHost(value)
	case kindLength:
		return h.takeLength(value)
	case kindConnection:
		return h.takeConnection(value)
	}
	return k != kindRefused
}

func isHost(value []byte) bool {
	for _, c := range value {
		if classes[c]&classHost == 0 {
			return false
		}
	}
	return true
}

// takeLength reads Content-Length. A body of GET, HEAD and OPTIONS has no meaning (RFC 9110 section 9.3.1), and
// proxies differ about it.
func (h *Head) takeLength(value []byte) bool {
	if h.hasLength || len(value) == 0 || len(value) > 12 || value[0] == '0' && len(value) > 1 {
		return false
	}
	var n int64
	for _, c := range value {
		if c < '0' || c > '9' {
			return false
		}
		n = n*10 + int64(c-'0')
	}
	h.Length, h.hasLength = n, true
	return n == 0 || h.method != methodGet && h.method != methodHead && h.method != methodOptions
}

func (h *Head) takeConnection(value []byte) bool {
	if h.hasConnection {
		return false
	}
	h.hasConnection, h.Close = true, equalFold(value, "close")
	return h.Close || equalFold(value, "keep-alive")
}
