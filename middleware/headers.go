package middleware

import (
	"errors"
	"fmt"
	"maps"
	"net/textproto"
	"slices"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// NewHeaders returns middleware that adds headers to every response that does not have them, error
// pages included. Vary is merged, as everywhere. Names and values must be valid, and one name in two
// spellings is an error. So are headers that cannot be the same for all responses: headers about the
// connection or the content of one response, and Set-Cookie. The error names all mistakes.
// It is for the framework.
func NewHeaders(headers map[string]string) (router.Middleware, error) {
	headers = maps.Clone(headers)
	names := slices.Sorted(maps.Keys(headers))
	var errs []error
	seen := map[string]string{}
	for _, name := range names {
		key := textproto.CanonicalMIMEHeaderKey(name)
		if other, ok := seen[key]; ok {
			errs = append(errs, fmt.Errorf("headers %s and %s are the same one", other, name))
		}
		seen[key] = name
		errs = append(errs, checkCommon(name, headers[name]))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return func(next router.Handler) router.Handler {
		return func(req request.Request) response.Response {
			resp := next(req)
			// WithHeader merges Vary, so it is set even if the response has it.
			for _, name := range names {
				if resp.Header(name) == "" || strings.EqualFold(name, "Vary") {
					resp = resp.WithHeader(name, headers[name])
				}
			}
			return resp
		}
	}, nil
}

// notCommon are the headers that cannot be the same for all responses, and why.
var notCommon = map[string]string{
	// RFC 9110 section 7.6.1, and what HTTP/2 forbids (RFC 9113 section 8.2.2)
	"Connection":        aboutConnection,
	"Keep-Alive":        aboutConnection,
	"Proxy-Connection":  aboutConnection,
	"Te":                aboutConnection,
	"Trailer":           aboutConnection,
	"Transfer-Encoding": aboutConnection,
	"Upgrade":           aboutConnection,
	"Date":              "is the server's to set",

	"Allow":            aboutOne,
	"Content-Encoding": aboutOne,
	"Content-Length":   aboutOne,
	"Content-Range":    aboutOne,
	"Content-Type":     aboutOne,
	"Etag":             aboutOne,
	"Last-Modified":    aboutOne,
	"Location":         aboutOne,

	"Set-Cookie": "would take the place of the session's; set cookies with Response.WithCookie",
}

const (
	aboutConnection = "is about the connection, which is the server's"
	aboutOne        = "is about one response, and set with that"
)

// checkCommon returns why a header cannot be added to all responses, nil if it can.
func checkCommon(name, value string) error {
	if why, ok := notCommon[textproto.CanonicalMIMEHeaderKey(name)]; ok {
		return fmt.Errorf("header %s %s", name, why)
	}
	return (response.Response{}).WithHeader(name, value).Err()
}
