package bind

import (
	"net/http"
	"reflect"
	"slices"

	"github.com/soay-go/soay/request/bind/internal/messages"
	"github.com/soay-go/soay/request/bind/internal/rules"
	"github.com/soay-go/soay/response/problem"
)

// maxViolations is how many violations of one request are reported. A body of one megabyte can have many
// more; the client learns of the rest when these are corrected.
const maxViolations = 100

// Error is the error of a request that does not fit its plan. Its problem is the answer to the client, in
// the language that the client likes best among those of the app.
type Error struct{ *problem.Problem }

// Unwrap returns the problem.
func (e *Error) Unwrap() error { return e.Problem }

// violation is one thing that is wrong with a request, before there is a message for it.
type violation struct {
	in         source
	pointer    string // to a value in the body, from the value that is being read
	name       string // of the parameter, or of the member, as the client knows it
	rule       string
	param      string
	typ        reflect.Type
	unreadable bool   // it could not be read: status 400 instead of 422
	reason     string // a message in place of the one for the rule
}

// violations collects what is wrong with a request.
type violations struct{ list []violation }

// add adds a violation as long as there are not too many.
func (v *violations) add(one violation) {
	if v.list == nil {
		v.list = make([]violation, 0, 4)
	}
	if len(v.list) < maxViolations {
		v.list = append(v.list, one)
	}
}

func (v *violations) addAll(list []violation) {
	for _, one := range list {
		v.add(one)
	}
}

// hasUnreadable reports whether one of the violations, from the given one on, is a value that cannot be
// read.
func (v *violations) hasUnreadable(from int) bool {
	return slices.ContainsFunc(v.list[from:], func(one violation) bool { return one.unreadable })
}

// isFull reports whether further violations would be dropped.
func (v *violations) isFull() bool { return len(v.list) >= maxViolations }

// inRequest is the source of a violation that is in no single value of a request.
const inRequest source = "request"

// violation returns the violation of a field that breaks a rule. as is the format of the body that the
// field is in, "" for a field of an input.
func (f *field) violation(rule *rules.Rule, as format) violation {
	return f.violationOf(rule.Name, rule.Param, as)
}

// violationOf is violation for a rule by its name. A field has another name and another place in each
// format.
func (f *field) violationOf(rule, param string, as format) violation {
	out := violation{in: f.in, name: f.nameIn(as), rule: rule, param: param, typ: f.node.inner().typ}
	switch as { // an input has no format: the source and the name say where the value is
	case asJSON:
		out.pointer = f.pointer
	case asXML:
		out.pointer = pointerTo(f.xmlName)
	case asForm:
		out.in = inForm
	}
	return out
}

// varies is the header of errors whose language the client has chosen.
var varies = http.Header{"Vary": {"Accept-Language"}}

// newError returns the error of a request with these violations. Its language is English if all of its messages
// are.
func newError(list []violation, acceptLanguage []string, languages *messages.Set) error {
	language := languages.For(acceptLanguage)
	var few [4]problem.Violation // stays on the stack, for Invalid copies it
	out := few[:]
	if len(list) > len(few) {
		out = make([]problem.Violation, len(list))
	}
	out = out[:len(list)]
	status, spoken := http.StatusUnprocessableEntity, "en"
	for i := range list { // a value that cannot be read is worse than a broken rule
		var tag string
		if out[i], tag = list[i].public(language); tag == language.Tag() {
			spoken = tag
		}
		if list[i].unreadable {
			status = http.StatusBadRequest
		}
	}
	p := problem.Invalid(status, out)
	p.Language = spoken
	if languages.Negotiates() {
		p.Header = varies
	}
	return &Error{p}
}

// public returns the violation as clients learn of it, and the language of its message.
func (v *violation) public(language *messages.Language) (out problem.Violation, tag string) {
	out = problem.Violation{In: string(v.in), Rule: v.rule, Param: v.param, Detail: v.reason}
	if v.in == inBody {
		out.Pointer = v.pointer
	} else {
		out.Parameter = v.name
	}
	if out.Detail != "" {
		return out, "en"
	}
	out.Detail, tag = language.Message(v.name, v.rule, v.param, v.typ)
	return out, tag
}
