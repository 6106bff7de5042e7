package compress

import (
	"errors"
	"fmt"
	"strings"

	"github.com/soay-go/soay/request/header"
)

// defaultTypes are the types of content that become much smaller. Images, sound and archives are compressed already.
var defaultTypes = typeList{
	"text/*", "application/json", "+json", "application/xml", "+xml", "application/javascript", "application/wasm",
	"font/ttf", "application/jsonl",
}

const eventStream = "text/event-stream"

// IsCompressible reports whether content of a type, the value of a Content-Type, is compressed by default. It is for the
// framework.
func IsCompressible(contentType string) bool { return defaultTypes.has(contentType) }

// typeList are types of content: application/json, text/* for all of a kind, +json for all that end so.
type typeList []string

// has reports whether a Content-Type is of one of the types. Event streams never are: they are to arrive at once.
func (list typeList) has(contentType string) bool {
	name, _, _ := strings.Cut(contentType, ";")
	name = strings.Trim(name, " \t")
	if name == "" || strings.EqualFold(name, eventStream) {
		return false
	}
	for _, t := range list {
		switch {
		case t[0] == '+':
			if n := len(name) - len(t); n > 0 && strings.EqualFold(name[n:], t) {
				return true
			}
		case strings.HasSuffix(t, "/*"):
			if n := len(t) - 1; len(name) > n && strings.EqualFold(name[:n], t[:n]) {
				return true
			}
		case strings.EqualFold(name, t):
			return true
		}
	}
	return false
}

// check returns the mistakes in the list.
func (list typeList) check() error {
	var errs []error
	for _, t := range list {
		suffix, isSuffix := strings.CutPrefix(t, "+")
		kind, subtype, _ := strings.Cut(t, "/")
		switch {
		case strings.EqualFold(t, eventStream):
			errs = append(errs, fmt.Errorf("%q in Types: event streams are never compressed", t))
		case isSuffix && header.IsToken(suffix):
		case !isSuffix && header.IsToken(kind) && kind != "*" && header.IsToken(subtype):
		default:
			errs = append(errs, fmt.Errorf("%q in Types is none of the forms application/json, text/* and +json", t))
		}
	}
	return errors.Join(errs...)
}
