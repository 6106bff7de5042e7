package rules

import (
	"strings"
	"unicode"
)

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

func isLetter(c byte) bool { return isLower(c | 0x20) }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isAlphanum(c byte) bool { return isLetter(c) || isDigit(c) }

func isLowerHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' }

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// all makes the check that a text consists of such bytes and is not empty.
func all(is func(c byte) bool) func(s string) bool {
	return func(s string) bool {
		for i := range len(s) {
			if !is(s[i]) {
				return false
			}
		}
		return s != ""
	}
}

// allRunes is all for characters. Bytes that are none count as U+FFFD, which is neither letter nor
// digit.
func allRunes(is func(r rune) bool) func(s string) bool {
	return func(s string) bool {
		for _, r := range s {
			if !is(r) {
				return false
			}
		}
		return s != ""
	}
}

func orEmpty(check func(s string) bool) func(s string) bool {
	return func(s string) bool { return s == "" || check(s) }
}

func isUnicodeLetter(r rune) bool { return unicode.IsLetter(r) }

func isUnicodeAlphanum(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// isNumeric takes a sign and one point with digits on both sides.
func isNumeric(s string) bool {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	whole, fraction, hasPoint := strings.Cut(s, ".")
	digits := all(isDigit)
	return digits(whole) && (!hasPoint || digits(fraction))
}

func isHexadecimal(s string) bool {
	if len(s) > 1 && s[0] == '0' && s[1]|0x20 == 'x' {
		s = s[2:]
	}
	return all(isHex)(s)
}

func isHexColor(s string) bool {
	switch len(s) {
	case 4, 5, 7, 9:
		return s[0] == '#' && all(isHex)(s[1:])
	}
	return false
}

func isE164(s string) bool {
	s = strings.TrimPrefix(s, "+")
	return len(s) >= 8 && len(s) <= 15 && s[0] != '0' && all(isDigit)(s)
}

func lowerHex(n int) func(s string) bool {
	return func(s string) bool { return len(s) == n && all(isLowerHex)(s) }
}

func isUUIDRule(name string) bool { return strings.HasPrefix(name, "uuid") }

// isUUID makes the check of a UUID of a version, 0 for any. The library takes capitals, and asks
// for a variant, for some of its rules only.
func isUUID(version byte, variant, capitals bool) func(s string) bool {
	return func(s string) bool {
		if len(s) != 36 || version != 0 && s[14] != version {
			return false
		}
		if s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
			return false
		}
		for i := range len(s) {
			if c := s[i]; !isLowerHex(c) && !(capitals && isHex(c)) && i != 8 && i != 13 && i != 18 && i != 23 {
				return false
			}
		}
		return !variant || s[19] == '8' || s[19] == '9' || s[19]|0x20 == 'a' || s[19]|0x20 == 'b'
	}
}
