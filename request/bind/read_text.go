package bind

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/internal/urlencoded"
	"github.com/soay-go/soay/response/problem"
)

// filler fills the fields of one struct from texts. It has its violations inside, not a pointer to
// those of others, so that it stays off the heap with them.
type filler struct {
	o      *object
	v      reflect.Value
	p      progress
	memory budget
	found  violations
}

// fields fills fields from a query or a form.
func (f *filler) fields(of *places, text string) error {
	if strings.Count(text, "&") >= request.MaxFormFields {
		return problem.New(http.StatusBadRequest,
			fmt.Sprintf("There may be at most %d parameters.", request.MaxFormFields))
	}
	next := 0
	for encoded, value := range urlencoded.Fields(text) {
		name, err := urlencoded.Decode(encoded)
		if err != nil {
			continue // it is the name of no field
		}
		i := of.find(name, next)
		if i < 0 {
			continue
		}
		next = i + 1
		if value, err = urlencoded.Decode(value); err != nil {
			f.refuse(of.at[i], ruleText)
			continue
		}
		f.set(of.at[i], value)
	}
	return nil
}

// set gives a field one of its values.
func (f *filler) set(i int, text string) {
	field := &f.o.fields[i]
	isForm := field.in == inForm || f.p.as != ""
	if text == "" && (isForm || field.in == inQuery) && field.emptyIsAbsent {
		return
	}
	if isForm && f.p.as != asXML && text == "on" && field.node.inner().kind == kindBool {
		text = "true" // what browsers send for a box that is ticked
	}
	if f.memory.isSpent() {
		return
	}
	n, v := field.node, field.of(f.v, &f.memory)
	if field.isList {
		n, v = n.open(v, &f.memory)
		if v.Len() <= field.rules.MaxLength() { // one too many is enough to be told so
			f.memory.grow(n, v, max(v.Len(), 1))
			f.memory.take(n.elem.pointerSize() + int64(len(text)))
			f.record(i, n.elem.setText(text, v.Index(v.Len()-1)))
		}
		return
	}
	f.memory.take(n.pointerSize() + int64(len(text)))
	if f.p.sent.Has(i) || f.p.broken.Has(i) {
		f.record(i, ruleRepeated)
		return
	}
	f.record(i, n.setText(text, v))
}

// note writes down what became of a value: "" for the best.
func (f *filler) record(i int, rule string) {
	if rule == "" {
		f.p.sent.Set(i)
		return
	}
	f.refuse(i, rule)
}

// refuse reports a value that cannot be read, one for each field.
func (f *filler) refuse(i int, rule string) {
	if !f.p.broken.Has(i) {
		one := f.o.fields[i].violationOf(rule, "", f.p.as)
		one.unreadable = true
		f.found.add(one)
	}
	f.p.broken.Set(i)
	f.p.unreadable = true
}

// header fills a field from the lines of a header. Those of a list have several values each (RFC
// 9110 section 5.6.1).
func (f *filler) header(i int, lines []string) {
	isList := f.o.fields[i].isList
	for _, line := range lines {
		switch {
		case !utf8.ValidString(line):
			f.refuse(i, ruleText)
		case !isList:
			f.set(i, line)
		default:
			for value := range strings.SplitSeq(line, ",") {
				if value = strings.Trim(value, " \t"); value != "" {
					f.set(i, value)
				}
			}
		}
	}
}

func (f *filler) cookie(i int, name string, lines []string) {
	value, count := header.Cookie(lines, name)
	switch {
	case count == 0:
	case count > 1:
		f.refuse(i, ruleRepeated)
	default:
		f.set(i, value) // which is ASCII
	}
}

// spent returns the error of what takes too much memory.
func (f *filler) memoryError() error {
	if f.memory.isSpent() {
		return errMemory
	}
	return nil
}
