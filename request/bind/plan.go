package bind

import (
	"reflect"

	"github.com/soay-go/soay/request/bind/internal/messages"
	"github.com/soay-go/soay/request/bind/internal/rules"
	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/request/upload"
)

// Plan fills values of one type, an input. It never changes once the app has started and is safe for
// concurrent use.
// It is for the framework.
type Plan struct {
	typ       reflect.Type
	itself    bool    // the type is a Binder; nothing else is set then
	input     *object // the fields with sources; nil if the input as a whole is the body
	path      places
	query     places
	headers   places
	cookies   places
	form      places
	files     places        // the fields of a form that are files
	wants     []upload.Want // of the files, in the same order
	binders   [][]int       // indexes of fields that bind themselves
	services  []service
	body      *body         // nil without one; a form is no body here
	tolerant  bool          // there is a Form: what is wrong with it refuses no request
	formAt    []int         // index of the Form, nil if the input as a whole is one
	languages *messages.Set // of the messages about violations
}

// places are the fields of a struct that have names in one source or format.
type places struct {
	names
	at []int // by the position of a name: the number of its field in the object
}

// put adds a field by its name.
func (p *places) put(name string, at int) {
	p.names.add(name)
	p.at = append(p.at, at)
}

// body is the part of a plan that reads the body of a request.
type body struct {
	field   int      // its number in the input; -1 if the input as a whole is the body
	formats []format // in the order in which they are tried
	node    *node

	tolerant bool // it is a Form
}

// service is a field of an input that takes a service.
type service struct {
	typ   reflect.Type
	name  string // in Go
	index []int
	slot  inject.Slot // set by Link
}

// object knows the fields of a struct that are filled: of an input, or of a struct in a body. It never
// changes once it is compiled.
type object struct {
	typ         reflect.Type
	fields      []field
	json        names // of the fields, with the same numbers
	form        places
	xml         places
	hasRules    bool    // a field has rules
	needsFinish bool    // there is something left to do when all fields are filled, see finish
	inner       [][]int // indexes of embedded structs that have rules for the struct as a whole
	c           *Compiler
}

// field is one field that is filled. The first part is needed for each request, and stands together in memory.
type field struct {
	in    source
	index []int // from the struct of the object, also through embedded structs
	node  *node
	rules *rules.Rules

	required      bool
	asString      bool    // in JSON it stands inside a string
	needsParent   bool    // its rules look at other fields
	isList        bool    // it takes several texts
	emptyIsAbsent bool    // an empty text is no value for it
	omit          bool    // it is left out of output when empty
	defaultText   *string // nil without a default
	defaultSize   int64   // of a default in bytes, about, besides the field itself

	name     string // on the wire: in its source, or in JSON
	pointer  string // to it from its object in JSON
	formName string
	xmlName  string
	goName   string

	typ        reflect.Type
	parentType reflect.Type // the struct that declares it, which may be an embedded one
	tag        reflect.StructTag
}
