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

// filler fills the fields of one struct from texts. The violations are part of it, not behind a pointer to
// those of someone else, so that both stay on the stack: a request without violations allocates nothing for
// them.
type filler struct {
	o      *object
	v      reflect.Value // the struct
	p      progress
	memory budget
	found  violations
}

// fields fills fields from a query or a form. They are read one by one; no map of all values is made, whose
// names and size a client could choose.
func (f *filler) fields(of *places, text string) error {
	if strings.Count(text, "&") >= request.MaxFormFields {
		return problem.New(http.StatusBadRequest,
			fmt.Sprintf("There may be at most %d parameters.", request.MaxFormFields))
	}
	next := 0 // clients tend to send the fields in their order
	for encoded, value := range urlencoded.Fields(text) {
		name, err := urlencoded.Decode(encoded)
		if err != nil {
			continue // no field has such a name
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

// set gives a field one of its values. A field that is no list takes one value only.
func (f *filler) set(i int, text string) {
	field := &f.o.fields[i]
	isForm := field.in == inForm || f.p.as != ""
	// An empty text is no value for most types, see emptyIsAbsent. A header or a cookie is not sent by accident.
	if text == "" && (isForm || field.in == inQuery) && field.emptyIsAbsent {
		return
	}
	if isForm && f.p.as != asXML && text == "on" && field.node.inner().kind == kindBool {
		text = "true" // browsers send it for a box that is ticked
	}
	if f.memory.isSpent() {
		return
	}
	n, v := field.node, field.of(f.v, &f.memory)
	if field.isList { // each value is one element more
		n, v = n.open(v, &f.memory)
		if v.Len() <= field.rules.MaxLength() { // one too many is enough for the rules to refuse the list
			f.memory.grow(n, v, max(v.Len(), 1))
			f.memory.take(n.elem.pointerSize() + int64(len(text)))
			f.record(i, n.elem.setText(text, v.Index(v.Len()-1)))
		}
		return
	}
	f.memory.take(n.pointerSize() + int64(len(text)))
	if f.p.sent.Has(i) || f.p.broken.Has(i) { // neither the first nor the last value is right: readers differ
		f.record(i, ruleRepeated)
		return
	}
	f.record(i, n.setText(text, v))
}

// record notes that a field was sent, or reports the rule that its text breaks.
func (f *filler) record(i int, rule string) {
	if rule == "" {
		f.p.sent.Set(i)
		return
	}
	f.refuse(i, rule)
}

// refuse reports a text that cannot be read. Each field has one such violation at most.
func (f *filler) refuse(i int, rule string) {
	if !f.p.broken.Has(i) {
		one := f.o.fields[i].violationOf(rule, "", f.p.as)
		one.unreadable = true
		f.found.add(one)
	}
	f.p.broken.Set(i)
	f.p.unreadable = true
}

// header fills a field from the lines of a header. A line for a list has several values (RFC 9110 section
// 5.6.1).
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

// cookie fills a field from a cookie. Two cookies of one name are refused: clients and servers disagree
// about the one that counts.
func (f *filler) cookie(i int, name string, lines []string) {
	value, count := header.Cookie(lines, name)
	switch {
	case count == 0:
	case count > 1:
		f.refuse(i, ruleRepeated)
	default:
		f.set(i, value) // it is ASCII, as cookies are
	}
}

// memoryError returns the error of a request that has spent its memory.
func (f *filler) memoryError() error {
	if f.memory.isSpent() {
		return errMemory
	}
	return nil
}
