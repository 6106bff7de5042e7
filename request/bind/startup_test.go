package bind_test

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/soay-go/soay/request/bind"
)

// mistake is the error of a type, without the names of the test's types.
func mistake[In any](want string) check {
	return check{want, func(t *testing.T) {
		_, err := bind.NewCompiler(nil).Plan(reflect.TypeFor[In]())
		if got := strings.ReplaceAll(fmt.Sprint(err), "bind_test.", ""); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}}
}

type (
	twoBodies struct {
		A inner  `body:"json"`
		B string `body:"text"`
	}
	formAndBody struct {
		A inner `body:"json"`
		F int   `form:"f"`
	}
	bodyAndForm struct {
		F int   `form:"f"`
		A inner `body:"json"`
	}
	untagged struct {
		ID   int `path:"id"`
		Name string
	}
	hiddenTagged struct {
		id int `path:"id"`
	}
	hiddenService struct {
		w io.Writer `inject:""`
	}
	twice struct {
		A int `query:"q"`
		B int `query:"q"`
	}
	twiceHeader struct {
		A int `header:"X-Name"`
		B int `header:"x-name"`
	}
	notTwice struct {
		A int `query:"q"`
		B int `header:"q"`
		C int `cookie:"q"`
		D int `cookie:"Q"`
		E int `query:"Q"`
	}
	keyed struct {
		M map[float64]int `json:"m"`
	}
	formTree struct {
		In tree `body:"form"`
	}
	xmlTree struct {
		In tree `body:"xml"`
	}
	namedTwice struct {
		In struct {
			A int `json:"a" form:"n"`
			B int `json:"n"`
		} `body:"json,form"`
	}
	caseTwice struct {
		In struct {
			A int `json:"name"`
			B int `json:"Name"`
		} `body:"json"`
	}
	hostHeader struct {
		Host string `header:"host"`
	}
	spacedHeader struct {
		A string `header:"X A"`
	}
	spacedCookie struct {
		A string `cookie:"a;b"`
	}
	otherFormat struct {
		In inner `body:"json,yaml"`
	}
	noFormat struct {
		In inner `body:""`
	}
	textInt struct {
		In int `body:"text"`
	}
	bytesText struct {
		In string `body:"json,bytes"`
	}
	formList struct {
		In []inner `body:"form"`
	}
	unknownRule struct {
		A int `json:"a" validate:"catsonly"`
	}
	unfitRule struct {
		A string `query:"a" validate:"gt=x"`
	}
	unknownField struct {
		A string `json:"a" validate:"eqfield=Passwrod"`
	}
	badDefault struct {
		A int     `query:"a" default:"seven"`
		B int8    `query:"b" default:"128"`
		C int     `query:"c" default:"3" validate:"gt=3"`
		D []int   `query:"d" default:"1,x"`
		E []int   `query:"e" default:"1,9" validate:"dive,lt=9"`
		F bool    `query:"f" default:"yes"`
		G float64 `query:"g" default:""`
	}
	requiredDefault struct {
		A int                `query:"a" default:"1" validate:"required"`
		B int                `path:"b" default:"1"`
		C bind.Optional[int] `query:"c" default:"1"`
		D string             `body:"text" default:"x"`
	}
	mapDefault struct {
		M map[string]int `json:"m" default:"a"`
	}
	pathInBody struct {
		ID   int `json:"id" path:"id"`
		Note string
	}
	pathInside struct {
		In pathInBody `body:"json"`
	}
	bothSources struct {
		W io.Writer `inject:"" query:"w"`
	}
	manySources struct {
		A int `query:"a" path:"a"`
	}
	endless      *endless
	embedsBinder struct {
		own
		ID int `path:"id"`
	}
	ruledBody struct {
		In inner `body:"json" validate:"catsonly"`
	}
	xmlDeep struct {
		In struct {
			List []*struct{ M map[string]int }
		} `body:"xml"`
	}
	xmlTwice struct {
		In struct {
			A int `json:"a" xml:"n"`
			B int `json:"n"`
		} `body:"xml"`
	}
	embedsBinderToo struct {
		own
		Clock clock `inject:""`
	}
	embedsPointer struct {
		*Tracing
		ID int `path:"id"`
	}
	embedsHidden struct {
		*inner
		A int `json:"a"`
	}
	one[T any] struct {
		V T `json:"v"`
	}
	unit struct{ N int }
)

