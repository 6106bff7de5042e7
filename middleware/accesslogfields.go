package middleware

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
)

// AccessLogField is an attribute of the lines of the access log, by its name in the line.
type AccessLogField string

// The fields of the access log. A line lacks those that are empty, such as the referer of a request without one. What a
// client has sent is cut at 1024 bytes, with three dots for the rest.
const (
	AccessLogMethod    AccessLogField = "method"     // GET and so on
	AccessLogPath      AccessLogField = "path"       // decoded, with the values of parameters
	AccessLogQuery     AccessLogField = "query"      // as it was sent, the values of secrets REDACTED
	AccessLogStatus    AccessLogField = "status"     // the status sent, 0 if the connection was cut before
	AccessLogBytes     AccessLogField = "bytes"      // bytes of content sent
	AccessLogDuration  AccessLogField = "duration"   // from the request's head to the end of the response
	AccessLogClient    AccessLogField = "client"     // the address of the client, see App.UseProxies
	AccessLogRoute     AccessLogField = "route"      // the pattern of the route, such as /cats/{id}
	AccessLogHost      AccessLogField = "host"       // that the client asked for
	AccessLogScheme    AccessLogField = "scheme"     // http or https
	AccessLogProtocol  AccessLogField = "protocol"   // such as HTTP/1.1
	AccessLogUserAgent AccessLogField = "user_agent" // the header User-Agent
	AccessLogReferer   AccessLogField = "referer"    // the header Referer, redacted as the query is, without a password and a fragment
)

func (f AccessLogField) isKnown() bool {
	return slices.Contains([]AccessLogField{AccessLogMethod, AccessLogPath, AccessLogQuery, AccessLogStatus, AccessLogBytes, AccessLogDuration,
		AccessLogClient, AccessLogRoute, AccessLogHost, AccessLogScheme, AccessLogProtocol, AccessLogUserAgent, AccessLogReferer}, f)
}

// add adds a field to the line.
func (e *accessEntry) add(f AccessLogField, o request.Outcome, took time.Duration) {
	switch f {
	case AccessLogStatus:
		e.attrs = append(e.attrs, slog.Int(string(f), o.Status))
	case AccessLogBytes:
		e.attrs = append(e.attrs, slog.Int64(string(f), o.Bytes))
	case AccessLogDuration:
		e.attrs = append(e.attrs, slog.Duration(string(f), took))
	case AccessLogMethod, AccessLogPath, AccessLogClient:
		e.attrs = append(e.attrs, slog.String(string(f), bounded(e.text(f))))
	default:
		if text := e.text(f); text != "" {
			e.attrs = append(e.attrs, slog.String(string(f), bounded(text)))
		}
	}
}

// text returns the value of a field that is a text.
func (e *accessEntry) text(f AccessLogField) string {
	source := request.StateOf(e.req).Source
	switch f {
	case AccessLogMethod:
		return e.req.Method()
	case AccessLogPath:
		return e.req.Path()
	case AccessLogQuery:
		return header.RedactQuery(e.req.URL().RawQuery, e.log.Redact)
	case AccessLogClient:
		return e.req.ClientIP()
	case AccessLogRoute:
		if route := e.req.Route(); route != nil {
			return route.Pattern
		}
	case AccessLogHost:
		return e.req.Host()
	case AccessLogScheme:
		return e.req.Scheme()
	case AccessLogProtocol:
		return source().Proto
	case AccessLogUserAgent:
		return http1.Value(source(), "User-Agent")
	case AccessLogReferer:
		return redactReferer(source(), e.log.Redact)
	}
	return ""
}

// redactReferer returns the header Referer without secrets: browsers send neither a fragment nor a password
// (RFC 9110 section 10.1.3), but other clients may.
func redactReferer(hr *http.Request, names []string) string {
	referer, _, _ := strings.Cut(http1.Value(hr, "Referer"), "#")
	if _, rest, ok := strings.Cut(referer, "//"); ok {
		end := strings.IndexAny(rest, `/?\`)
		if end < 0 {
			end = len(rest)
		}
		if at := strings.LastIndexByte(rest[:end], '@'); at >= 0 {
			referer = referer[:len(referer)-len(rest)] + rest[at+1:]
		}
	}
	page, query, ok := strings.Cut(referer, "?")
	if !ok {
		return referer
	}
	return page + "?" + header.RedactQuery(query, names)
}

const maxLogged = 1024 // bytes of a value that a client has sent

// bounded cuts a text between two characters.
func bounded(s string) string {
	if len(s) <= maxLogged {
		return s
	}
	end := maxLogged
	for end > maxLogged-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "..."
}
