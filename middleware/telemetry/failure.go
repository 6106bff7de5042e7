package telemetry

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/panics"
)

// The kinds of failures that are no types of errors; the status as a text is another one.
const (
	clientClosed = "client_closed" // the client has gone
	writeTimeout = "write_timeout" // the client did not take the response in its time
	aborted      = "aborted"       // the handler asked for the cut, by http.ErrAbortHandler
	responseCut  = "response_cut"  // a body failed when a part of it had been sent
	timedOut     = "timeout"       // context.DeadlineExceeded
	panicked     = "panic"         // with a value that is no error
)

const (
	maxMessage = 2048
	maxStack   = 16 << 10
	maxDepth   = 16 // of errors in errors
)

// failure is what went wrong with a request; kind is "" if nothing did.
type failure struct {
	kind string // the error.type
	err  error  // nil if it says no more than kind
}

// failureOf returns what went wrong: a cut connection, a panic, or a status from 500. A client's mistake is none.
func failureOf(req request.Request, o request.Outcome) (f failure) {
	if o.Err == nil && o.Status < http.StatusInternalServerError && !o.Cut {
		return failure{}
	}
	defer func() {
		if recover() != nil { // a method of the error did
			f = failure{kind: responseCut}
			if !o.Cut {
				f.kind = strconv.Itoa(o.Status)
			}
		}
	}()
	recovered, isPanic := errors.AsType[*panics.Error](o.Err)
	switch {
	case o.Cut && o.Err == http.ErrAbortHandler:
		return failure{kind: aborted}
	case isPanic:
		return failure{orElse(typeOf(recovered.Unwrap(), 0), panicked), o.Err}
	case o.Cut && hasGone(req, o.Err):
		return failure{kind: clientClosed}
	case o.Cut && errors.Is(o.Err, os.ErrDeadlineExceeded):
		return failure{kind: writeTimeout}
	case o.Cut:
		return failure{orElse(typeOf(o.Err, 0), responseCut), o.Err}
	case o.Status < http.StatusInternalServerError:
		return failure{}
	case errors.Is(o.Err, context.Canceled) && hasGone(req, o.Err):
		return failure{kind: clientClosed}
	}
	return failure{orElse(typeOf(o.Err, 0), strconv.Itoa(o.Status)), o.Err}
}

// hasGone reports whether a request failed because its client has left.
func hasGone(req request.Request, err error) bool {
	return request.StateOf(req).Source().Context().Err() != nil ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}

// wrappers are types of errors that tell nothing of what failed.
var wrappers = []string{
	"*errors.errorString", "*errors.joinError", "*fmt.wrapError", "*fmt.wrapErrors", "*problem.Problem", "*panics.Error", "*panics.withStack",
	"*errors.fundamental", "*errors.withStack", "*errors.withMessage",
}

// typeOf returns the name of the first type in an error that tells something, "" if there is none. depth is how deep it
// lies in another.
func typeOf(err error, depth int) string {
	for ; err != nil && depth < maxDepth; depth++ {
		if err == context.DeadlineExceeded {
			return timedOut
		}
		if name := reflect.TypeOf(err).String(); !slices.Contains(wrappers, name) {
			return strings.TrimPrefix(name, "*")
		}
		switch u := err.(type) {
		case interface{ Unwrap() error }:
			err = u.Unwrap()
		case interface{ Unwrap() []error }:
			for _, inner := range u.Unwrap() {
				if name := typeOf(inner, depth+1); name != "" {
					return name
				}
			}
			return ""
		default:
			return ""
		}
	}
	return ""
}

// setFailed gives the error of an operation to its span.
func setFailed(span trace.Span, err error) {
	defer func() { _ = recover() }() // of a method of the error
	span.SetAttributes(failureKey.String(orElse(typeOf(err, 0), "_OTHER")))
	span.SetStatus(codes.Error, clean(err.Error(), maxMessage))
}

// recordException adds an error to a span, with the stack if it is a panic. Its text may have secrets of the program, as
// in the log, which goes to the same people.
func recordException(span trace.Span, f failure) {
	if f.err == nil {
		return
	}
	defer func() { _ = recover() }() // of a method of the error
	attrs := []attribute.KeyValue{
		attribute.String("exception.type", f.kind), attribute.String("exception.message", clean(f.err.Error(), maxMessage)),
	}
	if e, ok := errors.AsType[*panics.Error](f.err); ok {
		attrs = append(attrs, attribute.String("exception.stacktrace", clean(string(e.Stack), maxStack)))
	}
	span.AddEvent("exception", trace.WithAttributes(attrs...))
}
