package bind_test

import (
	"bytes"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response/problem"
)

type (
	person struct {
		Name string   `json:"name" xml:"full-name" validate:"required"`
		Age  int      `json:"age" validate:"lte=150"`
		Tags []string `json:"tags" validate:"max=2"`
		News bool     `json:"news"`
	}
	body[T any] struct {
		In T `body:"json"`
	}
	twoForms struct {
		In person `body:"json,form"`
	}
	formBody struct {
		In *person `body:"form"`
	}
	textBody struct {
		In label `body:"text" validate:"max=3"`
	}
	bytesBody struct {
		In []byte `body:"bytes" validate:"max=3"`
	}
	textOrBytes struct {
		In bind.Optional[string] `body:"text"`
	}
	requiredForm struct {
		V string `form:"v" validate:"required"`
	}
	renamed struct {
		In struct {
			Name string   `json:"a" form:"b,omitempty" xml:"c,attr" validate:"max=3"`
			List []string `json:"d" form:"-" xml:"-"`
		} `body:"json,form,xml"`
	}
	anyForm struct {
		In person `body:"xml,form,json"`
	}
)

func TestBodies(t *testing.T) {
	tom := person{"Tom", 3, []string{"a", "b"}, true}
	const text = `{"name":"Tom","age":3,"tags":["a","b"],"news":true}`
	const fields = "name=Tom&age=3&tags=a&tags=b&news=on"
	runAll(t, []check{
		takes(post(jsonType, text), tom), takes(post("application/json; charset=utf-8", " \r\n\t"+text+" \n"), tom),
		takes(post("application/vnd.cat+json", text), tom), takes(chunked(jsonType, text), tom),
		takes(post(jsonType, text), body[person]{tom}), takes(post(jsonType, text), body[*person]{&tom}),
		takes(post(jsonType, text), body[bind.Optional[person]]{bind.Some(tom)}),
		takes(post(jsonType, "[1]"), body[[]int]{[]int{1}}),
		takes(post(jsonType, "7"), body[uint8]{7}), takes(post(jsonType, `"a"`), body[string]{"a"}),
		takes(post(jsonType, `{"a":1}`), body[map[string]int]{map[string]int{"a": 1}}),
		takes(post(jsonType, "[]"), body[any]{[]any{}}),
		takes(post("", ""), body[*person]{}), takes(post("", ""), body[bind.Optional[int]]{}),
		takes(post(jsonType, ""), body[*int]{}),
		takes(post(jsonType, "null"), body[*person]{}), takes(post(jsonType, "null"), body[[]int]{}),
		takes(post(jsonType, "null"), body[any]{}),
		takes(post(jsonType, text), twoForms{tom}), takes(post(formType, fields), twoForms{tom}),
		takes(post(formType, fields), formBody{&tom}),
		takes(chunked(formType, fields), formBody{&tom}), takes(post("", ""), formBody{}),
		takes(post(formType, ""), formBody{}),
		takes(post(formType+";charset=UTF-8", "name=&age=&news=0&full-name=no"), twoForms{person{}}),
		takes(post(textType, "é"), textBody{"é"}), takes(post("text/csv; charset=us-ascii", "a"), textBody{"a"}),
		takes(post(textType, ""), textBody{""}), takes(post(textType, "a\x00b"), textBody{"a\x00b"}),
		takes(post("image/png", "\xff\x00\xfe"), bytesBody{[]byte{255, 0, 254}}), takes(post("", "a"), bytesBody{[]byte("a")}),
		takes(chunked("", "a"), bytesBody{[]byte("a")}), takes(post("", ""), bytesBody{[]byte(nil)}),
		takes(post("", ""), textOrBytes{}), takes(post(textType, ""), textOrBytes{bind.Some("")}),
		takes(post(xmlType, "<p><full-name>Tom</full-name><age> 3 </age><tags>a</tags><tags>b</tags><news>1</news></p>"), anyForm{tom}),
		takes(post(formType, fields), anyForm{tom}), takes(post(jsonType, text), anyForm{tom}),
	})
}

// takes says that a request has this input.
func takes[In any](req request.Request, want In) check {
	return check{fmt.Sprintf("%T %s", want, req.Header("Content-Type")), func(t *testing.T) {
		got, err := bound[In](t, req)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %s; want %+v", got, summary(err), want)
		}
	}}
}

