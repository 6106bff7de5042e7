package bind

import (
	"reflect"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/bind/internal/rules"
	"github.com/soay-go/soay/request/inject"
)

// Binder is implemented by types that take what they need from a request themselves: an input as a
// whole, or one of its fields. An error with a status, such as a problem, is what the client gets;
// any other one is a 500.
type Binder interface {
	BindRequest(request.Request) error
}

var binderType = reflect.TypeFor[Binder]()

// Plan fills values of one type, an input. It never changes once the app has started and is safe
// for concurrent use. It is for the framework.
type Plan struct {
	typ      reflect.Type
	itself   bool    // the type is a Binder
	input    *object // its fields, by which its rules are judged; nil for a body alone
	path     places
	query    places
	headers  places
	cookies  places
	form     places
	binders  [][]int // indexes of fields that bind themselves
	services []service
	body     *body
}

// places are the fields of an input with one source.
type places struct {
	names
	at []int // their indexes in the input
}

func (p *places) put(name string, at int) {
	p.names.add(name)
	p.at = append(p.at, at)
}

// body is what takes the body of the request.
type body struct {
	field   int // in input; -1 when the input itself is the body
	formats []format
	node    *node
}

// service is a field of an input that takes a service.
type service struct {
	typ   reflect.Type
	name  string // in Go
	index []int
	slot  inject.Slot
}

// object knows the fields of a struct. It never changes once it is compiled.
type object struct {
	typ         reflect.Type
	fields      []field
	json        names  // of the fields in JSON
	form        places // in forms
	xml         places
	hasRules    bool    // a field has rules
	needsFinish bool    // there is something to judge when all fields are filled
	inner       [][]int // indexes of embedded structs with rules for them as a whole
	c           *Compiler
}

// field is one field of a struct that is filled.
type field struct {
	name     string // on the wire
	pointer  string // to it from its object in JSON
	formName string // in a form
	xmlName  string
	goName   string
	in       source
	index    []int
	typ      reflect.Type

	parentType reflect.Type // the struct that declares it

	node          *node
	rules         *rules.Rules
	required      bool
	asString      bool // in JSON it stands inside a string
	omit          bool // it is left out of output when empty
	needsParent   bool // its rules look at other fields
	isList        bool // it takes several texts
	emptyIsAbsent bool // an empty text is no value for it
	defaultText   *string

	defaultSize int64 // what a default takes behind the field, about
	tag         reflect.StructTag
}
