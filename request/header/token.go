package header

const (
	digits  = "0123456789"
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// charset is a set of bytes.
type charset [256]bool

var (
	digitChars        = newCharset(digits)
	letterChars       = newCharset(letters)
	alphanumericChars = newCharset(letters + digits)
	tokenChars        = newCharset(letters + digits + "!#$%&'*+-.^_`|~")
	hostChars         = newCharset(letters + digits + "-._~")
	schemeChars       = newCharset(letters + digits + "+-.")
	obfuscatedChars   = newCharset(letters + digits + "-._")
	base64Chars       = newCharset(letters + digits + "+/=")
	bearerChars       = newCharset(letters + digits + "-._~+/")
)

func newCharset(members string) *charset {
	var set charset
	for _, c := range []byte(members) {
		set[c] = true
	}
	return &set
}

// prefix returns how many bytes at the start of s are in the set.
func (set *charset) prefix(s string) int {
	for i := range len(s) {
		if !set[s[i]] {
			return i
		}
	}
	return len(s)
}

// spells reports whether s is not empty and has no byte outside the set.
func (set *charset) spells(s string) bool {
	return s != "" && set.prefix(s) == len(s)
}

// IsToken reports whether s is a token: one or more letters, digits or characters of "!#$%&'*+-.^_`|~" (RFC 9110, 5.6.2).
// Methods, field names, authentication schemes and parameter names are tokens.
func IsToken(s string) bool {
	return tokenChars.spells(s)
}

// ValidValue reports whether s may be sent as a field value: it has no CR, LF, NUL or other control character except the
// horizontal tab (RFC 9110, 5.5). The empty string and bytes above 0x7F are valid.
func ValidValue(s string) bool {
	for i := range len(s) {
		if !isText(s[i]) {
			return false
		}
	}
	return true
}

// isText reports whether c may stand in a field value: HTAB, SP, VCHAR or obs-text (RFC 9110, 5.5).
func isText(c byte) bool {
	return c >= ' ' && c != 0x7F || c == '\t'
}

// equalFold reports whether a and b are equal but for the case of ASCII letters. Unlike strings.EqualFold it does not take the
// Kelvin sign for a k.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
