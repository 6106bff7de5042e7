package header

import (
	"slices"
	"strings"
)

const (
	redacted        = "REDACTED"
	maxRedacted     = 2048 // of what RedactQuery returns
	maxNameRedacted = 128  // of a name that is judged; longer ones count as names of secrets
	maxDecodings    = 4
)

// The names of secrets, in small letters without - and _. A parameter with such a name at its end, or with one of the second
// list as the whole name, has a secret as its value.
var (
	secretEndings = []string{"token", "secret", "password", "passwd", "passphrase", "apikey", "accesskey", "accesskeyid", "privatekey",
		"signature", "credential", "credentials", "sessionid", "sessid", "assertion", "verifier", "authorization"}
	secretNames = []string{"auth", "bearer", "code", "csrf", "hmac", "jwt", "key", "otp", "pass", "pin", "pwd", "samlresponse", "session",
		"sid", "sig", "ticket", "xsrf"}
)

// RedactQuery returns a query, without its ?, for logs and traces: the values of secrets are REDACTED, and the rest is as it
// was, byte for byte. Secrets are the parameters with one of the names, and those that are well known: whose names end in
// token, secret, password, passwd, passphrase, apikey, accesskey, accesskeyid, privatekey, signature, credential, credentials,
// sessionid, sessid, assertion, verifier or authorization, or are auth, bearer, code, csrf, hmac, jwt, key, otp, pass, pin,
// pwd, SAMLResponse, session, sid, sig, ticket or xsrf. So access_token, X-Amz-Signature and AWSAccessKeyId are among them;
// state is not, for it is worthless without the browser that it was given to.
//
// Names are compared after decoding, without regard to case, - and _. Of the forms user.password, user[password] and
// password[] each part is a name. A value that has another query or JSON with such a name in it is REDACTED as a whole, and
// so is a parameter with a malformed escape. Only & separates parameters (WHATWG URL, section 5.1): what follows a ; belongs
// to the value. Empty values stay. The result has at most 2048 bytes; what is longer ends in three dots.
//
// A query without secrets is returned without an allocation.
func RedactQuery(raw string, names []string) string {
	var out []byte
	copied, at := 0, 0 // raw up to copied is in out, and up to at it is judged
	for at < len(raw) && len(out)+at-copied <= maxRedacted {
		end := len(raw)
		if i := strings.IndexByte(raw[at:], '&'); i >= 0 {
			end = at + i
		}
		if kept, hide := judgeParameter(raw[at:end], names); hide {
			out = append(append(out, raw[copied:at+kept]...), redacted...)
			copied = end
		}
		at = end + 1
	}
	rest := raw[copied:min(len(raw), copied+maxRedacted+1)]
	switch {
	case len(out)+len(rest) > maxRedacted:
		out = append(out, rest...)
		return string(out[:maxRedacted-3]) + "..."
	case out == nil:
		return raw
	}
	return string(append(out, rest...))
}

// judgeParameter reports whether a part of a parameter is hidden, and where that part begins.
func judgeParameter(pair string, names []string) (kept int, hide bool) {
	name, value, hasValue := strings.Cut(pair, "=")
	decoded, malformed := unescapeQuery(name)
	if malformed || holdsSecret(name, names) {
		return 0, true
	}
	if !hasValue || value == "" {
		return 0, false
	}
	return len(name) + 1, isSecretName(decoded, names) || holdsSecret(value, names)
}

// holdsSecret reports whether text has a malformed escape, or in it or in what it decodes to is a parameter, a cookie or a
// member of JSON that is a secret. Links in parameters may be escaped several times.
func holdsSecret(text string, names []string) bool {
	for round := range maxDecodings {
		for i := range len(text) {
			if (text[i] == '=' || text[i] == ':') && isSecretName(nameBefore(text[:i]), names) {
				return true
			}
		}
		decoded, malformed := unescapeQuery(text)
		if round == 0 && malformed || decoded == text {
			return malformed && round == 0
		}
		text = decoded
	}
	return true
}

// nameBefore returns the name at the end of text, without the quotes of JSON.
func nameBefore(text string) string {
	text = strings.TrimRight(text, "\"' \t\r\n")
	i := len(text)
	for i > 0 && len(text)-i <= maxNameRedacted && isNameByte(text[i-1]) {
		i--
	}
	return text[i:]
}

func isNameByte(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-_.[]", c) >= 0
}

// isSecretName reports whether a decoded name, or a part of it, is the name of a secret.
func isSecretName(name string, names []string) bool {
	if name = strings.TrimSpace(name); len(name) > maxNameRedacted {
		return true
	}
	var folded [maxNameRedacted]byte
	n, start := 0, 0 // the part that is read is folded[start:n]
	for i := range len(name) {
		switch c := name[i]; {
		case c == '-' || c == '_':
		case c == '.' || c == '[' || c == ']':
			if isSecretPart(folded[start:n], names) {
				return true
			}
			folded[n] = c
			n++
			start = n
		default:
			if 'A' <= c && c <= 'Z' {
				c |= 0x20
			}
			folded[n] = c
			n++
		}
	}
	return isSecretPart(folded[start:n], names) || start > 0 && slices.ContainsFunc(names, func(s string) bool { return isFolded(folded[:n], s) })
}

func isSecretPart(folded []byte, names []string) bool {
	if slices.ContainsFunc(secretNames, func(s string) bool { return string(folded) == s }) {
		return true
	}
	for _, s := range secretEndings {
		if n := len(folded) - len(s); n >= 0 && string(folded[n:]) == s {
			return true
		}
	}
	return slices.ContainsFunc(names, func(s string) bool { return isFolded(folded, s) })
}

// isFolded reports whether folded is s in small letters without - and _.
func isFolded(folded []byte, s string) bool {
	n := 0
	for i := range len(s) {
		c := s[i]
		if c == '-' || c == '_' {
			continue
		}
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if n == len(folded) || folded[n] != c {
			return false
		}
		n++
	}
	return n == len(folded) && n > 0
}

// unescapeQuery decodes what is well formed and leaves the rest. A + is a space.
func unescapeQuery(s string) (decoded string, malformed bool) {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s, false
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			b = append(b, ' ')
		case c == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			b = append(b, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
		default:
			malformed = malformed || c == '%'
			b = append(b, c)
		}
	}
	return string(b), malformed
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
