package bind

import (
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// element is one element of an XML text, or one of its attributes. Names are without their
// namespaces.
type element struct {
	name  string
	text  string
	parts []element // attributes first
}

// maxXMLDepth is how deep elements may stand inside each other.
const maxXMLDepth = 64

var (
	errXMLDepth = errors.New("elements stand too deep inside each other")
	errXMLType  = errors.New("a document type is not allowed")
)

// decodeXML fills a struct from an XML text, and returns what is wrong with it. The name of the
// root does not matter; attributes and elements are members alike, and repeated elements are a
// list.
func decodeXML(text string, o *object, v reflect.Value) []fault {
	root, err := parseXML(text)
	if err == nil {
		return o.fillXML(root.parts, v)
	}
	reason := "it is not well-formed"
	if err == errXMLDepth || err == errXMLType {
		reason = err.Error()
	}
	return []fault{{
		in: InBody, rule: ruleSyntax, parse: true, reason: "The XML body is not acceptable: " + reason + ".",
	}}
}

// parseXML reads the only element of a text. Document types, with which entities come, are refused
// whole: what they can do is an attack or of no use here.
func parseXML(text string) (*element, error) {
	d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))) // which XML allows there
	var root *element
	for {
		token, err := d.Token()
		switch t := token.(type) {
		case nil:
			if err == io.EOF && root != nil {
				return root, nil
			}
			return nil, errors.Join(err, io.ErrUnexpectedEOF)
		case xml.Directive:
			return nil, errXMLType
		case xml.CharData:
			if strings.TrimSpace(string(t)) != "" {
				return nil, errors.New("text outside of the root")
			}
		case xml.StartElement:
			if root != nil {
				return nil, errors.New("a second root")
			}
			root = &element{}
			if err := root.read(d, t, maxXMLDepth); err != nil {
				return nil, err
			}
		}
	}
}

// read reads an element to its end.
func (e *element) read(d *xml.Decoder, start xml.StartElement, room int) error {
	if room == 0 {
		return errXMLDepth
	}
	e.name = start.Name.Local
	for _, a := range start.Attr {
		if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
			e.parts = append(e.parts, element{name: a.Name.Local, text: a.Value})
		}
	}
	var text strings.Builder
	for {
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.Directive:
			return errXMLType
		case xml.CharData:
			text.Write(t)
		case xml.StartElement:
			e.parts = append(e.parts, element{})
			if err := e.parts[len(e.parts)-1].read(d, t, room-1); err != nil {
				return err
			}
		case xml.EndElement:
			e.text = text.String()
			return nil
		}
	}
}

// fillXML fills a struct from the parts of an element, and returns what is wrong with them.
func (o *object) fillXML(parts []element, v reflect.Value) []fault {
	f := filler{o: o, v: v, p: progress{as: XML}}
	for i := range parts {
		if at := o.xml.find(parts[i].name, i); at >= 0 {
			f.element(at, &parts[i])
		}
	}
	f.judge()
	return f.found.list
}

// element gives a field one of its values.
func (f *filler) element(i int, e *element) {
	field := &f.o.fields[i]
	n := field.node.inner()
	switch {
	case n.kind == kindObject:
		if f.p.sent.has(i) || f.p.broken.has(i) {
			f.note(i, ruleRepeated)
			return
		}
		n, v := field.node.open(field.of(f.v))
		f.nested(i, n, e, v, field.xmlName)
	case n.kind == kindSlice && n.elem.inner().kind == kindObject:
		n, list := field.node.open(field.of(f.v))
		list.Grow(1)
		list.SetLen(list.Len() + 1)
		last := list.Len() - 1
		inner, v := n.elem.open(list.Index(last))
		f.nested(i, inner, e, v, strconv.Itoa(last), field.xmlName)
	default:
		text := e.text
		if n.kind == kindSlice {
			n = n.elem.inner()
		}
		if n.kind != kindString {
			text = strings.TrimSpace(text)
		}
		f.set(i, text)
	}
}

// nested fills a struct inside the one that is being filled. The segments say where it stands, the
// innermost first.
func (f *filler) nested(i int, n *node, e *element, v reflect.Value, segments ...string) {
	before := len(f.found.list)
	f.found.addAll(n.object.fillXML(e.parts, v))
	for _, segment := range segments {
		f.found.within(before, segment)
	}
	if len(f.found.list) > before {
		f.p.broken.set(i)
		f.p.unread = f.p.unread || f.found.isUnread(before)
	} else {
		f.p.sent.set(i)
	}
}
