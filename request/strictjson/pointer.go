package strictjson

import (
	"iter"
	"strconv"
	"unicode/utf8"
)

// maxPointer bounds Error.Pointer, in bytes.
const maxPointer = 256

// pointer returns the JSON Pointer (RFC 6901) of the place at the offset end. The text before it must be checked. It is
// walked through once more, so that a check without mistakes need not keep track of places.
func pointer(data []byte, end int) string {
	var p path
	for start, next := range tokens(data[:end]) {
		p.take(data[start:next])
	}
	return p.String()
}

// tokens yields where the tokens of a text start and end. The text may be cut off: a string that does not end is no token.
func tokens(data []byte) iter.Seq2[int, int] {
	return func(yield func(start, end int) bool) {
		for start := skipSpace(data, 0); start < len(data); {
			end := tokenEnd(data, start)
			if end > len(data) || !yield(start, end) {
				return
			}
			start = skipSpace(data, end)
		}
	}
}

func tokenEnd(data []byte, i int) int {
	switch data[i] {
	case '{', '}', '[', ']', ':', ',':
		return i + 1
	case '"':
		return stringEnd(data, i)
	}
	for i++; i < len(data) && isWord(data[i]); i++ {
	}
	return i
}

// stringEnd returns the index after the string at i, or beyond the data if it does not end.
func stringEnd(data []byte, i int) int {
	for i++; i < len(data); i++ {
		if i = skipPlain(data, i); i < len(data) && data[i] == '"' {
			return i + 1
		} else if i < len(data) && data[i] == '\\' {
			i++
		}
	}
	return len(data) + 1
}

// isWord reports whether b can be inside a number or literal.
func isWord(b byte) bool {
	return isDigit(b) || b|0x20-'a' <= 'z'-'a' || b == '+' || b == '-' || b == '.'
}

// A path is the place in the text that a walk over its tokens has come to: one step for each open object and array.
type path []step

// A step is the current member of an object or element of an array.
type step struct {
	array bool
	index int    // in an array
	name  []byte // in an object: the raw name with its quotes, nil before there is one
}

// take goes on past a token. It reports whether that was a member's name.
func (p *path) take(token []byte) bool {
	steps := *p
	top := len(steps) - 1
	switch token[0] {
	case '{', '[':
		*p = append(steps, step{array: token[0] == '['})
	case '}', ']':
		*p = steps[:top]
	case ',':
		steps[top] = step{array: steps[top].array, index: steps[top].index + 1}
	case '"':
		if top >= 0 && !steps[top].array && steps[top].name == nil {
			steps[top].name = token
			return true
		}
	}
	return false
}

// String returns the path as a JSON Pointer, or as much of it as fits.
func (p path) String() string {
	var text []byte
	for _, s := range p {
		longer := s.appendTo(text)
		if len(longer) > maxPointer {
			break
		}
		text = longer
	}
	return string(text)
}

func (s step) appendTo(text []byte) []byte {
	switch {
	case s.array:
		return strconv.AppendInt(append(text, '/'), int64(s.index), 10)
	case s.name != nil:
		return appendEscaped(append(text, '/'), s.name)
	}
	return text
}

// appendEscaped appends a raw name as RFC 6901 section 3 wants it. It stops when there is too much already.
func appendEscaped(text, raw []byte) []byte {
	for r := range characters(raw[1 : len(raw)-1]) {
		switch r {
		case '~':
			text = append(text, "~0"...)
		case '/':
			text = append(text, "~1"...)
		default:
			text = utf8.AppendRune(text, r)
		}
		if len(text) > maxPointer {
			break
		}
	}
	return text
}

// valueEnd returns the index after the value at i of a text that was checked.
func valueEnd(data []byte, i int) int {
	if data[i] != '{' && data[i] != '[' {
		return tokenEnd(data, i)
	}
	for depth := 0; ; i++ {
		switch data[i] {
		case '"':
			i = stringEnd(data, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
}
