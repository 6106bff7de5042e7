package request

import (
	"errors"
	"math"
	"net/http"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/strictjson"
	"github.com/soay-go/soay/response/problem"
)

// memoryFactor is how many bytes of values one byte of a body may become.
const memoryFactor = 16

// MemoryLimit returns about how many bytes the values may take that are decoded from the body: 16
// times [Request.BodyLimit]. A short text can stand for large values, as each {} of a list does for
// a whole struct. [Request.JSON] and typed inputs keep to it.
func (r Request) MemoryLimit() int64 {
	limit := r.BodyLimit()
	if limit > math.MaxInt64/memoryFactor {
		return math.MaxInt64
	}
	return memoryFactor * limit
}

// JSON decodes the body into target, a pointer, strictly: the content type must be application/json
// or end in +json, and there must be no Content-Encoding, else it fails with status 415. Names that
// occur twice in one object or differ only in case, data behind the value, invalid UTF-8 and nesting
// deeper than 64 are errors with status 400, as is a value that does not fit its field. Values that
// would take more than [Request.MemoryLimit] are an error with status 413.
//
// A member fills the field whose name it has exactly. Members without a field are passed over, those
// whose name differs from that of a field in case included.
func (r Request) JSON(target any) error {
	if !r.live() {
		return errGone
	}
	if !header.IsJSON(r.Header("Content-Type")) {
		return problem.New(http.StatusUnsupportedMediaType, "The content type must be application/json.")
	}
	if err := r.CheckEncoding(); err != nil {
		return err
	}
	data, err := r.Bytes()
	if err != nil {
		return err
	}
	err = strictjson.Unmarshal(data, target, strictjson.Options{MaxMemory: r.MemoryLimit()})
	var refused *strictjson.Error
	if !errors.As(err, &refused) {
		return err
	}
	status := http.StatusBadRequest
	if refused.Kind == strictjson.KindMemory {
		status = http.StatusRequestEntityTooLarge
	}
	p := problem.New(status, "The JSON body is not acceptable: "+refused.Reason+".").WithCause(err)
	if refused.Pointer != "" {
		p = p.With("pointer", refused.Pointer)
	}
	return p
}
