package router

import (
	"fmt"
	"slices"
	"strings"
)

// ValuePattern is a kind of value that a parameter can be restricted to, as in {slug:name}. Paths
// whose value does not fit are not matched by the pattern.
type ValuePattern struct {
	// Name stands before the colon of a parameter.
	Name string
	// Match reports whether a decoded value fits. The method MatchString of an anchored regular
	// expression will do. It is called by many goroutines.
	Match func(value string) bool
}

// builtinValues are the value patterns that exist without being registered, the more specific
// first. str and path are known to the parser, for they change how a pattern matches.
func builtinValues() []ValuePattern {
	return []ValuePattern{
		{"uuid", isUUID},
		{"int", isDigits},
		{"float", isFloat},
	}
}

// checkValues returns what is wrong with the value patterns of an app.
func checkValues(own []ValuePattern) []error {
	var errs []error
	known := []string{"str", "string", "path", "uuid", "int", "float"}
	for _, v := range own {
		switch {
		case !isName(v.Name):
			errs = append(errs, fmt.Errorf("router: value pattern %q: the name must be letters, digits and _", v.Name))
		case v.Match == nil:
			errs = append(errs, fmt.Errorf("router: value pattern %q: Match is nil", v.Name))
		case slices.Contains(known, v.Name):
			errs = append(errs, fmt.Errorf("router: value pattern %q exists already", v.Name))
		}
		known = append(known, v.Name)
	}
	return errs
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func isFloat(s string) bool {
	whole, fraction, found := strings.Cut(s, ".")
	return isDigits(whole) && (!found || isDigits(fraction))
}

// isUUID accepts the text form of RFC 9562 section 4, in either case.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
			continue
		}
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
			return false
		}
	}
	return true
}
