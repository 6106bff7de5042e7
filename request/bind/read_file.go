package bind

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/upload"
)

// isMultipart reports whether the body is a form that may have files.
func isMultipart(req request.Request) bool {
	return header.IsMediaType(req.Header("Content-Type"), typeMultipart)
}

// hasParts reports whether there is a body that is such a form.
func hasParts(req request.Request) bool {
	return isMultipart(req) && request.StateOf(req).Source().ContentLength != 0
}

// noFiles is for forms without files: those that are sent are skipped.
func noFiles(string) *upload.Want { return nil }

// want returns what is done with the files of a field of the form.
func (p *Plan) want(name string) *upload.Want {
	if i := p.files.find(name, 0); i >= 0 {
		return &p.wants[i]
	}
	return nil
}

// withFiles fills the fields of a form with files.
func (f *filler) withFiles(p *Plan, req request.Request) error {
	if err := req.CheckEncoding(); err != nil {
		return err
	}
	if !isMultipart(req) {
		return unsupportedTypes(typeMultipart)
	}
	form, err := request.StateOf(req).ReadForm(p.want)
	if err != nil {
		return err
	}
	f.values(&p.form, form)
	for i, name := range p.files.list {
		if err := f.file(p.files.at[i], name, &p.wants[i], form); err != nil {
			return err
		}
	}
	return nil
}

// values fills fields from the values of a form.
func (f *filler) values(of *places, form *upload.Form) {
	for i, name := range of.list {
		for _, value := range form.Values[name] {
			f.set(of.at[i], value)
		}
		switch rule := form.Fault(name); {
		case rule != "":
			f.fault(of.at[i], rule, strconv.FormatInt(form.Limits().MaxFieldBytes, 10))
		case len(form.Files[name]) > 0:
			f.fault(of.at[i], upload.RuleText, "")
		}
	}
}

// file fills a field with its files. The form may have been read before, by a handler or for another input, so everything
// is checked here.
func (f *filler) file(i int, name string, want *upload.Want, form *upload.Form) error {
	files, stream := form.Files[name], form.Stream(name)
	if want.Stream && len(files) > 0 || !want.Stream && stream.Sent() {
		return fmt.Errorf("bind: the form was read before, and not with the file %q as it is wanted now", name)
	}
	rule := form.Fault(name)
	switch {
	case len(form.Values[name]) > 0:
		rule = upload.RuleFile
	case rule != "":
	case want.Single && len(files) > 1:
		rule = upload.RuleRepeated
	case want.Stream:
		rule = stream.Check(want.Rule)
	}
	for _, file := range files {
		if rule == "" {
			rule = want.Rule.Check(file, form.Limits())
		}
	}
	switch v := f.o.fields[i].of(f.v, &f.memory); {
	case rule == upload.RuleSize:
		f.fault(i, rule, strings.ReplaceAll(want.Rule.MaxText(form.Limits()), " ", "")) // as in a tag
	case rule != "":
		f.fault(i, rule, want.Rule.TypesText)
	case stream.Sent():
		v.Set(reflect.ValueOf(stream))
		f.p.sent.Set(i)
	case len(files) == 0:
	case want.Single:
		v.Set(reflect.ValueOf(files[0]))
		f.p.sent.Set(i)
	default:
		v.Set(reflect.ValueOf(slices.Clone(files)).Convert(v.Type()))
		f.p.sent.Set(i)
	}
	return nil
}

// fault reports a rule that a value or a file broke while the form was read. Those about sizes and types were read, so
// they are rules like others.
func (f *filler) fault(i int, rule, param string) {
	switch rule {
	case upload.RuleSize, upload.RuleType, upload.RuleFieldSize:
		if !f.p.broken.Has(i) {
			f.found.add(f.o.fields[i].violationOf(rule, param, f.p.as))
		}
		f.p.broken.Set(i)
		f.p.unreadable = true // its value is not there
	default:
		f.refuse(i, rule)
	}
}
