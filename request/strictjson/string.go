package strictjson

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// str checks the string whose opening quote is at i (RFC 8259 section 7).
func (c *checker) str(i int) (int, *Error) {
	i = skipPlain(c.data, i+1)
	if c.at(i) == '"' {
		return i + 1, nil
	}
	return c.strFrom(i)
}

// strFrom checks the rest of a string, from a byte inside it that is not plain.
func (c *checker) strFrom(i int) (next int, err *Error) {
	for {
		switch b := c.at(i); {
		case b == '"':
			return i + 1, nil
		case b == '\\':
			i, err = c.escape(i)
		case b >= utf8.RuneSelf:
			i, err = c.multibyte(i)
		case i < len(c.data):
			err = c.fail(i, KindSyntax, "control character in a string")
		default:
			err = c.expected(i, "the end of a string")
		}
		if err != nil {
			return 0, err
		}
		i = skipPlain(c.data, i)
	}
}

func (c *checker) escape(i int) (int, *Error) {
	r, size := unescape(c.data[i:])
	if size == 0 {
		return 0, c.fail(i, KindSyntax, "unknown or incomplete escape sequence")
	}
	if utf16.IsSurrogate(r) { // RFC 7493 section 2.1
		return 0, c.fail(i, KindUTF8, "escaped surrogate without its other half")
	}
	return i + size, nil
}

// multibyte checks the run of characters outside ASCII at i (RFC 3629, RFC 8259 section 8.1).
func (c *checker) multibyte(i int) (int, *Error) {
	for c.at(i) >= utf8.RuneSelf {
		r, size := utf8.DecodeRune(c.data[i:])
		if r == utf8.RuneError && size == 1 {
			return 0, c.fail(i, KindUTF8, "invalid UTF-8")
		}
		i += size
	}
	return i, nil
}

// skipPlain returns the index of the first byte at or after i that is not plain.
func skipPlain(data []byte, i int) int {
	for ; i+8 <= len(data); i += 8 {
		if found := notPlain(binary.LittleEndian.Uint64(data[i:])); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(data) && isPlain(data[i]) {
		i++
	}
	return i
}

// isPlain reports whether b stands for itself in a string: ASCII but no control character, quote or backslash.
func isPlain(b byte) bool {
	return b >= ' ' && b < utf8.RuneSelf && b != '"' && b != '\\'
}