// denies says that a request is refused, and how.
func denies[In any](req request.Request, want string) check {
	return check{fmt.Sprintf("%T %s", *new(In), want), func(t *testing.T) {
		if _, err := bound[In](t, req); summary(err) != want {
			t.Errorf("got  %s\nwant %s", summary(err), want)
		}
	}}
}

func TestBodiesRefused(t *testing.T) {
	const must = "415 Unsupported Media Type: The content type must be "
	const encoded = "415 Unsupported Media Type: The body must not have a Content-Encoding."
	runAll(t, []check{
		denies[person](post("application/json", "\x1f\x8b", "Content-Encoding", "gzip"), encoded),
		denies[formBody](post(formType, "\x1f\x8b", "Content-Encoding", "br"), encoded),
		denies[person](post("application/json", `{"name":"a"}`, "Content-Encoding", "identity"), ""),
		denies[person](post("", "{}"), must+"application/json."),
		denies[person](post(textType, "{}"), must+"application/json."),
		denies[person](chunked("", ""), must+"application/json."),
		denies[person](post("application/jsonp", "{}"), must+"application/json."),
		denies[twoForms](post(xmlType, "<a/>"), must+"application/json or application/x-www-form-urlencoded or multipart/form-data."),
		denies[anyForm](post(textType, "x"), must+"application/xml or application/x-www-form-urlencoded or multipart/form-data or application/json."),
		denies[textBody](post(jsonType, `"a"`), must+"text/plain."),
		denies[textBody](post("text/plain;charset=latin-1", "a"), must+"text/plain."),
		denies[formBody](post("multipart/form-data; boundary=x", "--x--"), "422 form name required"),
		denies[formBody](post("multipart/form-data", "--x--"), "400 Bad Request: The boundary of the content type is missing or malformed."),
		denies[formBody](post(formType+"; charset=iso-8859-1", "a=1"), must+formType+" or multipart/form-data."),
		denies[anyForm](post("application/xml; charset=latin1", "<a/>"), must+"application/xml or "+formType+" or multipart/form-data or application/json."),
		denies[fromForm[int]](post(jsonType, ""), ""), denies[requiredForm](post(textType, ""), "422 form v required"),
		denies[fromForm[int]](post(jsonType, "{}"), must+formType+" or multipart/form-data."),
		denies[fromForm[int]](post("multipart/form-data; boundary=x", "--x--"), ""),
		denies[fromForm[int]](post("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=v\r\n\r\nb\r\n--x--"), "400 form v integer"),
		denies[fromForm[int]](chunked("", "v=1"), must+formType+" or multipart/form-data."),
		denies[person](post("nonsense", "{}"), must+"application/json."),
		denies[person](post("", ""), "400 body required"), denies[person](post(jsonType, ""), "400 body required"),
		denies[person](chunked(jsonType, ""), "400 body required"), denies[body[int]](post(textType, ""), "400 body required"),
		denies[twoForms](post(formType, ""), "400 body required"), denies[anyForm](post(xmlType, ""), "400 body required"),
		denies[fromForm[[]int]](post(formType, "v=1&v=b"), "400 form v integer"),
		denies[person](post(jsonType, "null"), "400 body object"), denies[person](post(jsonType, "[]"), "400 body object"),
		denies[body[int]](post(jsonType, "null"), "400 body integer"),
		denies[body[[]int]](post(jsonType, `[1,"x"]`), "400 body /1 integer"),
		denies[formBody](post(formType, "age=x&tags=a&tags=b&tags=c&age=2"), "400 form age integer; form tags max; form name required"),
		denies[formBody](post(formType, "name=a&name=b"), "400 form name repeated"),
		denies[formBody](post(formType, "name=a&age=151"), "422 form age lte"),
		denies[renamed](post(jsonType, `{"a":"abcd","b":"abcd","c":"abcd"}`), "422 body /a max"),
		denies[renamed](post(formType, "a=abcd&b=abcd&c=abcd"), "422 form b max"),
		denies[renamed](post(xmlType, `<x a="abcd" b="abcd" c="abcd"/>`), "422 body /c max"),
		denies[textBody](post(textType, "abcd"), "422 body max"), denies[bytesBody](post("", "abcd"), "422 body max"),
		denies[textBody](post(textType, "\xff"), "400 Bad Request: The body is not valid UTF-8."),
		denies[formBody](post(formType, "name=\xff"), "400 Bad Request: The body is not valid UTF-8."),
		denies[formBody](post(formType, "name=%FF&age=%zz&tags=%"), "400 form name text; form age text; form tags text"),
		denies[formBody](post(formType, "name=a&%FF=1&%zz=2"), ""),
		denies[formBody](post(formType, "name=a"+strings.Repeat("&x=1", 999)), ""),
		denies[formBody](post(formType, "name=a"+strings.Repeat("&x=1", 1000)), "400 Bad Request: There may be at most 1000 parameters."),
	})
}

