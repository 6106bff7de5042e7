package header

import (
	"errors"
	"fmt"
	"strings"
)

var errETag = errors.New("malformed")

// ETag is an entity tag (RFC 9110, 8.8.3).
type ETag struct {
	Tag  string // the text between the quotes; may hold anything but quotes, spaces and control characters
	Weak bool   // the representations it names are equivalent, but need not be equal byte by byte
}

// ParseETag parses one entity tag: the value of an ETag header, or of If-Range when it is not a date. Whitespace around it is
// ignored. Everything but `"tag"` and `W/"tag"` is an error.
func ParseETag(value string) (ETag, error) {
	s := scanner{trim(value)}
	tag, ok := s.etag()
	if !ok || s.rest != "" {
		return ETag{}, etagError(value, errETag)
	}
	return tag, nil
}

// ParseETags parses the field lines of If-Match or If-None-Match headers, http.Header["If-None-Match"] (RFC 9110, 13.1). It returns the
// tags in the list, or anyTag if the value is "*". Without a header there are no tags.
//
// A malformed tag, a "*" that does not stand alone, and more than 64 tags are errors. Status 400 is the safe answer. For GET and HEAD
// the header may also be ignored; that costs a full response at most.
func ParseETags(values []string) (tags []ETag, anyTag bool, err error) {
	if len(values) == 1 && trim(values[0]) == "*" {
		return nil, true, nil
	}
	for _, line := range values {
		s := scanner{skip(line, ',')}
		for ; s.rest != ""; s.rest = skip(s.rest, ',') {
			start := s.rest
			tag, ok := s.etag()
			if !ok || !s.ends(',') {
				return nil, false, etagError(start, errETag)
			}
			if len(tags) == maxElements {
				return nil, false, etagError(start, errElements)
			}
			tags = append(tags, tag)
		}
	}
	return tags, false, nil
}

// etag reads an entity tag. It is no quoted-string: a backslash has no meaning in it, and a space may not stand there.
func (s *scanner) etag() (tag ETag, ok bool) {
	s.rest, tag.Weak = strings.CutPrefix(s.rest, "W/")
	if !s.take('"') {
		return ETag{}, false
	}
	for i := range len(s.rest) {
		switch c := s.rest[i]; {
		case c == '"':
			tag.Tag = s.advance(i)
			return tag, s.take('"')
		case c <= ' ' || c == 0x7F:
			return ETag{}, false
		}
	}
	return ETag{}, false
}

func etagError(input string, cause error) error {
	return fmt.Errorf("header: entity tag %q: %w", excerpt(input), cause)
}

// StrongMatch reports whether t and u are the same tag and neither is weak, as If-Match and If-Range need it (RFC 9110, 8.8.3.2).
func (t ETag) StrongMatch(u ETag) bool {
	return !t.Weak && !u.Weak && t.Tag == u.Tag
}

// WeakMatch reports whether t and u are the same tag, be they weak or not, as If-None-Match needs it (RFC 9110, 8.8.3.2).
func (t ETag) WeakMatch(u ETag) bool {
	return t.Tag == u.Tag
}

// String returns the tag as a header spells it: `"tag"` or `W/"tag"`.
func (t ETag) String() string {
	if t.Weak {
		return `W/"` + t.Tag + `"`
	}
	return `"` + t.Tag + `"`
}
