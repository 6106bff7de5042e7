package bind

import (
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// maxXMLDepth is how many elements may stand inside each other.
const maxXMLDepth = 64

var (
	errXMLDepth = errors.New("elements stand too deep inside each other")
	errXMLType  = errors.New("a document type is not allowed")
)

// decodeXML fills a struct from an XML text, and returns the violations. Attributes and elements are
// members alike, and repeated elements are a list. The name of the root does not matter, and namespaces do
// not count. The values may take so many bytes of memory.
//
//	<cat name="Minka">          members: name from the attribute,
//	  <food>fish</food>           food twice, so a list,
//	  <food>milk</food>
//	  <owner><id>7</id></owner>   owner by a filler of its own
//	</cat>
func decodeXML(text string, o *object, v reflect.Value, memory int64) ([]violation, error) {
	f := filler{o: o, v: v, p: progress{as: asXML}, memory: budget{memory}}
	err := f.document(xml.NewDecoder(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))) // XML allows a byte order mark
	switch err {
	case nil, errMemory:
		return f.found.list, err
	case errXMLDepth, errXMLType:
	default:
		err = errors.New("it is not well-formed")
	}
	return []violation{{
		in: inBody, rule: ruleSyntax, unreadable: true, reason: "The XML body is not acceptable: " + err.Error() + ".",
	}}, nil
}

// document reads the root of a text. A document type is refused: entities come with it, and with them
// bodies that are far larger than their text.
func (f *filler) document(d *xml.Decoder) error {
	seen := false
	for {
		token, err := d.Token()
		switch t := token.(type) {
		case nil:
			if err == io.EOF && seen {
				return nil
			}
			return errors.Join(err, io.ErrUnexpectedEOF)
		case xml.Directive:
			return errXMLType
		case xml.CharData:
			if strings.TrimSpace(string(t)) != "" {
				return errors.New("text outside of the root")
			}
		case xml.StartElement:
			if seen {
				return errors.New("a second root")
			}
			seen = true
			if err := f.members(d, t, maxXMLDepth-1); err != nil {
				return err
			}
		}
	}
}

// members fills a struct from an element, whose start has been read, and validates it. The element may hold
// so many levels more. It ends with the end of the element, also if members were refused.
func (f *filler) members(d *xml.Decoder, start xml.StartElement, levels int) error {
	next := 0
	for _, a := range start.Attr {
		if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" {
			continue // it declares a namespace
		}
		if i := f.o.xml.find(a.Name.Local, next); i >= 0 {
			next = i + 1
			f.element(f.o.xml.at[i], a.Value)
		}
	}
	for {
		if f.memory.isSpent() {
			return errMemory
		}
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.Directive:
			return errXMLType
		case xml.StartElement:
			// An element without a field is read to its end, and so are all others when there is no more to report.
			i := f.o.xml.find(t.Name.Local, next)
			if i < 0 || f.found.isFull() {
				_, err = textOf(d, levels)
			} else {
				next = i + 1
				err = f.member(f.o.xml.at[i], d, t, levels)
			}
			if err != nil {
				return err
			}
		case xml.EndElement: // of this struct, since the ends of its members have been read
			f.validate()
			return f.memoryError()
		}
	}
}

// textOf reads to the end of an element, and returns its text without that of the elements inside.
func textOf(d *xml.Decoder, levels int) (string, error) {
	var text strings.Builder
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.Directive:
			return "", errXMLType
		case xml.CharData:
			if depth == 0 {
				text.Write(t)
			}
		case xml.StartElement:
			if depth++; depth > levels {
				return "", errXMLDepth
			}
		case xml.EndElement:
			if depth--; depth < 0 {
				return text.String(), nil
			}
		}
	}
}

// element gives a field the text of an element or an attribute.
func (f *filler) element(i int, text string) {
	n := f.o.fields[i].node.inner()
	if n.kind == kindSlice {
		n = n.elem.inner()
	}
	// White space around a value is layout, except in strings.
	switch n.kind {
	case kindObject: // an attribute cannot be a struct
		f.refuse(i, forms[kindObject])
		return
	case kindString:
	default:
		text = strings.TrimSpace(text)
	}
	f.set(i, text)
}

// member gives a field the value of an element, whose start has been read. A text, and each text of a list,
// is one value for set. A struct, and each struct of a list, is filled by members.
func (f *filler) member(i int, d *xml.Decoder, start xml.StartElement, levels int) error {
	if levels == 0 {
		return errXMLDepth
	}
	// There are three kinds of members: texts and lists of texts, structs, and lists of structs.
	field := &f.o.fields[i]
	n := field.node.inner()
	isList := n.kind == kindSlice && n.elem.inner().kind == kindObject
	repeated := n.kind == kindObject && (f.p.sent.Has(i) || f.p.broken.Has(i))
	if repeated {
		f.record(i, ruleRepeated)
	}
	if n.kind != kindObject && !isList || repeated {
		text, err := textOf(d, levels-1)
		if err == nil && !repeated {
			f.element(i, text)
		}
		return err
	}
	n, v := field.node.open(field.of(f.v, &f.memory), &f.memory)
	if !isList {
		return f.nested(i, n, v, d, start, levels-1, field.xmlName)
	}
	if v.Len() > field.rules.MaxLength() { // one too many is enough for the rules to refuse the list
		_, err := textOf(d, levels-1)
		return err
	}
	f.memory.grow(n, v, max(v.Len(), 1))
	last := v.Len() - 1
	inner, v := n.elem.open(v.Index(last), &f.memory)
	return f.nested(i, inner, v, d, start, levels-1, strconv.Itoa(last), field.xmlName)
}

// nested fills a struct inside of the one that is being filled. The segments are its place in there, the
// innermost first.
func (f *filler) nested(i int, n *node, v reflect.Value, d *xml.Decoder, start xml.StartElement, levels int, segments ...string) error {
	// The memory goes in and comes back by value, so that the filler around this one stays on the stack.
	inner := filler{o: n.object, v: v, p: progress{as: asXML}, memory: f.memory}
	err := inner.members(d, start, levels)
	f.memory = inner.memory
	before := len(f.found.list)
	f.found.addAll(inner.found.list)
	for _, segment := range segments {
		f.found.within(before, segment)
	}
	if len(f.found.list) > before {
		f.p.broken.Set(i)
		f.p.unreadable = f.p.unreadable || f.found.hasUnreadable(before)
	} else {
		f.p.sent.Set(i)
	}
	return err
}
