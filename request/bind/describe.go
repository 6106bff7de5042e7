package bind

import (
	"reflect"

	"github.com/soay-go/soay/request/bind/rules"
)

// Source is where a value of a request comes from.
type Source string

// The sources of values.
const (
	Path   Source = "path"
	Query  Source = "query"
	Header Source = "header"
	Cookie Source = "cookie"
	Form   Source = "form"
	InBody Source = "body"
)

// Param describes one value that a plan takes from the path, the query, a header, a cookie or a
// field of a form.
type Param struct {
	Name       string // on the wire
	In         Source
	Type       reflect.Type // of the field; an Optional[T] is a T here
	Required   bool
	Default    string // as it was written in the tag
	HasDefault bool
	Rules      *rules.Rules // nil without
	Tag        reflect.StructTag
}

// Body describes the body that a plan takes.
type Body struct {
	Formats  []Format     // in the order in which they are tried
	Type     reflect.Type // of the field; an Optional[T] is a T here
	Optional bool         // the field is an Optional
	Required bool         // a request without a body is refused
	Rules    *rules.Rules // nil without
	Tag      reflect.StructTag
}

// Format is a way to write a body.
type Format string

// The formats of bodies. A body of several fields tagged form is a form too.
const (
	JSON  Format = "json"  // application/json and types that end in +json
	Forms Format = "form"  // application/x-www-form-urlencoded
	XML   Format = "xml"   // application/xml, text/xml and types that end in +xml
	Text  Format = "text"  // text/plain and other text types
	Bytes Format = "bytes" // any type
)
