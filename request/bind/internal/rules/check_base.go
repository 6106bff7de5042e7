package rules

import "strings"

func isBase32Char(c byte) bool { return c >= 'A' && c <= 'Z' || c >= '2' && c <= '7' }

func isBase64Char(c byte) bool { return isAlphanum(c) || c == '+' || c == '/' }

func isURLChar(c byte) bool { return isAlphanum(c) || c == '-' || c == '_' }

// padded makes the check of a text in an encoding with padding (RFC 4648). It says how many equals
// signs stand behind the last characters, by how many of these there are in an incomplete block.
func padded(is func(c byte) bool, block int, padding map[int]int) func(s string) bool {
	text := all(is)
	return func(s string) bool {
		data := strings.TrimRight(s, "=")
		want, ok := padding[len(data)%block]
		return ok && len(s)-len(data) == want && text(data)
	}
}

var (
	base32Padding = map[int]int{0: 0, 2: 6, 4: 4, 5: 3, 7: 1}
	base64Padding = map[int]int{0: 0, 2: 2, 3: 1}
)

func isBase64RawURL(s string) bool { return len(s) > 1 && len(s)%4 != 1 && all(isURLChar)(s) }

// isJWT looks at the form alone: three parts with points between them, of which the last may be empty.
func isJWT(s string) bool {
	header, rest, _ := strings.Cut(s, ".")
	payload, signature, ok := strings.Cut(rest, ".")
	part := all(isURLChar)
	return ok && part(header) && part(payload) && orEmpty(part)(signature)
}
