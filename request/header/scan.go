package header

import (
	"errors"
	"slices"
)

const (
	// maxElements bounds how many elements of a list are looked at. Browsers send fewer than ten.
	maxElements = 64
	// maxParams bounds the parameters of one element. Registered media types have fewer than ten.
	maxParams = 16
	// maxExcerpt bounds, in bytes, what an error repeats of its input.
	maxExcerpt = 64
)

var (
	errParam     = errors.New("malformed parameter")
	errSameParam = errors.New("parameter appears twice")
	errParams    = errors.New("more than 16 parameters")
	errElements  = errors.New("more than 64 elements")
)

// list splits field lines into elements at commas outside quoted strings (RFC 9110, 5.6.1). Every header whose quoted strings
// follow RFC 9110, 5.6.4 is read through it.
type list struct {
	line  string   // what is left of the current line
	lines []string // the lines after it
}

// next returns the next element without the whitespace around it. Empty elements are skipped, as recipients must do.
func (l *list) next() (element string, ok bool) {
	for {
		if l.line = skip(l.line, ','); l.line != "" {
			element, l.line = cutElement(l.line)
			return trim(element), true
		}
		if len(l.lines) == 0 {
			return "", false
		}
		l.line, l.lines = l.lines[0], l.lines[1:]
	}
}

// cutElement splits s at its first comma outside quotes. An unterminated quoted string takes the rest of the line with it.
func cutElement(s string) (element, rest string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == ',' && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// scanner reads one element from left to right. What it returns are parts of the element.
type scanner struct {
	rest string
}

// take moves past c if it is the next byte.
func (s *scanner) take(c byte) bool {
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// advance moves past n bytes and returns them.
func (s *scanner) advance(n int) string {
	read := s.rest[:n]
	s.rest = s.rest[n:]
	return read
}

// token reads a token, or "" if there is none.
func (s *scanner) token() string {
	return s.advance(tokenChars.prefix(s.rest))
}

// value reads a token or a quoted-string with its quotes, or "" if there is neither.
func (s *scanner) value() string {
	if token := s.token(); token != "" {
		return token
	}
	return s.advance(len(quotedPrefix(s.rest)))
}

// ends reports whether the element, or this part of it before the separator, is read completely.
func (s *scanner) ends(separator byte) bool {
	s.rest = skip(s.rest, ' ')
	return s.rest == "" || s.rest[0] == separator
}

// parameter reads the next of a list of parameters, *( OWS ";" OWS [ name "=" value ] ) in RFC 9110, 5.6.6, where the first ";"
// may be missing. When ok is false the list has ended if rest is empty, and is malformed from there on otherwise.
func (s *scanner) parameter() (name, value string, ok bool) {
	s.rest = skip(s.rest, ';')
	start := s.rest
	name = s.token()
	if name != "" && s.take('=') {
		value = s.value()
	}
	if value == "" || !s.ends(';') {
		s.rest = start
		return "", "", false
	}
	return name, value, true
}

// params are the parameters of an element as they were written.
type params string

// check returns nil if every parameter is well-formed and none appears twice.
func (p params) check() error {
	var names [maxParams]string
	s := scanner{string(p)}
	for n := 0; ; n++ {
		name, _, ok := s.parameter()
		switch {
		case !ok && s.rest != "":
			return errParam
		case !ok:
			return nil
		case n == maxParams:
			return errParams
		case slices.ContainsFunc(names[:n], func(seen string) bool { return equalFold(seen, name) }):
			return errSameParam
		}
		names[n] = name
	}
}

// lookup returns the value of a parameter as it was written.
func (p params) lookup(name string) (value string, ok bool) {
	s := scanner{string(p)}
	for {
		n, v, ok := s.parameter()
		if !ok || equalFold(n, name) {
			return v, ok
		}
	}
}

// skip removes optional whitespace (OWS) and separators from the start of s.
func skip(s string, separator byte) string {
	i := 0
	for i < len(s) && (isSpace(s[i]) || s[i] == separator) {
		i++
	}
	return s[i:]
}

// trim removes optional whitespace (OWS) from both ends of s.
func trim(s string) string {
	s = skip(s, ' ')
	end := len(s)
	for end > 0 && isSpace(s[end-1]) {
		end--
	}
	return s[:end]
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t'
}

// excerpt shortens s for an error.
func excerpt(s string) string {
	if len(s) > maxExcerpt {
		return s[:maxExcerpt] + "…"
	}
	return s
}
