package request

import (
	"net/http"
	"strings"

	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response/problem"
)

// errEncoded tells in Accept-Encoding what would have been accepted: nothing but the content itself
// (RFC 9110 sections 15.5.16 and 12.5.3).
var errEncoded = problem.New(http.StatusUnsupportedMediaType, "The body must not have a Content-Encoding.").
	WithHeader("Accept-Encoding", "identity")

// CheckEncoding returns an error with status 415 if the body is compressed or otherwise encoded, as
// its Content-Encoding says. [Request.Text], [Request.JSON], [Request.Form] and typed inputs call it,
// for they would take such a body for a malformed one. Who reads [Request.Bytes] or [Request.Body]
// may want the body as it is.
func (r Request) CheckEncoding() error {
	for _, line := range http1.Values(StateOf(r).Source(), "Content-Encoding") {
		for coding := range strings.SplitSeq(line, ",") {
			if coding = strings.Trim(coding, " \t"); coding != "" && !strings.EqualFold(coding, "identity") {
				return errEncoded
			}
		}
	}
	return nil
}