var _, _ = hiddenTagged{}.id, hiddenService{}.w // which nothing else uses

const (
	nowhere = "nothing says where it comes from; tag it with path, query, header, cookie, form, body or inject"
	itself  = "field ID of embedsBinder: the tag path means nothing in a type that binds itself; " +
		"if it does so by what it embeds, make that a field with a name"
)

func TestMistakes(t *testing.T) {
	runAll(t, []check{
		mistake[int]("the input int is no struct"), mistake[*inner]("the input *inner is no struct"),
		mistake[twoBodies]("field B of twoBodies: field A takes the body already"),
		mistake[formAndBody]("field F of formAndBody: a request has one body: fields tagged form cannot stand beside one tagged body"),
		mistake[bodyAndForm]("field A of bodyAndForm: a request has one body: fields tagged form cannot stand beside one tagged body"),
		mistake[untagged]("field Name of untagged: " + nowhere),
		mistake[hiddenTagged]("field id of hiddenTagged: it is not exported, so it cannot be set"),
		mistake[hiddenService]("field w of hiddenService: it is not exported, so it cannot be set"),
		mistake[fromNothing]("field V of fromNothing: the tag query has no name"),
		mistake[twice]("field B of twice: field A takes the query \"q\" already"),
		mistake[twiceHeader]("field B of twiceHeader: field A takes the header \"x-name\" already"),
		mistake[notTwice]("<nil>"),
		mistake[one[chan int]]("field V of one[chan int]: no value that a client sends fits a chan int"),
		mistake[one[func()]]("field V of one[func()]: no value that a client sends fits a func()"),
		mistake[one[complex128]]("field V of one[complex128]: no value that a client sends fits a complex128"),
		mistake[one[uintptr]]("field V of one[uintptr]: no value that a client sends fits a uintptr"),
		mistake[one[io.Reader]]("field V of one[io.Reader]: no value that a client sends fits a io.Reader"),
		mistake[one[[]map[string]*chan int]]("field V of one[[]map[string]*chan int]: no value that a client sends fits a chan int"),
		mistake[keyed]("field M of keyed: the keys of a map[float64]int cannot be read"),
		mistake[one[map[bool]int]]("field V of one[map[bool]int]: the keys of a map[bool]int cannot be read"),
		mistake[fromPath[[]int]]("field V of fromPath[[]int]: a []int cannot come from the path"),
		mistake[fromCookie[*[]int]]("field V of fromCookie[*[]int]: a *[]int cannot come from the cookie"),
		mistake[fromQuery[unit]]("field V of fromQuery[github.com/soay-go/soay/request/unit]: a unit cannot come from the query"),
		mistake[fromQuery[[]byte]]("field V of fromQuery[[]uint8]: a []uint8 cannot come from the query"),
		mistake[fromQuery[map[string]int]]("field V of fromQuery[map[string]int]: a map[string]int cannot come from the query"),
		mistake[fromHeader[any]]("field V of fromHeader[interface {}]: a interface {} cannot come from the header"),
		mistake[fromForm[[][]int]]("field V of fromForm[[][]int]: a [][]int cannot come from the form"),
		mistake[fromQuery[[2]int]]("field V of fromQuery[[2]int]: a [2]int cannot come from the query"),
	})
}

