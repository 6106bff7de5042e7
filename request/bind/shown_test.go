package bind_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-playground/validator/v10"
	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response/problem"
)

// Forms of the tests, in the three ways in which they can be an input.
type (
	signUp struct {
		Name  string   `form:"name" validate:"required,min=2,max=8"`
		Age   int      `form:"age" validate:"gte=18"`
		Tags  []string `form:"tag" validate:"max=2,dive,ne=bad"`
		Again string   `form:"again" validate:"eqfield=Name"`
		Done  bool     `form:"done"`
	}
	signUpBody struct {
		Name  string   `json:"name" validate:"required,min=2,max=8"`
		Age   int      `json:"age" validate:"gte=18"`
		Tags  []string `json:"tag" validate:"max=2,dive,ne=bad"`
		Again string   `json:"again" validate:"eqfield=Name"`
		Done  bool     `json:"done"`
	}
	signUpNamed struct {
		Name  string   `json:"name" validate:"required,min=2,max=8"`
		Age   int      `json:"years" form:"age" validate:"gte=18"`
		Tags  []string `json:"tags" form:"tag" validate:"max=2,dive,ne=bad"`
		Again string   `json:"again" validate:"eqfield=Name"`
		Done  bool     `json:"done"`
	}
	bodyForm struct {
		Body signUpNamed `body:"form"`
	}
	signUpField struct {
		Sheep bind.Form[signUp]
		Page  int `query:"page"`
	}
	signUpTagged struct {
		Sheep bind.Form[signUpNamed] `body:"form"`
	}
	signUpEmbedded struct {
		bind.Form[signUp]
	}
)

// shownForm is what a handler sees of a form.
type shownForm struct {
	Value, Raw string
	Errors     map[string]string
	Valid      bool
}

func formAsSeen[T any](f bind.Form[T]) shownForm {
	s := shownForm{Value: strings.Trim(fmt.Sprint(f.Value), "{}"), Raw: f.Raw.Encode(), Valid: f.Valid()}
	for name, v := range f.Errors {
		if s.Errors == nil {
			s.Errors = map[string]string{}
		}
		s.Errors[name] = strings.Join([]string{v.In, v.Parameter, v.Rule, v.Detail}, " | ")
	}
	return s
}

// formReader binds a request to one kind of Form.
type formReader struct {
	name string
	bind func(t *testing.T, req request.Request) (shownForm, error)
}

func readerOf[In, T any](name string, form func(In) bind.Form[T]) formReader {
	return formReader{name, func(t *testing.T, req request.Request) (shownForm, error) {
		in, err := bound[In](t, req)
		return formAsSeen(form(in)), err
	}}
}

func same[T any](v T) T { return v }

var formReaders = []formReader{
	readerOf("tagged fields", same[bind.Form[signUp]]),
	readerOf("a struct of any format", same[bind.Form[signUpBody]]),
	readerOf("a struct with a field for the body", same[bind.Form[bodyForm]]),
	readerOf("a field without a tag", func(in signUpField) bind.Form[signUp] { return in.Sheep }),
	readerOf("a field with a tag", func(in signUpTagged) bind.Form[signUpNamed] { return in.Sheep }),
	readerOf("embedded", func(in signUpEmbedded) bind.Form[signUp] { return in.Form }),
}

