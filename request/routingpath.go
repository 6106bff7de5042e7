package request

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/soay-go/soay/response/problem"
)

// RoutingPath returns the path that routes are matched against, for the framework: decoded once, with a NUL for each
// encoded slash, so that %2F never splits a segment. An encoded NUL is an error with status 400; it
// has no place in a path, and could not be told from such a mark.
func RoutingPath(u *url.URL) (string, error) {
	path := u.Path
	if path == "" {
		return "/", nil
	}
	if strings.IndexByte(path, 0) >= 0 {
		return "", problem.New(http.StatusBadRequest, "The path has an encoded NUL.")
	}
	return markSlashes(path, u.RawPath), nil
}

// markSlashes puts a NUL in place of each slash of path that raw has encoded. raw is only a hint, as
// url.URL has it: it counts if it is an encoding of path.
func markSlashes(path, raw string) string {
	var marked []byte // nil as long as there is nothing to mark
	n := 0            // the bytes of path that have been compared
	for i := 0; i < len(raw); i++ {
		c, encoded := raw[i], raw[i] == '%'
		if encoded {
			if len(raw) < i+3 {
				return path
			}
			v := unhex(raw[i+1])<<4 | unhex(raw[i+2])
			if v < 0 {
				return path
			}
			c, i = byte(v), i+2
		}
		if n == len(path) || path[n] != c {
			return path
		}
		if encoded && c == '/' {
			if marked == nil {
				marked = []byte(path)
			}
			marked[n] = 0
		}
		n++
	}
	if marked == nil || n < len(path) {
		return path
	}
	return string(marked)
}

// unhex returns the value of a hexadecimal digit, negative for another byte.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
