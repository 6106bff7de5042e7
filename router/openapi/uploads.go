package openapi

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/upload"
)

// typeMultipart is the content type of forms with files.
const typeMultipart = "multipart/form-data"

// formField describes a field of a form: a value, a file or several files. The types of files that a field takes are the
// content types of its parts (4.8.15).
func (b *builder) formField(p bind.Field, form *mediaType) (*schema, error) {
	if p.File == nil {
		return b.textValue(p)
	}
	s := &schema{Type: types{"string"}, Format: "binary", ContentMediaType: "application/octet-stream"}
	if p.Type.Kind() == reflect.Slice {
		s = &schema{Type: types{"array"}, Items: s}
		s.addRules(p.Type, p.Rules, false)
	}
	s.Description = p.Tag.Get("doc")
	if p.File.Max > 0 {
		s.Description = strings.TrimSpace(s.Description + " At most " + p.File.MaxText(upload.Limits{}) + ".")
	}
	var err error
	if s.Deprecated, err = isDeprecated(p.Tag); err != nil {
		return nil, fmt.Errorf("form %q: %w", p.Name, err)
	}
	if len(p.File.Types) > 0 {
		if form.Encoding == nil {
			form.Encoding = map[string]*partEncoding{}
		}
		form.Encoding[p.Name] = &partEncoding{strings.Join(p.File.Types, ", ")}
	}
	return s, nil
}
