package bind

import (
	"errors"
	"fmt"
	"math"
	"reflect"

	"github.com/soay-go/soay/request/upload"
)

var (
	fileType   = reflect.TypeFor[upload.File]()
	streamType = reflect.TypeFor[upload.Stream]()
)

// holdsFile reports whether a field is meant to take files, perhaps in a way that it cannot.
func holdsFile(t reflect.Type) bool {
	inner, _ := Unwrap(t)
	if k := inner.Kind(); k == reflect.Slice || k == reflect.Array || k == reflect.Pointer {
		inner = inner.Elem()
	}
	return inner == fileType || inner == streamType
}

// fileField takes a field into the plan that is a file, several files, or a file that the handler reads.
func (c *Compiler) fileField(p *Plan, t reflect.Type, sf reflect.StructField, at []int, source source) error {
	if err := checkFile(sf, source); err != nil {
		return err
	}
	f := field{
		name: sf.Tag.Get(string(inForm)), goName: sf.Name, in: inForm, index: at, typ: sf.Type, parentType: t, tag: sf.Tag,
		node: &node{kind: kindFile, typ: sf.Type, size: int64(sf.Type.Size())},
	}
	f.formName = f.name
	if sf.Type.Kind() == reflect.Slice {
		f.node = &node{kind: kindSlice, typ: sf.Type, size: int64(sf.Type.Size()), elem: &node{kind: kindFile, typ: fileType}}
	}
	if err := checkName(inForm, f.name); err != nil {
		return err
	}
	var err error
	if f.rules, err = c.rulesOf(t, sf); err != nil {
		return err
	}
	f.required, f.needsParent = f.rules.Required(), needsParent(f.rules)
	if err := p.checkTaken(f); err != nil {
		return err
	}
	want, err := p.wantOf(f)
	if err != nil {
		return err
	}
	p.files.put(f.name, len(p.input.fields))
	p.wants = append(p.wants, want)
	p.input.fields = append(p.input.fields, f)
	return p.checkBodies()
}

// checkFile refuses files of types and in places that cannot have any.
func checkFile(sf reflect.StructField, source source) error {
	_, hasDefault := sf.Tag.Lookup("default")
	inner := sf.Type
	if inner.Kind() == reflect.Slice {
		inner = inner.Elem()
	}
	switch {
	case source == inBody:
		return errors.New("a file is a field of a form; tag it with form, and not with body")
	case source == "":
		return errors.New("nothing says where it comes from; tag it with form")
	case source != inForm:
		return fmt.Errorf("a file comes from a form, not from the %s", source)
	case inner == streamType && inner != sf.Type:
		return errors.New("a form has one FileStream at most, so it cannot be a list of them")
	case inner != fileType && inner != streamType:
		return fmt.Errorf("a %s cannot be a file; use File, which is zero if none was sent, []File or FileStream", sf.Type)
	case hasDefault:
		return errors.New("a file has no default")
	}
	return nil
}

// wantOf returns what is done with the files of a field.
func (p *Plan) wantOf(f field) (upload.Want, error) {
	want := upload.Want{Most: 1, Single: true, Stream: f.typ == streamType}
	if tag, has := f.tag.Lookup("file"); has {
		var err error
		if want.Rule, err = upload.ParseRule(tag); err != nil {
			return want, err
		}
	}
	if f.typ.Kind() == reflect.Slice {
		want.Single, want.Most = false, math.MaxInt
		if n := f.rules.MaxLength(); n < math.MaxInt { // one too many is enough to find the list too long
			want.Most = n + 1
		}
	}
	for _, other := range p.wants {
		if want.Stream && other.Stream {
			return want, errors.New("there is a FileStream already; only the last file of a form can be one")
		}
	}
	return want, nil
}

// formBytes returns how many bytes the files and values of a form may have together, 0 without files. A list whose rules
// do not limit it counts as one file.
func (p *Plan) formBytes() int64 {
	if len(p.files.at) == 0 {
		return 0
	}
	const most = math.MaxInt64 >> 1
	limits := upload.Limits{}.WithDefaults(upload.Limits{})
	sum := limits.MaxFieldsBytes + int64(limits.MaxParts*limits.MaxPartHeaderBytes)
	for i := range p.wants {
		size, count := p.wants[i].Rule.Max, int64(1)
		if size == 0 {
			size = limits.MaxFileBytes
		}
		if !p.wants[i].Single && p.wants[i].Most < math.MaxInt {
			count = int64(p.wants[i].Most - 1)
		}
		if count > 0 && size > (most-sum)/count {
			return most
		}
		sum += size * count
	}
	return max(sum, limits.MaxBytes)
}
