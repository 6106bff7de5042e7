package router

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/soay-go/soay/request"
)

// URL returns the path of a named route with its parameters replaced by args, in their order.
// Values are escaped, so a slash in one does not end it. It fails for an unknown name, for too few
// or too many values, and for a value that the route would not match, such as an empty one. With a
// catch-all, that is one with a slash, too, if the clean path has another pattern: a value a/b for
// /{user}/files/* is, and one for /{user}/* is not.
func (t *Table) URL(name string, args ...any) (string, error) {
	route := t.named[name]
	if route == nil {
		return "", fmt.Errorf("soay: URL of route %q: no route has this name", name)
	}
	var b strings.Builder
	next := 0
	for _, s := range route.pattern {
		b.WriteByte('/')
		if !s.isParam() {
			b.WriteString(url.PathEscape(strings.ReplaceAll(s.text, "\x00", "/")))
			continue
		}
		if next == len(args) {
			return "", fmt.Errorf("soay: URL of route %q: the value of {%s} is missing", name, s.name)
		}
		part, err := s.escape(fmt.Sprint(args[next]))
		if err != nil {
			return "", fmt.Errorf("soay: URL of route %q: value %q of {%s} %w", name, fmt.Sprint(args[next]), s.name, err)
		}
		b.WriteString(part)
		next++
	}
	if next < len(args) {
		return "", fmt.Errorf("soay: URL of route %q: %d values for %d parameters", name, len(args), next)
	}
	path := cmp.Or(b.String(), "/")
	if rest, ok := strings.CutPrefix(path, "//"); ok {
		path = "/%2F" + rest // two slashes would start the name of a host (RFC 3986 section 4.2)
	}
	if route.pattern.hasCatchAll() && !route.pattern.leadsBack(path) {
		return "", fmt.Errorf("soay: URL of route %q: the path %s leads elsewhere once it is cleaned", name, path)
	}
	return path, nil
}

// leadsBack reports whether a catch-all takes a path that URL made for it, see unlessUnclean.
func (p pattern) leadsBack(escaped string) bool {
	u, err := url.Parse(escaped)
	if err != nil {
		return false
	}
	full, err := request.RoutingPath(u)
	return err == nil && !slices.ContainsFunc(readings, func(reading *strings.Replacer) bool {
		return !p.matches(p.cleaned(full, reading))
	})
}

// escape returns a parameter's value as it stands in a path.
func (s segment) escape(value string) (string, error) {
	if !utf8.ValidString(value) || strings.IndexByte(value, 0) >= 0 {
		return "", errors.New("is no text")
	}
	if s.rank == rankCatchAll {
		if !hasNoDots(value) {
			return "", errors.New("has a dot segment")
		}
		parts := strings.Split(value, "/")
		for i := range parts {
			parts[i] = url.PathEscape(parts[i])
		}
		return strings.Join(parts, "/"), nil
	}
	if !isValue(value) {
		return "", errors.New("cannot be matched")
	}
	if s.match != nil && !s.match(value) {
		return "", fmt.Errorf("does not fit the pattern %s", s.value)
	}
	return url.PathEscape(value), nil
}
