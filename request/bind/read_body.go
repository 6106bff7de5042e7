package bind

import (
	"reflect"
	"slices"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/bind/internal/rules"
)

// body fills the field that is the body, or the fields of a form. The body reports its own violations; here
// they join those of the parameters.
func (f *filler) body(p *Plan, req request.Request) error {
	if p.body == nil {
		return f.form(p, req)
	}
	i := p.body.field
	field := &f.o.fields[i]
	got, wrong, err := p.body.read(req, field.rules, field.required, field.of(f.v, &f.memory))
	if err != nil {
		return err
	}
	before := len(f.found.list)
	f.found.addAll(wrong)
	switch {
	case got == filled:
		f.p.sent.Set(i)
	case got == isNull && field.required && !field.rules.Required():
		f.p.broken.Set(i) // a null for the whole body has its violation already
	case got == refused:
		f.p.broken.Set(i)
		f.p.unreadable = f.p.unreadable || f.found.hasUnreadable(before)
	}
	return nil
}

// form fills the fields tagged form.
func (f *filler) form(p *Plan, req request.Request) error {
	if request.StateOf(req).Source().ContentLength == 0 {
		return nil // no field was sent
	}
	if len(p.files.at) > 0 {
		return f.withFiles(p, req)
	}
	if err := checkForm(req); err != nil {
		return err
	}
	return f.texts(&p.form, req)
}

// texts fills fields from a form without files, in either of its content types.
func (f *filler) texts(of *places, req request.Request) error {
	if hasParts(req) {
		form, err := request.StateOf(req).ReadForm(noFiles)
		if err == nil {
			f.values(of, form)
		}
		return err
	}
	text, err := req.Text()
	if err != nil {
		return err
	}
	return f.fields(of, text)
}

// checkForm refuses a body that is no form.
func checkForm(req request.Request) error {
	if err := req.CheckEncoding(); err != nil {
		return err
	}
	if !asForm.accepts(req.Header("Content-Type")) {
		return unsupported([]format{asForm})
	}
	return nil
}

// read fills v from the body, in the first format that the content type announces. The rules are those of
// the body as a whole. There are three outcomes besides an error: the body was read, it was refused with
// violations, or there was none and none is required.
func (b *body) read(
	req request.Request, r *rules.Rules, required bool, v reflect.Value,
) (outcome, []violation, error) {
	if b.tolerant {
		return b.readForm(req, r, v)
	}
	if err := req.CheckEncoding(); err != nil {
		return refused, nil, err
	}
	contentType := req.Header("Content-Type")
	i := slices.IndexFunc(b.formats, func(f format) bool { return f.accepts(contentType) })
	if i < 0 && request.StateOf(req).Source().ContentLength != 0 {
		return refused, nil, unsupported(b.formats)
	}
	// An empty body is no JSON, form or XML, so it counts as absent. It is a text, and a list of bytes.
	data, err := req.Bytes()
	switch {
	case err != nil:
		return refused, nil, err
	case len(data) > 0 || i >= 0 && (b.formats[i] == asText || b.formats[i] == asBytes):
		return b.decode(req, b.formats[i], r, v)
	case required:
		return refused, []violation{{in: inBody, rule: missing.Name, typ: b.node.inner().typ, unreadable: true}}, nil
	}
	return isNull, nil, nil
}

// readForm is read for a Form. One without any field is a form too: browsers send it for boxes that nobody has
// ticked.
func (b *body) readForm(req request.Request, r *rules.Rules, v reflect.Value) (outcome, []violation, error) {
	if request.StateOf(req).Source().ContentLength != 0 {
		if err := checkForm(req); err != nil {
			return refused, nil, err
		}
	}
	return b.decode(req, asForm, r, v)
}

// decode fills v from a body that is there. JSON handles pointers, Optionals and rules for the whole by
// itself, as it does for each value in it. For the other formats this is done here.
func (b *body) decode(
	req request.Request, format format, r *rules.Rules, v reflect.Value,
) (outcome, []violation, error) {
	if format == asJSON {
		data, err := req.Bytes()
		if err != nil {
			return refused, nil, err
		}
		return b.node.decodeJSON(data, r, v, req.MemoryLimit())
	}
	// The other formats fill the value behind pointers and Optionals, which count as sent then.
	n, inner := b.node.open(v, nil)
	wrong, err := decodeAs(req, format, n, inner)
	if err != nil || len(wrong) > 0 {
		return refused, wrong, err
	}
	if broken := r.Check(inner); broken != nil {
		return refused, []violation{{in: inBody, rule: broken.Name, param: broken.Param, typ: n.typ}}, nil
	}
	return filled, nil, nil
}

// decodeAs fills v from a body that is not JSON, and returns the violations.
func decodeAs(req request.Request, format format, n *node, v reflect.Value) ([]violation, error) {
	if format == asBytes {
		data, err := req.Bytes()
		v.SetBytes(slices.Clone(data)) // the handler may change its copy, but not the body that the request remembers
		return nil, err
	}
	if format == asForm {
		return decodeForm(req, n.object, v)
	}
	text, err := req.Text()
	switch {
	case err != nil:
		return nil, err
	case format == asXML:
		return decodeXML(text, n.object, v, req.MemoryLimit())
	}
	v.SetString(text)
	return nil, nil
}

// decodeForm fills a struct from a form, and returns the violations.
func decodeForm(req request.Request, o *object, v reflect.Value) ([]violation, error) {
	f := filler{o: o, v: v, p: progress{as: asForm}, memory: budget{req.MemoryLimit()}}
	if err := f.texts(&o.form, req); err != nil {
		return nil, err
	}
	f.validate()
	return f.found.list, f.memoryError()
}
