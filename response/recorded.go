package response

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Recorded returns the answer of code for package net/http as a response. It may have any status of three
// digits. A header without values is not sent, not even if the server or the app sets it by itself.
// Transfer-Encoding is left to the server, and names with [http.TrailerPrefix] are trailers, not headers.
// It is for the framework.
func Recorded(status int, header http.Header, content []byte) Response {
	r := Response{status: int16(status), text: string(content), content: givenContent}
	for _, name := range slices.Sorted(maps.Keys(header)) { // so that equal answers have equal bytes
		values := header[name]
		if name == "Transfer-Encoding" || strings.HasPrefix(name, http.TrailerPrefix) {
			continue
		}
		if len(values) == 0 {
			r = r.with(part{kind: omitHeader, name: http.CanonicalHeaderKey(name)})
		}
		for i, v := range values {
			if i == 0 {
				r = r.WithHeader(name, v)
			} else {
				r = r.AddHeader(name, v)
			}
		}
	}
	return r
}

// RecordedBody is [Recorded] for content that writes itself. It is for the framework.
func RecordedBody(status int, header http.Header, body Body) Response {
	return Recorded(status, header, nil).with(part{kind: setBody, body: body})
}