func TestBodySizes(t *testing.T) {
	type input struct {
		N  int    `query:"n"`
		In string `body:"json"`
	}
	long := `"` + strings.Repeat("a", 1<<20-2) + `"`
	if got, err := bound[input](t, post(jsonType, long)); err != nil || len(got.In) != 1<<20-2 {
		t.Errorf("1 MiB: %d bytes, %v", len(got.In), err)
	}
	for _, req := range []request.Request{post(jsonType, long+" "), chunked(jsonType, long+" ")} {
		if _, err := bound[input](t, req); problem.StatusOf(err) != http.StatusRequestEntityTooLarge {
			t.Errorf("one byte more: %v", err)
		}
	}
	short := post(jsonType, `"abc"`)
	short.HTTP().ContentLength = 9
	if _, err := bound[input](t, short); problem.StatusOf(err) != http.StatusBadRequest || !strings.Contains(err.Error(), "shorter") {
		t.Errorf("shorter than announced: %v", err)
	}
}

// What a handler gets is its own: neither the request's bytes nor those of another request.
func TestBodyIsTheHandlers(t *testing.T) {
	req := post("", "abc")
	got, err := bound[bytesBody](t, req)
	if err != nil {
		t.Fatal(err)
	}
	copy(got.In, "xyz")
	if b, err := req.Bytes(); err != nil || string(b) != "abc" {
		t.Errorf("the request has %q, %v", b, err)
	}
	for _, size := range []int{10, 5000} { // below and above what strings share
		type input struct {
			Texts []string          `json:"texts"`
			Map   map[string]string `json:"map"`
			Raw   any               `json:"raw"`
		}
		text := strings.Repeat("a", size)
		buffer := []byte(`{"texts":["` + text + `"],"map":{"` + text + `":"` + text + `"},"raw":"` + text + `"}`)
		req := requesttest.Request("POST", "/", requesttest.With{Body: bytes.NewReader(buffer), Header: headers("Content-Type", jsonType)})
		got, err := bound[input](t, req)
		data, _ := req.Bytes()
		for i := range data {
			data[i] = 'x' // as a server that reads the next request into the same memory
		}
		if diff := cmp.Diff(input{[]string{text}, map[string]string{text: text}, text}, got); err != nil || diff != "" {
			t.Errorf("%d bytes: %v (-want +got):\n%s", size, err, diff)
		}
	}
}

func TestBodyDescriptions(t *testing.T) {
	whole := planOf[person](t).Describe()
	if b := whole.Body; !b.Required || b.Type != reflect.TypeFor[person]() || !slices.Equal(whole.MediaTypes, []string{jsonType}) {
		t.Errorf("%+v, %v", b, whole.MediaTypes)
	}
	optional := planOf[body[bind.Optional[inner]]](t).Describe()
	if b := optional.Body; b.Required || b.Type != reflect.TypeFor[bind.Optional[inner]]() || b.Tag.Get("body") != "json" || optional.HasRules {
		t.Errorf("%+v", b)
	}
	form := planOf[fromForm[int]](t).Describe()
	if form.Body != nil || !form.ReadsBody || len(form.Params) != 1 || form.Params[0].In != "form" {
		t.Errorf("%+v", form.Params)
	}
	if !whole.HasRules || !planOf[body[[]person]](t).Describe().HasRules || planOf[body[list]](t).Describe().HasRules ||
		!planOf[body[[1]int]](t).Describe().HasRules {
		t.Error("HasRules is wrong")
	}
	structs := planOf[struct {
		In struct{} `body:"form,xml,json"`
	}](t).Describe()
	texts := planOf[struct {
		In string `body:"text"`
	}](t).Describe()
	bytes := planOf[struct {
		In []byte `body:"bytes"`
	}](t).Describe()
	got := slices.Concat(structs.MediaTypes, texts.MediaTypes, bytes.MediaTypes)
	if diff := cmp.Diff([]string{formType, xmlType, jsonType, textType, "application/octet-stream"}, got); diff != "" {
		t.Errorf("content types (-want +got):\n%s", diff)
	}
}
