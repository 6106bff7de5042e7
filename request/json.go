package request

import (
	"errors"
	"net/http"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/strictjson"
	"github.com/soay-go/soay/response/problem"
)

// JSON decodes the body into target, a pointer, strictly: the content type must be application/json
// or end in +json, else it fails with status 415. Names that occur twice in one object or differ
// only in case, data behind the value, invalid UTF-8 and nesting deeper than 64 are errors with
// status 400, as is a value that does not fit its field. Members without a field are passed over.
func (r Request) JSON(target any) error {
	if !r.live() {
		return errGone
	}
	if !header.IsJSON(r.Header("Content-Type")) {
		return problem.New(http.StatusUnsupportedMediaType, "The content type must be application/json.")
	}
	data, err := r.Bytes()
	if err != nil {
		return err
	}
	err = strictjson.Unmarshal(data, target, strictjson.Options{})
	var refused *strictjson.Error
	if !errors.As(err, &refused) {
		return err
	}
	p := problem.New(http.StatusBadRequest, "The JSON body is not acceptable: "+refused.Reason+".").WithCause(err)
	if refused.Pointer != "" {
		p = p.With("pointer", refused.Pointer)
	}
	return p
}