// A form that does not fit is handed out with what was typed and with what is wrong, whichever way it is declared.
func TestForms(t *testing.T) {
	const required = "form | name | required | name is a required field"
	tests := []struct {
		description, form string
		want              shownForm
	}{
		{"all fits", "name=Ada&age=36&tag=a&tag=b&again=Ada&done=on",
			shownForm{Value: "Ada 36 [a b] Ada true", Raw: "again=Ada&age=36&done=on&name=Ada&tag=a&tag=b", Valid: true}},
		{"a broken rule", "name=A&age=36&again=A", shownForm{Value: "A 36 [] A false", Raw: "again=A&age=36&name=A",
			Errors: map[string]string{"name": "form | name | min | name must be at least 2 characters in length"}}},
		{"a value that cannot be read", "name=Ada&age=abc&again=Ada", shownForm{Value: "Ada 0 [] Ada false", Raw: "again=Ada&age=abc&name=Ada",
			Errors: map[string]string{"age": "form | age | integer | age must be an integer"}}},
		{"a value that is too large", "name=Ada&age=99999999999999999999", shownForm{Value: "Ada 0 []  false",
			Raw: "age=99999999999999999999&name=Ada", Errors: map[string]string{"age": "form | age | range | age is out of range"}}},
		{"several errors", "name=Ada+Lovelace&age=7&tag=a&tag=bad&again=x", shownForm{Value: "Ada Lovelace 7 [a bad] x false",
			Raw: "again=x&age=7&name=Ada+Lovelace&tag=a&tag=bad", Errors: map[string]string{
				"name":  "form | name | max | name must be a maximum of 8 characters in length",
				"age":   "form | age | gte | age must be 18 or greater",
				"tag":   "form | tag | ne | tag should not be equal to bad",
				"again": "form | again | eqfield | again must be equal to name"}}},
		{"a field sent twice", "name=Ada&name=Bob&again=", shownForm{Value: "Ada 0 []  false", Raw: "again=&name=Ada&name=Bob",
			Errors: map[string]string{"name": "form | name | repeated | name must be sent only once"}}},
		{"too many entries", "name=Ada&again=Ada&tag=a&tag=b&tag=c&tag=d", shownForm{Value: "Ada 0 [a b c] Ada false",
			Raw: "again=Ada&name=Ada&tag=a&tag=b&tag=c&tag=d", Errors: map[string]string{"tag": "form | tag | max | tag must contain at most 2 items"}}},
		{"fields that nobody knows", "name=Ada&csrf=token&x=1&x=2&again=Ada", shownForm{Value: "Ada 0 [] Ada false",
			Raw: "again=Ada&csrf=token&name=Ada&x=1&x=2", Valid: true}},
		{"an empty number", "name=Ada&age=&again=Ada", shownForm{Value: "Ada 0 [] Ada false", Raw: "again=Ada&age=&name=Ada", Valid: true}},
		{"no field", "", shownForm{Value: "0 []  false", Errors: map[string]string{"name": required}}},
		{"other fields only", "x=1", shownForm{Value: "0 []  false", Raw: "x=1", Errors: map[string]string{"name": required}}},
		{"text as it was typed", "name=%3Cb%3E&again=%3Cb%3E&age=%C3%A9+1", shownForm{Value: "<b> 0 [] <b> false",
			Raw: "again=%3Cb%3E&age=%C3%A9+1&name=%3Cb%3E", Errors: map[string]string{"age": "form | age | integer | age must be an integer"}}},
	}
	for _, reader := range formReaders {
		for _, tt := range tests {
			got, err := reader.bind(t, post(formType, tt.form))
			if got.Value = strings.TrimLeft(got.Value, " "); err != nil {
				t.Errorf("%s, %s: refused: %v", reader.name, tt.description, err)
			} else if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", reader.name, tt.description, diff)
			}
		}
	}
}

// What is not about fields is answered without the handler.
func TestFormsThatAreRefused(t *testing.T) {
	tests := []struct {
		description string
		req         func() request.Request
		wantStatus  int
	}{
		{"JSON", func() request.Request { return post(jsonType, `{"name":"Ada"}`) }, 415},
		{"a multipart form that breaks off", func() request.Request { return post("multipart/form-data; boundary=x", "--x-") }, 400},
		{"another charset", func() request.Request { return post(formType+"; charset=latin1", "name=Ada") }, 415},
		{"no content type", func() request.Request { return post("", "name=Ada") }, 415},
		{"compressed", func() request.Request { return post(formType, "name=Ada", "Content-Encoding", "gzip") }, 415},
		{"too large", func() request.Request { return post(formType, "name="+strings.Repeat("a", 1<<20)) }, 413},
		{"too many fields", func() request.Request { return post(formType, strings.Repeat("a=1&", 1000)) }, 400},
		{"an encoding that is none", func() request.Request { return post(formType, "name=%zz") }, 400},
		{"the same in a field that nobody knows", func() request.Request { return post(formType, "name=Ada&x=%zz") }, 400},
		{"not UTF-8", func() request.Request { return post(formType, "name=\xff") }, 400},
		{"not UTF-8 when it is decoded", func() request.Request { return post(formType, "name=%ff") }, 400},
	}
	for _, reader := range formReaders {
		for _, tt := range tests {
			got, err := reader.bind(t, tt.req())
			if problem.StatusOf(err) != tt.wantStatus || err == nil {
				t.Errorf("%s, %s: %v, %+v, want status %d", reader.name, tt.description, err, got, tt.wantStatus)
			}
		}
	}
}

