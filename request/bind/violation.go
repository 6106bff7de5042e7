package bind

import (
	"net/http"
	"reflect"
	"slices"

	"github.com/soay-go/soay/request/bind/internal/messages"
	"github.com/soay-go/soay/request/bind/internal/rules"
	"github.com/soay-go/soay/response/problem"
)

// MaxViolations is how many violations of one request are reported. A body of one megabyte can have many
// more; the client learns of the rest when it has mended these.
const maxViolations = 100

// Error is the error of a request that does not fit its plan. The client gets the problem that it
// wraps, in the language that it likes best.
type Error struct{ *problem.Problem }

// Unwrap returns the problem.
func (e *Error) Unwrap() error { return e.Problem }

// violation is something wrong with a request, before it is put into words.
type violation struct {
	in         source
	pointer    string // of what is in the body
	name       string // of the parameter, or of the member that the sentence is about
	rule       string
	param      string
	typ        reflect.Type
	unreadable bool   // it could not be read, which is worse than breaking a rule
	reason     string // in place of a sentence made from the rule
}

// violations collects what is wrong with a request.
type violations struct{ list []violation }

func (f *violations) add(one violation) {
	if f.list == nil {
		f.list = make([]violation, 0, 4)
	}
	if len(f.list) < maxViolations {
		f.list = append(f.list, one)
	}
}

func (f *violations) addAll(list []violation) {
	for _, one := range list {
		f.add(one)
	}
}

// isUnread reports whether one of the violations from the given one on is a value that cannot be read.
func (f *violations) hasUnreadable(from int) bool {
	return slices.ContainsFunc(f.list[from:], func(one violation) bool { return one.unreadable })
}

func (f *violations) isFull() bool { return len(f.list) >= maxViolations }

// whole is where a violation is that is in no single value of a request.
const inRequest source = "request"

// violation returns the violation of a field that breaks a rule, in a body of some format, or of an input as
// a whole for "".
func (f *field) violation(rule *rules.Rule, as format) violation {
	return f.violationOf(rule.Name, rule.Param, as)
}

func (f *field) violationOf(rule, param string, as format) violation {
	out := violation{in: f.in, name: f.name, rule: rule, param: param, typ: f.node.inner().typ}
	switch as {
	case asJSON:
		out.pointer = f.pointer
	case asXML:
		out.name = f.xmlName
		out.pointer = pointerTo(f.xmlName)
	case asForm:
		out.in, out.name = inForm, f.formName
	}
	return out
}

// refusal is the error of a request with these violations.
func newError(list []violation, acceptLanguage []string) error {
	language := messages.For(acceptLanguage)
	out := make([]problem.Violation, len(list))
	status := http.StatusUnprocessableEntity
	for i := range list {
		out[i] = list[i].public(language)
		if list[i].unreadable {
			status = http.StatusBadRequest
		}
	}
	p := problem.Invalid(status, out)
	p.Language = language.Tag()
	return &Error{p}
}

func (f *violation) public(language *messages.Language) problem.Violation {
	out := problem.Violation{In: string(f.in), Rule: f.rule, Detail: f.reason}
	if f.in == inBody {
		out.Pointer = f.pointer
	} else {
		out.Parameter = f.name
	}
	if out.Detail == "" {
		out.Detail = language.Message(f.name, f.rule, f.param, f.typ)
	}
	return out
}
