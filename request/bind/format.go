package bind

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/response/problem"
)

// format is a way to write a body.
type format string

const (
	asJSON  format = "json"  // application/json and types that end in +json
	asForm  format = "form"  // application/x-www-form-urlencoded
	asXML   format = "xml"   // application/xml, text/xml and types that end in +xml
	asText  format = "text"  // text/plain and other text types
	asBytes format = "bytes" // any type
)

// mediaTypes are the content types by which clients announce the formats.
var mediaTypes = map[format]string{
	asJSON: "application/json", asForm: "application/x-www-form-urlencoded", asXML: "application/xml", asText: "text/plain",
	asBytes: "application/octet-stream",
}

// typeMultipart is the other content type of forms, which is that of forms with files.
const typeMultipart = "multipart/form-data"

// accepts reports whether a content type announces a format.
func (f format) accepts(contentType string) bool {
	if f == asJSON || f == asBytes {
		return f == asBytes || header.IsJSON(contentType)
	}
	// JSON is UTF-8 by itself (RFC 8259 section 8.1). The other formats could have a charset that is not read here.
	m, err := header.ParseMediaType(contentType)
	if err != nil || !isUTF8(m) {
		return false
	}
	switch f {
	case asText:
		return m.Type == "text"
	case asXML:
		return m.Subtype == "xml" && (m.Type == "application" || m.Type == "text") || m.Suffix() == "xml"
	}
	return header.IsMediaType(contentType, mediaTypes[f]) || f == asForm && header.IsMediaType(contentType, typeMultipart)
}

// isUTF8 reports whether a content type leaves the charset open, or names UTF-8 or US-ASCII, which is a
// part of it.
func isUTF8(m header.MediaType) bool {
	charset, ok := m.Param("charset")
	return !ok || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "us-ascii")
}

// unsupported returns the error for a body of another content type.
func unsupported(formats []format) error {
	var types []string
	for _, f := range formats {
		types = append(types, mediaTypes[f])
		if f == asForm {
			types = append(types, typeMultipart)
		}
	}
	return unsupportedTypes(types...)
}

func unsupportedTypes(types ...string) error {
	return problem.New(http.StatusUnsupportedMediaType,
		fmt.Sprintf("The content type must be %s.", strings.Join(types, " or ")))
}