// A body of unknown length is a form too, also an empty one.
func TestFormsOfUnknownLength(t *testing.T) {
	for _, reader := range formReaders {
		for text, want := range map[string]bool{"name=Ada&again=Ada": true, "": false} {
			if got, err := reader.bind(t, chunked(formType, text)); err != nil || got.Valid != want {
				t.Errorf("%s, %q: %+v, %v, want valid %v", reader.name, text, got, err, want)
			}
		}
	}
}

// beside has everything that can stand beside a form.
type beside struct {
	ID    int               `path:"id"`
	Page  int               `query:"page" validate:"lte=9"`
	Kind  string            `header:"X-Kind" validate:"max=3"`
	Theme string            `cookie:"theme" validate:"max=5"`
	Note  bind.Form[signUp] `doc:"A note"`
	Who   *string           `inject:""`
	Self  looked
}

// besideFields is the same with the form's fields beside the others.
type besideFields struct {
	ID    int     `path:"id"`
	Page  int     `query:"page" validate:"lte=9"`
	Kind  string  `header:"X-Kind" validate:"max=3"`
	Theme string  `cookie:"theme" validate:"max=5"`
	Who   *string `inject:""`
	Self  looked
	signUp
}

type looked struct{ path string }

func (l *looked) BindRequest(req soay.Request) error {
	if l.path = req.Path(); req.Query("gone") != "" {
		return problem.New(404, "gone")
	}
	return nil
}

// Only the form is forgiven. Services and binders are asked whether it has errors or not.
func TestWhatStandsBesideForms(t *testing.T) {
	app, _ := newApp()
	ada := "Ada"
	soay.AddInstance(app, &ada)
	soay.Post(app, "/field/{id}", func(_ soay.Request, in beside) (string, error) {
		return fmt.Sprintln(in.ID, *in.Who, in.Self.path, slices.Sorted(maps.Keys(in.Note.Errors))), nil
	})
	soay.Post(app, "/whole/{id}", func(_ soay.Request, in soay.Form[besideFields]) (string, error) {
		return fmt.Sprintln(in.Value.ID, *in.Value.Who, in.Value.Self.path, slices.Sorted(maps.Keys(in.Errors))), nil
	})
	c := requesttest.New(t, app)
	tests := []struct {
		description, target string
		header              []string
		form                string
		wantStatus          int
		want                string
	}{
		{"all fits", "7", nil, "name=Ada&again=Ada", 200, "7 Ada /%s/7 []"},
		{"a broken form", "7", nil, "name=A&age=x", 200, "7 Ada /%s/7 [age name]"},
		{"a wrong path", "x", nil, "name=Ada&again=Ada", 400, `"id"`},
		{"a wrong path and a broken form", "x", nil, "name=A&again=A", 400, "2 faults"},
		{"a wrong query", "7?page=10", nil, "name=Ada&again=Ada", 422, `"page"`},
		{"a wrong header", "7", []string{"X-Kind", "long"}, "name=A&again=A", 422, `"X-Kind"`},
		{"a wrong cookie", "7", []string{"Cookie", "theme=darker"}, "name=A&again=A", 422, `"theme"`},
		{"a binder that refuses", "7?gone=1", nil, "name=A", 404, "gone"},
	}
	for _, kind := range []string{"field", "whole"} {
		for _, tt := range tests {
			h := headers(tt.header...)
			h.Set("Content-Type", formType)
			got := c.Post("/"+kind+"/"+tt.target, requesttest.With{Body: strings.NewReader(tt.form), Header: h})
			want := strings.ReplaceAll(tt.want, "%s", kind)
			if got.Status != tt.wantStatus || !strings.Contains(got.Text(), want) {
				t.Errorf("%s, %s: %d %s, want %d %s", kind, tt.description, got.Status, got.Text(), tt.wantStatus, want)
			}
		}
	}
}

