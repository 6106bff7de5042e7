package router

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/soay-go/soay/request"
)

// rank orders segments by how specific they are. Value patterns lie between literals and plain
// parameters, in the order of the table.
type rank int

const (
	rankLiteral  rank = 0
	rankValue    rank = 1
	rankPlain    rank = 1 << 20
	rankCatchAll rank = 1 << 21

	// the ends of patterns, see set.at
	rankEnd     rank = rankLiteral - 1
	rankOpenEnd rank = rankCatchAll + 1
)

// segment is one part of a pattern between slashes.
type segment struct {
	rank  rank
	text  string            // of a literal, decoded, with a NUL for an encoded slash
	name  string            // of a parameter
	value string            // the name of the value pattern
	match func(string) bool // what the value pattern accepts
}

func (s segment) isParam() bool { return s.rank != rankLiteral }

// accepts reports whether the segment matches a part of a path.
func (s segment) accepts(part string) bool {
	if s.rank == rankLiteral {
		return part == s.text
	}
	return isValue(part) && (s.match == nil || s.match(strings.ReplaceAll(part, "\x00", "/")))
}

// isValue reports whether part can be the value of a parameter. A value is not empty and has no dot segment,
// because dot segments are instructions for the resolution of a path (RFC 3986 section 5.2.4).
func isValue(part string) bool { return part != "" && hasNoDots(part) }

// pattern is a parsed pattern.
type pattern []segment

// parsePattern reads a pattern; values are the known value patterns.
func parsePattern(text string, values []ValuePattern) (pattern, error) {
	if !strings.HasPrefix(text, "/") {
		return nil, fmt.Errorf("pattern %q does not start with a slash", text)
	}
	if text == "/" {
		return pattern{}, nil
	}
	parts := strings.Split(text[1:], "/")
	p := make(pattern, len(parts))
	names := map[string]bool{}
	for i, part := range parts {
		last := i == len(parts)-1
		s, err := parseSegment(part, last, values)
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", text, err)
		}
		if s.isParam() && names[s.name] {
			return nil, fmt.Errorf("pattern %q: parameter %q stands twice", text, s.name)
		}
		names[s.name] = true
		p[i] = s
	}
	return p, nil
}

func parseSegment(part string, last bool, values []ValuePattern) (segment, error) {
	inner, isParam := parameter(part)
	switch {
	case part == "*":
		inner, isParam = "path:tail", true
	case part == "" && !last:
		return segment{}, fmt.Errorf("a segment is empty")
	case !isParam:
		return parseLiteral(part)
	}
	value, name, typed := strings.Cut(inner, ":")
	if !typed {
		value, name = "str", inner
	}
	if !isName(name) {
		return segment{}, fmt.Errorf("%q is no parameter name; letters, digits and _ are", name)
	}
	switch {
	case value == "path" && !last:
		return segment{}, fmt.Errorf("a catch-all stands only at the end")
	case value == "path":
		return segment{rank: rankCatchAll, name: name, value: value}, nil
	case value == "str" || value == "string":
		return segment{rank: rankPlain, name: name, value: "str"}, nil
	}
	for i, v := range values {
		if v.Name == value {
			return segment{rank: rankValue + rank(i), name: name, value: value, match: v.Match}, nil
		}
	}
	return segment{}, fmt.Errorf("value pattern %q is unknown", value)
}

// parameter returns what stands inside {…} or <…> or after a colon.
func parameter(part string) (string, bool) {
	if len(part) < 2 {
		return "", false
	}
	first, last := part[0], part[len(part)-1]
	switch {
	case first == '{' && last == '}', first == '<' && last == '>':
		return part[1 : len(part)-1], true
	case first == ':':
		return part[1:], true
	}
	return "", false
}

func isName(s string) bool {
	for i, c := range s {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// looksLikeParameter finds /user_:name, which some routers take for a parameter and which would
// silently be a text here.
var looksLikeParameter = regexp.MustCompile(`:[A-Za-z_]`)

func parseLiteral(part string) (segment, error) {
	if looksLikeParameter.MatchString(part) {
		return segment{}, fmt.Errorf("segment %q looks as if it had a parameter; "+
			"a parameter is a whole segment such as {id}, and a colon in a text is written %%3A", part)
	}
	if strings.ContainsAny(part, "{}<>*?#") || strings.HasPrefix(part, ":") {
		return segment{}, fmt.Errorf("segment %q is neither a literal nor a parameter; "+
			"a parameter is a whole segment such as {id}", part)
	}
	marked := strings.NewReplacer("%2F", "%00", "%2f", "%00").Replace(part)
	text, err := url.PathUnescape(marked)
	if err != nil || strings.Contains(part, "%00") || strings.Contains(part, "\x00") || !utf8.ValidString(text) {
		return segment{}, fmt.Errorf("segment %q is not properly encoded", part)
	}
	if text == "." || text == ".." {
		return segment{}, fmt.Errorf("segment %q never reaches a server, clients resolve it", part)
	}
	return segment{text: text}, nil
}

// hasCatchAll reports whether the pattern ends with a catch-all.
func (p pattern) hasCatchAll() bool { return len(p) > 0 && p[len(p)-1].rank == rankCatchAll }

// ifCatchAll returns the pattern if it ends with a catch-all, else nil.
func (p pattern) ifCatchAll() pattern {
	if p.hasCatchAll() {
		return p
	}
	return nil
}

func (p pattern) isStatic() bool {
	for _, s := range p {
		if s.isParam() {
			return false
		}
	}
	return true
}

// matches reports whether the pattern matches a path. This is the definition; map, tree and index only find the
// same result faster.
func (p pattern) matches(path string) bool {
	rest := path
	for i := range p {
		if rest == "" {
			return false
		}
		if p[i].rank == rankCatchAll {
			return hasNoDots(rest[1:])
		}
		part, next := nextPart(rest[1:])
		if !p[i].accepts(part) {
			return false
		}
		rest = next
	}
	return rest == "" || len(p) == 0 && rest == "/"
}

// nextPart splits a path behind its slash into the first segment and the rest with its slash.
func nextPart(path string) (part, rest string) {
	if i := strings.IndexByte(path, '/'); i >= 0 {
		return path[:i], path[i:]
	}
	return path, ""
}

// hasNoDots reports whether a value has no dot segment between slashes, encoded ones and
// backslashes included.
func hasNoDots(rest string) bool {
	if !strings.Contains(rest, ".") {
		return true
	}
	for rest != "" {
		part := rest
		if i := strings.IndexAny(rest, "/\x00\\"); i >= 0 {
			part, rest = rest[:i], rest[i+1:]
		} else {
			rest = ""
		}
		if part == "." || part == ".." {
			return false
		}
	}
	return true
}

// params tells where the parameters stand in a path.
func (p pattern) params() []request.RouteParam {
	var params []request.RouteParam
	offset := 1 // of the segment, as long as all before it are literals
	for i, s := range p {
		if s.isParam() {
			params = append(params, request.RouteParam{
				Name: s.name, Segment: i, Offset: offset, Rest: s.rank == rankCatchAll,
			})
			offset = 0
		} else if offset > 0 {
			offset += len(s.text) + 1
		}
	}
	return params
}
