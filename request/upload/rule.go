package upload

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/soay-go/soay/request/header"
)

// Rule is what the tag file of a field says. It is for the framework.
type Rule struct {
	Max   int64    // in bytes, 0 for the limit of the route
	Types []string // without any, all
	// TypesText is the text of the tag.
	TypesText string
}

// The rules that a file breaks, as violations name them. They are for the framework.
const (
	RuleSize      = "filesize"  // it is too large
	RuleType      = "filetype"  // it is of another type
	RuleFile      = "file"      // it is no file
	RuleText      = "text"      // a value that is no text, or a file in the place of a value
	RuleRepeated  = "repeated"  // a second file where there may be one
	RuleFieldSize = "fieldsize" // a value that is too long
)

// ParseRule reads the tag file: max=5MiB, types=image/png|image/*, or both with a comma between them. It is for the
// framework.
func ParseRule(tag string) (Rule, error) {
	var r Rule
	if tag == "" {
		return r, errors.New("the tag file is empty")
	}
	seen := map[string]bool{}
	for option := range strings.SplitSeq(tag, ",") {
		name, value, _ := strings.Cut(option, "=")
		if seen[name] {
			return r, fmt.Errorf("the option %q of the tag file stands twice", name)
		}
		seen[name] = true
		var err error
		switch name {
		case "max":
			r.Max, err = parseSize(value)
		case "types":
			r.TypesText = value
			r.Types, err = parseTypes(value)
		default:
			err = fmt.Errorf("the option %q of the tag file is unknown; max and types are known", name)
		}
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

// units are those of sizes, the longest first.
var units = []struct {
	name  string
	bytes int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"B", 1}}

func parseSize(s string) (int64, error) {
	for _, unit := range units {
		digits, ok := strings.CutSuffix(s, unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		switch {
		case err != nil || strings.HasPrefix(digits, "+"):
			return 0, fmt.Errorf("the size %q of the tag file is no number with a unit", s)
		case n <= 0 || n > math.MaxInt64/unit.bytes:
			return 0, fmt.Errorf("the size %q of the tag file is not positive, or too large", s)
		}
		return n * unit.bytes, nil
	}
	return 0, fmt.Errorf("the size %q of the tag file has no unit that is known; B, KiB, MiB and GiB are", s)
}

func parseTypes(s string) ([]string, error) {
	var list []string
	for t := range strings.SplitSeq(s, "|") {
		m, err := header.ParseMediaType(t)
		if err != nil || m.Type+"/"+m.Subtype != t || strings.Contains(m.Type, "*") || m.Subtype != "*" && strings.Contains(m.Subtype, "*") {
			return nil, fmt.Errorf("the type %q of the tag file is no media type in lower case, such as image/png or image/*", t)
		}
		list = append(list, t)
	}
	return list, nil
}

// Check returns the rule that a file breaks, "" for none. It is for the framework.
func (r Rule) Check(f File, limits Limits) string {
	switch {
	case f.Size() > r.max(limits):
		return RuleSize
	case !r.allows(f.about()):
		return RuleType
	}
	return ""
}

func (r Rule) max(limits Limits) int64 {
	if r.Max > 0 {
		return r.Max
	}
	return limits.MaxFileBytes
}

// MaxText says how large a file may be, such as 5 MiB. It is for the framework.
func (r Rule) MaxText(limits Limits) string {
	n, unit := r.max(limits), "B"
	for _, larger := range []string{"KiB", "MiB", "GiB"} {
		if n%1024 != 0 {
			break
		}
		n, unit = n/1024, larger
	}
	return strconv.FormatInt(n, 10) + " " + unit
}

// allows reports whether the type of a file is one of those of the rule. A type counts if the content looks like it. Of many
// types package net/http does not know how they look; then the content must look like their parent, and the client must
// claim the type.
func (r Rule) allows(a about) bool {
	if len(r.Types) == 0 {
		return true
	}
	if isActive(a.detected) { // a browser runs scripts in it
		return slices.Contains(r.Types, a.detected) ||
			a.detected == typeXML && isParent(typeXML, a.contentType) && slices.Contains(r.Types, a.contentType)
	}
	return r.lists(a.detected) ||
		!isKnown(a.contentType) && !isActive(a.contentType) && isParent(a.detected, a.contentType) && r.lists(a.contentType)
}

// lists reports whether the list has a type, or a wildcard that it is of.
func (r Rule) lists(t string) bool {
	major, _, _ := strings.Cut(t, "/")
	return t != "" && (slices.Contains(r.Types, t) || slices.Contains(r.Types, major+"/*"))
}
