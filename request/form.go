package request

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/internal/urlencoded"
	"github.com/soay-go/soay/response/problem"
)

// MaxFormFields is how many fields a form may have. A form with more is refused with status 400.
const MaxFormFields = 1000

const formType = "application/x-www-form-urlencoded"

// Form returns the fields of an HTML form that was sent as application/x-www-form-urlencoded or multipart/form-data.
// Another content type is an error with status 415, and so is a Content-Encoding; malformed encoding and more than
// [MaxFormFields] fields are errors with status 400. A form of the second kind is read as [Request.Multipart] does; a file
// in it is an error with status 400. Fields that were left empty are there with an empty value.
func (r Request) Form() (url.Values, error) {
	if !r.live() {
		return nil, errGone
	}
	contentType := r.Header("Content-Type")
	if header.IsMediaType(contentType, "multipart/form-data") {
		return r.formOfParts()
	}
	if !header.IsMediaType(contentType, formType) {
		return nil, problem.New(http.StatusUnsupportedMediaType,
			"The content type must be application/x-www-form-urlencoded or multipart/form-data.")
	}
	text, err := r.Text()
	if err != nil {
		return nil, err
	}
	if strings.Count(text, "&") >= MaxFormFields {
		return nil, problem.New(http.StatusBadRequest, "The form has too many fields.")
	}
	form := url.Values{}
	for name, value := range urlencoded.Fields(text) {
		n, err1 := urlencoded.Decode(name)
		v, err2 := urlencoded.Decode(value)
		if err := errors.Join(err1, err2); err != nil {
			return nil, problem.New(http.StatusBadRequest, "The form is not properly encoded.").WithCause(err)
		}
		form[n] = append(form[n], v)
	}
	return form, nil
}

// Query returns the first value of a query parameter, and "" without one. Parameters that are not
// properly encoded do not count.
func (r Request) Query(name string) string {
	if !r.live() {
		return ""
	}
	for n, v := range urlencoded.Fields(r.source().URL.RawQuery) {
		if n != name && !urlencoded.IsEncoded(n) {
			continue
		}
		if decoded, err := urlencoded.Decode(n); err != nil || decoded != name {
			continue
		}
		if decoded, err := urlencoded.Decode(v); err == nil {
			return decoded
		}
	}
	return ""
}

// QueryValues returns all query parameters in a new map. Parameters that are not properly encoded
// do not count.
func (r Request) QueryValues() url.Values {
	values := url.Values{}
	if !r.live() {
		return values
	}
	for name, value := range urlencoded.Fields(r.source().URL.RawQuery) {
		n, err1 := urlencoded.Decode(name)
		v, err2 := urlencoded.Decode(value)
		if err1 == nil && err2 == nil {
			values[n] = append(values[n], v)
		}
	}
	return values
}