// Rules for a struct as a whole are errors of the field that they name, or of the form.
func TestStructRulesOfForms(t *testing.T) {
	type password struct {
		New   string `form:"new"`
		Again string `form:"again"`
	}
	v := validator.New()
	v.RegisterStructValidation(func(sl validator.StructLevel) {
		p := sl.Current().Interface().(password)
		switch {
		case p.New == "old":
			sl.ReportError(nil, "", "", "same", "")
		case p.New != p.Again:
			sl.ReportError(p.Again, "Again", "Again", "eqfield", "New")
		}
	}, password{})
	app, _ := newApp(soay.Options{Validator: v})
	show := func(in bind.Form[password]) (string, error) { return fmt.Sprintln(formAsSeen(in).Errors), nil }
	soay.Post(app, "/whole", func(_ soay.Request, in soay.Form[password]) (string, error) { return show(in) })
	soay.Post(app, "/field", func(_ soay.Request, in struct{ F soay.Form[password] }) (string, error) { return show(in.F) })
	c := requesttest.New(t, app)
	for _, path := range []string{"/whole", "/field"} {
		for form, want := range map[string]string{
			"new=a&again=a":     "map[]\n",
			"new=a&again=b":     "map[again:form | again | eqfield | again must be equal to new]\n",
			"new=old&again=old": "body does not fulfil the rule same]\n",
		} {
			values, _ := url.ParseQuery(form)
			if got := c.Post(path, requesttest.With{Form: values}); got.Status != 200 || !strings.HasSuffix(got.Text(), want) {
				t.Errorf("%s %s: %d %s, want %s", path, form, got.Status, got.Text(), want)
			}
		}
	}
}

// Messages are in the language of the client, as those of refused requests.
func TestLanguageOfForms(t *testing.T) {
	in, err := bound[bind.Form[signUp]](t, post(formType, "age=x", "Accept-Language", "de"))
	if got := in.Errors["age"].Detail; err != nil || got != "age muss eine ganze Zahl sein" {
		t.Errorf("%q, %v", got, err)
	}
}

// A handler adds what only it can know. The first error of a field stays.
func TestAddError(t *testing.T) {
	var f bind.Form[signUp]
	if !f.Valid() || f.Raw.Get("name") != "" || f.Errors["name"].Detail != "" {
		t.Error("the zero Form has errors or values")
	}
	f.AddError("name", "is taken")
	f.AddError("name", "is silly")
	f.AddError("", "come back later")
	want := map[string]problem.Violation{
		"name": {Parameter: "name", In: "form", Rule: "handler", Detail: "is taken"},
		"":     {In: "form", Rule: "handler", Detail: "come back later"},
	}
	if diff := cmp.Diff(want, f.Errors); diff != "" || f.Valid() {
		t.Errorf("valid %v, (-want +got):\n%s", f.Valid(), diff)
	}
}

// selfMade binds itself.
type selfMade struct{ A int }

func (*selfMade) BindRequest(request.Request) error { return nil }

// Inputs with a Form where it has no place.
type (
	noForm struct {
		ID int `path:"id"`
	}
	jsonForm struct {
		A inner `body:"json"`
	}
	jsonOrForm struct {
		A inner `body:"json,form"`
	}
	formInForm struct {
		ID int `path:"id"`
		F  bind.Form[inner]
	}
	memberForm struct {
		F bind.Form[inner] `json:"f"`
		A int              `json:"a"`
	}
	bodyWithForm struct {
		B memberForm `body:"json"`
	}
	formTwice struct{ A, B bind.Form[inner] }
	formQuery struct {
		F bind.Form[inner] `query:"f"`
	}
	formJSON struct {
		F bind.Form[inner] `body:"json,form"`
	}
	formBeside struct {
		F bind.Form[inner]
		A int `form:"a"`
	}
	formRules struct {
		F bind.Form[inner] `validate:"required"`
	}
	formPath struct {
		F bind.Form[noForm]
	}
	formPointer struct{ F *bind.Form[inner] }
	formNested  struct {
		F bind.Form[struct {
			In inner `json:"in"`
		}]
	}
)

