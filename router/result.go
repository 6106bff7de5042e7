package router

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// Result is the output of a handler that says more than its value: a status, headers such as Link or ETag, and
// cookies. The value is written as it would be without a Result around it: JSON, or text if it is a string,
// with empty lists for nil ones. A nil pointer is a 404.
//
// If Header has ETag or Last-Modified, the answer to GET or HEAD with status 200 obeys the conditions of the
// client (RFC 9110 section 13.2.2): If-None-Match and If-Modified-Since make it a 304 without content, If-Match and
// If-Unmodified-Since a 412. The answers to other methods do not, for the handler has acted already.
//
// A status, a header or a cookie that cannot be sent makes the answer a 500 whose error is in the log, as in
// package response. So does a value with a status that has no content: 204, 205 or 304.
type Result[T any] struct {
	// Value is the content.
	Value T
	// Status is from 200 to 599; 0 is 200, or the status of what is in Value if T is an interface. With
	// 204, 205 and 304 Value must be zero, or a nil pointer. Statuses other than 200 are to be declared for the
	// description of the API, in Doc.Responses.
	Status int
	// Header has further headers. A name may have several values, which are several lines. A Content-Type takes
	// the place of the usual one.
	Header http.Header
	// Cookies are set one by one, see [response.NewCookie].
	Cookies []*http.Cookie
}

func (r Result[T]) describe() Output {
	out := describeContent(reflect.TypeFor[T]())
	out.AnyStatus = true
	return out
}

func (r Result[T]) respond(req request.Request, e *emptier) response.Response {
	if err := r.check(); err != nil {
		return response.Error(err)
	}
	return r.withHeaders(r.content(req, e))
}

// check returns the mistakes that package response cannot see.
func (r Result[T]) check() error {
	if slices.Contains(r.Cookies, nil) {
		return errors.New("router: a cookie of a Result is nil")
	}
	if !response.HasContent(http.MethodGet, r.Status) && !reflect.ValueOf(&r.Value).Elem().IsZero() {
		return fmt.Errorf("router: a Result has a value and the status %d, which has no content", r.Status)
	}
	return nil
}

// content makes the response with the status and without the headers.
func (r Result[T]) content(req request.Request, e *emptier) response.Response {
	switch {
	case r.Status == 0:
		return contentOf(req, e, r.Value)
	case !response.HasContent(http.MethodGet, r.Status):
		return response.Status(r.Status)
	}
	return contentOf(req, e, r.Value).WithStatus(r.Status)
}

func (r Result[T]) withHeaders(resp response.Response) response.Response {
	for name, values := range r.Header {
		for i, value := range values {
			if i == 0 {
				resp = resp.WithHeader(name, value)
			} else {
				resp = resp.AddHeader(name, value)
			}
		}
	}
	for _, c := range r.Cookies {
		resp = resp.WithCookie(c)
	}
	return resp
}
