package rules

import "strings"

// isHostname is RFC 1123, section 2.1: labels of letters, digits and hyphens, none at their ends.
func isHostname(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if !isHostLabel(label) {
			return false
		}
	}
	return true
}

func isHostLabel(s string) bool {
	return s != "" && len(s) <= 63 && isAlphanum(s[0]) && isAlphanum(s[len(s)-1]) && isLabelText(s)
}

func isLabelText(s string) bool {
	for i := range len(s) {
		if !isAlphanum(s[i]) && s[i] != '-' {
			return false
		}
	}
	return true
}

// isFQDN wants two labels or more of which the last begins with a letter. Unlike a hostname, labels
// may end with a hyphen, and there may be a dot behind the last.
func isFQDN(s string) bool {
	s = strings.TrimSuffix(s, ".")
	if len(s) > 253 || strings.IndexByte(s, '.') < 0 {
		return false
	}
	last := ""
	for last = range strings.SplitSeq(s, ".") {
		if last == "" || len(last) > 63 || !isAlphanum(last[0]) || !isLabelText(last) {
			return false
		}
	}
	return isLetter(last[0])
}

// isOrdinaryEmail accepts words with dots between them, an @ and a domain that ends with letters.
func isOrdinaryEmail(s string) bool {
	local, domain, _ := strings.Cut(s, "@")
	for word := range strings.SplitSeq(local, ".") {
		if word == "" {
			return false
		}
		for i := range len(word) {
			if c := word[i]; !isAlphanum(c) && c != '_' && c != '-' && c != '+' {
				return false
			}
		}
	}
	dot := strings.LastIndexByte(domain, '.')
	if dot < 0 || !isHostname(domain[:dot]) {
		return false
	}
	return all(isLetter)(domain[dot+1:])
}

// isOrdinaryURL accepts URLs of a scheme with a plain host, port, path and query.
func isOrdinaryURL(s, scheme string) bool {
	const slashes = "://"
	if !strings.HasPrefix(s, scheme) || !strings.HasPrefix(s[len(scheme):], slashes) {
		return false
	}
	s = s[len(scheme)+len(slashes):]
	end := strings.IndexAny(s, "/?")
	if end < 0 {
		end = len(s)
	}
	host, port, hasPort := strings.Cut(s[:end], ":")
	if !isHostname(host) || hasPort && (len(port) > 5 || !all(isDigit)(port)) {
		return false
	}
	for i := end; i < len(s); i++ {
		if !isAlphanum(s[i]) && strings.IndexByte("/?=&-._~+,;:@!", s[i]) < 0 {
			return false
		}
	}
	return true
}