func TestMistakesInBodies(t *testing.T) {
	runAll(t, []check{
		mistake[formTree]("field In of formTree: its field Children, a []tree, cannot come from a form"),
		mistake[xmlTree]("field In of xmlTree: its field ByName, a map[string]tree, cannot come from XML"),
		mistake[namedTwice]("field In of namedTwice: its fields A and B are both called \"n\" in the format form"),
		mistake[caseTwice]("field In of caseTwice: fields A and B of struct { A int \"json:\\\"name\\\"\"; B int \"json:\\\"Name\\\"\" }: " +
			"the names \"name\" and \"Name\" differ only in case"),
		mistake[hostHeader]("field Host of hostHeader: the host is no header here; ask the request for it"),
		mistake[spacedHeader]("field A of spacedHeader: \"X A\" is no name of a header"),
		mistake[spacedCookie]("field A of spacedCookie: \"a;b\" is no name of a cookie"),
		mistake[otherFormat]("field In of otherFormat: \"yaml\" is no format of a body; json, form, xml, text and bytes are"),
		mistake[noFormat]("field In of noFormat: \"\" is no format of a body; json, form, xml, text and bytes are"),
		mistake[textInt]("field In of textInt: a int cannot be the body of a request in the format text"),
		mistake[bytesText]("field In of bytesText: a string cannot be the body of a request in the format bytes"),
		mistake[formList]("field In of formList: a []inner cannot be the body of a request in the format form"),
		mistake[unknownRule]("field A of unknownRule: rules: unknown rule \"catsonly\""),
		mistake[unknownField]("field A of unknownField: rules: eqfield looks at the field \"Passwrod\", which unknownField does not have"),
		mistake[badDefault](strings.Join([]string{
			`field A of badDefault: the default "seven" is no integer`,
			`field B of badDefault: the default "128" is beyond the type int8`,
			`field C of badDefault: the default "3" breaks the rule gt`,
			`field D of badDefault: the default "1,x" is no integer`,
			`field E of badDefault: the default "1,9" breaks the rule lt`,
			`field F of badDefault: the default "yes" is no boolean`,
			`field G of badDefault: the default "" is no number`}, "\n")),
		mistake[requiredDefault](strings.Join([]string{
			"field A of requiredDefault: it is required, so its default is never used",
			"field B of requiredDefault: it is required, so its default is never used",
			"field C of requiredDefault: an Optional has no default; ask it with Or",
			"field D of requiredDefault: it is required, so its default is never used"}, "\n")),
		mistake[mapDefault]("field M of mapDefault: the default \"a\" is no value that a default can be for"),
		mistake[pathInBody]("field Note of pathInBody: " + nowhere),
		mistake[pathInside]("field In of pathInside: field ID of pathInBody: the tag path has no place inside a body"),
		mistake[bothSources]("field W of bothSources: it cannot be both from the query and a service"),
		mistake[manySources]("field A of manySources: it cannot be both from the path and from the query"),
		mistake[one[endless]]("field V of one[github.com/soay-go/soay/request/endless]: a endless points to nothing but itself"),
		mistake[embedsBinder](itself), mistake[embedsBinderToo](strings.NewReplacer("ID", "Clock", "embedsBinder", "embedsBinderToo",
			"tag path", "tag inject").Replace(itself)),
		mistake[one[map[chan int]int]]("field V of one[map[chan int]int]: no value that a client sends fits a chan int"),
		mistake[body[[]unknownRule]]("field In of body[[]github.com/soay-go/soay/request/unknownRule]: " +
			"field A of unknownRule: rules: unknown rule \"catsonly\""),
		mistake[ruledBody]("field In of ruledBody: rules: unknown rule \"catsonly\""),
		mistake[xmlDeep]("field In of xmlDeep: its field M, a map[string]int, cannot come from XML"),
		mistake[xmlTwice]("field In of xmlTwice: its fields A and B are both called \"n\" in the format xml"),
		mistake[embedsPointer]("field Tracing of embedsPointer: it is embedded through a pointer; embed the struct itself"),
		mistake[embedsHidden]("field inner of embedsHidden: an embedded pointer to a struct that is not exported cannot be set"),
		mistake[unit]("<nil>"), mistake[everything]("<nil>"),
	})
}

type fromNothing struct {
	V int `query:""`
}

func TestMistakesNameTheRule(t *testing.T) {
	_, err := bind.NewCompiler(nil).Plan(reflect.TypeFor[unfitRule]())
	if err == nil || !strings.Contains(err.Error(), "field A of bind_test.unfitRule: ") || !strings.Contains(err.Error(), "gt") {
		t.Errorf("got %v", err)
	}
}

// A type that failed leaves nothing behind that other types could use by mistake.
func TestMistakesAreNotRemembered(t *testing.T) {
	type broken struct {
		Again *broken  `json:"again"`
		Fine  []inner  `json:"fine"`
		Chan  chan int `json:"chan"`
	}
	type around struct {
		Broken *broken `json:"broken"`
	}
	c := bind.NewCompiler(nil)
	for _, typ := range []reflect.Type{reflect.TypeFor[broken](), reflect.TypeFor[around](), reflect.TypeFor[broken]()} {
		if _, err := c.Plan(typ); err == nil {
			t.Errorf("%v was taken", typ)
		}
	}
	first, err := c.Plan(reflect.TypeFor[inner]())
	second, _ := c.Plan(reflect.TypeFor[inner]())
	if err != nil || first != second {
		t.Errorf("a good type after bad ones: %v", err)
	}
}
