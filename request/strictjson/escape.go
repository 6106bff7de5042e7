package strictjson

import (
	"bytes"
	"iter"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// characters yields the characters of s, the inside of a string that was checked.
func characters(s []byte) iter.Seq[rune] {
	return func(yield func(rune) bool) {
		for len(s) > 0 {
			r, size := character(s)
			if !yield(r) {
				return
			}
			s = s[size:]
		}
	}
}

// Unquote returns the content of a string with its quotes, which [Check] has accepted. If nothing in it is escaped, the
// content is a part of it and not a copy.
func Unquote(quoted string) string {
	inside := quoted[1 : len(quoted)-1]
	if strings.IndexByte(inside, '\\') < 0 {
		return inside
	}
	return string(appendText(make([]byte, 0, len(inside)), []byte(inside)))
}

// appendText appends the content of the inside of a string.
func appendText(text, inside []byte) []byte {
	for len(inside) > 0 {
		plain := max(bytes.IndexByte(inside, '\\'), 0)
		if plain == 0 && inside[0] != '\\' {
			return append(text, inside...)
		}
		r, size := unescape(inside[plain:])
		text = utf8.AppendRune(append(text, inside[:plain]...), r)
		inside = inside[plain+size:]
	}
	return text
}

// character decodes the first character.
func character(s []byte) (r rune, size int) {
	if s[0] == '\\' {
		return unescape(s)
	}
	return utf8.DecodeRune(s)
}

// unescape decodes the escape sequence at the start of s, two of them if they are a surrogate pair. The size is 0 if it
// is none of RFC 8259 section 7; the character is a surrogate if that one stands alone.
func unescape(s []byte) (r rune, size int) {
	if len(s) < 2 {
		return 0, 0
	}
	switch s[1] {
	case '"', '\\', '/':
		return rune(s[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	}
	if r = escapedUnit(s); r < 0 {
		return 0, 0
	}
	if pair := utf16.DecodeRune(r, escapedUnit(s[6:])); pair != utf8.RuneError {
		return pair, 12
	}
	return r, 6
}

// escapedUnit decodes the \uXXXX at the start of s, one UTF-16 code unit; it is negative if there is none.
func escapedUnit(s []byte) (unit rune) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	for _, b := range s[2:6] {
		unit = unit<<4 | hexDigit(b)
	}
	return unit
}

// hexDigit returns the value of b, or -1, which stays negative when more digits are shifted in.
func hexDigit(b byte) rune {
	switch {
	case isDigit(b):
		return rune(b - '0')
	case b|0x20 >= 'a' && b|0x20 <= 'f':
		return rune(b|0x20-'a') + 10
	}
	return -1
}
