package header

import "strings"

// Quote returns s as a quoted-string (RFC 9110, 5.6.4): in double quotes, with a backslash before each quote and backslash.
// Control characters have no spelling there; each becomes a space, as RFC 9110, 5.5 has recipients do, so that the result is
// always safe to send. Check with [ValidValue] first if that loss matters.
func Quote(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 2)
	b.WriteByte('"')
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
		case !isText(c):
			c = ' '
		}
		b.WriteByte(c)
	}
	b.WriteByte('"')
	return b.String()
}

// quotedPrefix returns the quoted-string that s begins with, quotes included, or "" if there is none.
func quotedPrefix(s string) string {
	if s == "" || s[0] != '"' {
		return ""
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return s[:i+1]
		case c == '\\' && i+1 < len(s):
			i++ // whatever follows is checked as text, but is no longer special
		}
		if !isText(s[i]) {
			return ""
		}
	}
	return ""
}

// unquote returns the text that a valid token or quoted-string stands for. It allocates only to remove backslashes.
func unquote(value string) string {
	value = unwrap(value)
	if strings.IndexByte(value, '\\') < 0 {
		return value
	}
	var b strings.Builder
	b.Grow(len(value))
	for value != "" {
		value = unescape(value)
		b.WriteByte(value[0])
		value = value[1:]
	}
	return b.String()
}

// sameText reports whether two valid values, each a token or a quoted-string, stand for the same text, and allocates nothing.
func sameText(a, b string, ignoreCase bool) bool {
	a, b = unwrap(a), unwrap(b)
	for a != "" && b != "" {
		a, b = unescape(a), unescape(b)
		if a[0] != b[0] && !(ignoreCase && lower(a[0]) == lower(b[0])) {
			return false
		}
		a, b = a[1:], b[1:]
	}
	return a == b
}

// unwrap removes the quotes around a quoted-string and leaves a token as it is.
func unwrap(value string) string {
	if value != "" && value[0] == '"' {
		return value[1 : len(value)-1]
	}
	return value
}

// unescape removes the backslash in front of a quoted-pair. A valid quoted-string never ends in one.
func unescape(text string) string {
	if text[0] == '\\' {
		return text[1:]
	}
	return text
}