func TestMistakesOfForms(t *testing.T) {
	const noPlace = "a Form is an input, or a field of one; it has no place elsewhere"
	runAll(t, []check{
		mistake[bind.Form[int]]("a int cannot be a form"),
		mistake[bind.Form[*inner]]("a *inner cannot be a form"),
		mistake[bind.Form[bind.Form[inner]]]("a bind.Form[github.com/soay-go/soay/request/inner] cannot be a form"),
		mistake[bind.Form[selfMade]]("selfMade binds itself, so it cannot be a form"),
		mistake[bind.Form[struct{}]]("struct {} has no field that comes from a form; tag some with form"),
		mistake[bind.Form[noForm]]("noForm has no field that comes from a form; tag some with form"),
		mistake[bind.Form[jsonForm]]("jsonForm has no field that comes from a form; tag some with form"),
		mistake[bind.Form[jsonOrForm]]("jsonOrForm has no field that comes from a form; tag some with form"),
		mistake[bind.Form[formInForm]]("field F of formInForm: a Form cannot be inside of a Form"),
		mistake[bodyWithForm]("field B of bodyWithForm: field F of memberForm: " + noPlace),
		mistake[formTwice]("field B of formTwice: field A takes the body already"),
		mistake[formQuery]("field F of formQuery: a Form is the body, so it cannot come from the query"),
		mistake[formJSON](`field F of formJSON: a Form is read as a form alone; tag it with body:"form", or not at all`),
		mistake[formBeside]("field A of formBeside: a request has one body: fields tagged form cannot stand beside one tagged body"),
		mistake[formRules]("field F of formRules: a Form has no rules; its fields have"),
		mistake[formPath]("field F of formPath: field ID of noForm: the tag path has no place inside a body"),
		mistake[formPointer]("field F of formPointer: " + noPlace),
		mistake[formNested]("field F of formNested: its field In, a inner, cannot come from a form"),
	})
}

// What a plan says of a form: it is read, and refuses nothing by its rules.
func TestDescriptionOfForms(t *testing.T) {
	type ruled struct {
		Page int `query:"page" validate:"lte=9"`
		F    bind.Form[signUp]
	}
	tests := []struct {
		description string
		plan        *bind.Plan
		wantRules   bool
	}{
		{"as a whole", planOf[bind.Form[signUp]](t), false},
		{"of any format", planOf[bind.Form[signUpBody]](t), false},
		{"a field", planOf[signUpField](t), false},
		{"a rule beside it", planOf[ruled](t), true},
	}
	for _, tt := range tests {
		d := tt.plan.Describe()
		if !d.AnyForm || !d.ReadsBody || d.HasRules != tt.wantRules || d.Body != nil && d.Body.Required {
			t.Errorf("%s: %+v, want rules %v", tt.description, d, tt.wantRules)
		}
		if d.Body != nil && d.Body.Type.Kind() != reflect.Struct || d.Body != nil && d.Body.Type.NumField() != 5 {
			t.Errorf("%s: the body is a %v, want what is in the Form", tt.description, d.Body.Type)
		}
	}
}

// An empty form, as a browser sends it for boxes that nobody has ticked, reaches the handler over the wire.
func TestEmptyFormReachesTheHandler(t *testing.T) {
	app, _ := newApp()
	soay.Post(app, "/", func(_ soay.Request, in soay.Form[signUp]) (soay.Response, error) {
		return soay.Response{}, problem.New(http.StatusTeapot, fmt.Sprint(len(in.Errors)))
	})
	if got := requesttest.New(t, app).Post("/", requesttest.With{Form: url.Values{}}); got.Status != http.StatusTeapot {
		t.Errorf("%d %s", got.Status, got.Text())
	}
}
