package bind_test

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/go-playground/validator/v10"
	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response/problem"
)

// Inputs whose rules look at more than one value.
type (
	newAccount struct {
		Password string `json:"password" validate:"required,min=3"`
		Again    string `json:"again" validate:"required,eqfield=Password"`
	}
	breeder struct {
		Country string  `json:"country" validate:"omitempty,landcode"`
		Zip     string  `json:"zip"`
		Animals []shown `json:"animals"`
	}
	shown struct {
		From int `json:"from"`
		To   int `json:"to"`
	}
	fair struct {
		Title   string             `json:"title" validate:"required,calm"`
		Breeder breeder            `json:"the/breeder"`
		Others  []*breeder         `json:"others"`
		ByName  map[string]breeder `json:"by~name"`
	}
	distance struct {
		From int `query:"from"`
		To   int `query:"to" validate:"even"`
	}
	formed struct {
		From int `form:"from"`
		To   int `form:"to"`
	}
)

// newValidator returns a validator with rules, an alias and struct-level rules of its own.
func newValidator(t *testing.T) *validator.Validate {
	t.Helper()
	v := validator.New()
	rules := map[string]validator.Func{
		"calm": func(f validator.FieldLevel) bool { return !strings.Contains(f.Field().String(), "!") },
		"even": func(f validator.FieldLevel) bool { return f.Field().Int()%2 == 0 },
		"multipleof": func(f validator.FieldLevel) bool {
			var n int64
			_, err := fmt.Sscan(f.Param(), &n)
			return err == nil && n != 0 && f.Field().Int()%n == 0
		},
	}
	for name, rule := range rules {
		if err := v.RegisterValidation(name, rule); err != nil {
			t.Fatal(err)
		}
	}
	v.RegisterAlias("landcode", "len=2,alpha")
	ordered := func(l validator.StructLevel) {
		s := l.Current()
		if to := s.FieldByName("To"); s.FieldByName("From").Int() > to.Int() {
			l.ReportError(to.Interface(), "To", "To", "order", "From")
		}
	}
	v.RegisterStructValidation(ordered, shown{}, distance{}, formed{})
	v.RegisterStructValidation(func(l validator.StructLevel) {
		switch b := l.Current().Interface().(breeder); {
		case b.Country == "de" && len(b.Zip) != 5:
			l.ReportError(b.Zip, "Zip", "Zip", "zip", "")
		case b.Country == "xx":
			l.ReportError(b, "", "", "nowhere", "")
		case b.Country == "yy":
			l.ReportError(b.Zip, "Zip", "Zip", "zip", "")
			l.ReportError(b.Country, "Country", "Country", "war", "")
		}
	}, breeder{})
	v.RegisterStructValidation(func(l validator.StructLevel) {
		f := l.Current().Interface().(fair)
		if f.Title == "zoo" && len(f.Others) > 1 {
			l.ReportError(f.Others[1].Zip, "Others[1].Zip", "Others[1].Zip", "nozoo", "")
			l.ReportError(f.Breeder.Zip, "Breeder.Zip", "Breeder.Zip", "nozoo", "")
		}
	}, fair{})
	return v
}

// violationsIn returns the violations that an answer lists, as lines of place, rule and message.
func violationsIn(resp *requesttest.Response) []string {
	var doc struct{ Errors []problem.Violation }
	resp.JSON(&doc)
	lines := []string{}
	for _, f := range doc.Errors {
		lines = append(lines, strings.TrimSpace(f.In+" "+f.Parameter+f.Pointer)+": "+f.Rule+": "+f.Detail)
	}
	return lines
}

func TestOwnValidatorOfAnApp(t *testing.T) {
	app, _ := newApp(soay.Options{Validator: newValidator(t)})
	soay.Post(app, "/fairs", echoes[fair])
	soay.Post(app, "/forms", echoes[formed])
	soay.Post(app, "/lists", echoes[struct {
		Ns   []int          `json:"ns" validate:"dive,even"`
		Deep [][]int        `json:"deep" validate:"dive,dive,even"`
		Map  map[string]int `json:"map" validate:"dive,keys,calm,endkeys,even"`
		Ptrs []*int         `json:"ptrs" validate:"dive,even"`
	}])
	soay.Get(app, "/spans", echoes[distance])
	soay.Get(app, "/multiples", echoes[struct {
		N  int      `query:"n" validate:"multipleof=3"`
		P  *int     `query:"p" validate:"even"`
		Ls []string `query:"ls" validate:"max=3,dive,landcode"`
		Ns []int    `query:"ns" validate:"dive,even"`
	}])
	c := requesttest.New(t, app)
	tests := []struct {
		description, path, body string
		want                    []string // nil for 200
	}{
		{"nothing wrong", "/fairs", `{"title":"a","the/breeder":{"country":"de","zip":"12345","animals":[{"from":1,"to":2}]}}`, nil},
		{"an own rule", "/fairs", `{"title":"a!"}`, []string{"body /title: calm: title does not fulfil the rule calm"}},
		{"an alias", "/fairs", `{"title":"a","the/breeder":{"country":"d1"}}`,
			[]string{"body /the~1breeder/country: landcode: country does not fulfil the rule landcode"}},
		{"a struct-level rule inside", "/fairs", `{"title":"a","the/breeder":{"country":"de","zip":"1"}}`,
			[]string{"body /the~1breeder/zip: zip: zip does not fulfil the rule zip"}},
		{"one in a list inside", "/fairs", `{"title":"a","the/breeder":{"animals":[{},{"from":2,"to":1}]}}`,
			[]string{"body /the~1breeder/animals/1/to: order: to does not fulfil the rule order=from"}},
		{"one behind pointers", "/fairs", `{"title":"a","others":[null,{"animals":[{"from":2}]}]}`,
			[]string{"body /others/1/animals/0/to: order: to does not fulfil the rule order=from"}},
		{"one in a map", "/fairs", `{"title":"a","by~name":{"a/b":{"country":"de"}}}`,
			[]string{"body /by~0name/a~1b/zip: zip: zip does not fulfil the rule zip"}},
		{"two of one struct", "/fairs", `{"title":"a","the/breeder":{"country":"yy"}}`, []string{
			"body /the~1breeder/zip: zip: zip does not fulfil the rule zip",
			"body /the~1breeder/country: war: country does not fulfil the rule war"}},
		{"fields of fields that the outer struct reports", "/fairs", `{"title":"zoo","others":[{},{}]}`, []string{
			"body /others/1/zip: nozoo: zip does not fulfil the rule nozoo",
			"body /the~1breeder/zip: nozoo: zip does not fulfil the rule nozoo"}},
		{"no struct-level rule where a field is wrong", "/fairs", `{"title":"a","the/breeder":{"country":"de","zip":7}}`,
			[]string{"body /the~1breeder/zip: string: zip must be a string"}},
		{"parameters in order", "/spans?from=1&to=2", "", nil},
		{"parameters out of order", "/spans?from=3&to=2", "",
			[]string{"query to: order: to does not fulfil the rule order=from"}},
		{"an own rule before a struct-level one", "/spans?from=4&to=3", "",
			[]string{"query to: even: to does not fulfil the rule even"}},
		{"own rules of elements", "/lists", `{"ns":[2,1,4,3],"deep":[[2],[2,5]],"map":{"a!":2,"b":3},"ptrs":[null,2,7]}`, []string{
			"body /ns/1: even: ns does not fulfil the rule even", "body /ns/3: even: ns does not fulfil the rule even",
			"body /deep/1/1: even: deep does not fulfil the rule even",
			"body /map/a!: calm: map does not fulfil the rule calm", "body /map/b: even: map does not fulfil the rule even",
			"body /ptrs/2: even: ptrs does not fulfil the rule even"}},
		{"own rules of elements, all fine", "/lists", `{"ns":[2],"deep":[[]],"map":{"b":4},"ptrs":[null]}`, nil},
		{"own rules of elements of a parameter", "/multiples?ns=2&ns=3", "",
			[]string{"query ns: even: ns does not fulfil the rule even"}},
		{"an own rule of what was not sent", "/multiples", "", nil},
		{"zero", "/multiples?n=0&p=0", "", nil},
		{"an own rule with a parameter", "/multiples?n=4", "",
			[]string{"query n: multipleof: n does not fulfil the rule multipleof=3"}},
		{"an own rule of a pointer", "/multiples?p=3", "", []string{"query p: even: p does not fulfil the rule even"}},
		{"an alias of elements", "/multiples?ls=de&ls=d", "",
			[]string{"query ls: landcode: ls does not fulfil the rule landcode=2"}},
	}
	for _, tt := range tests {
		method := "GET"
		if tt.body != "" {
			method = "POST"
		}
		resp := c.Do(method, tt.path, asks(tt.body))
		if tt.want == nil {
			if resp.Status != 200 {
				t.Errorf("%s: %d %s, want 200", tt.description, resp.Status, resp.Text())
			}
			continue
		}
		if diff := cmp.Diff(tt.want, violationsIn(resp)); diff != "" {
			t.Errorf("%s: %d (-want +got):\n%s", tt.description, resp.Status, diff)
		}
	}
	resp := c.Post("/forms", requesttest.With{Form: url.Values{"from": {"3"}, "to": {"2"}}})
	if diff := cmp.Diff([]string{"form to: order: to does not fulfil the rule order=from"}, violationsIn(resp)); diff != "" {
		t.Errorf("a form: %d (-want +got):\n%s", resp.Status, diff)
	}
}

// Messages of an app's own rules are in English for everybody, those of built-in rules in the client's language.
func TestLanguagesOfOwnRules(t *testing.T) {
	app, _ := newApp(soay.Options{Validator: newValidator(t)})
	soay.Post(app, "/fairs", echoes[fair])
	c := requesttest.New(t, app)
	resp := c.Post("/fairs", asks(`{"title":"a!"}`, "Accept-Language", "de"))
	if diff := cmp.Diff([]string{"body /title: calm: title does not fulfil the rule calm"}, violationsIn(resp)); diff != "" {
		t.Errorf("an own rule (-want +got):\n%s", diff)
	}
	if got := resp.Header.Get("Content-Language"); got != "en" {
		t.Errorf("an own rule: language %q", got)
	}
	resp = c.Post("/fairs", asks(`{}`, "Accept-Language", "de"))
	if diff := cmp.Diff([]string{"body /title: required: title ist ein Pflichtfeld"}, violationsIn(resp)); diff != "" {
		t.Errorf("a rule of the library (-want +got):\n%s", diff)
	}
	if got := resp.Header.Get("Content-Language"); got != "de" {
		t.Errorf("language %q", got)
	}
}

// A struct-level rule that names no field is a violation of the struct.
func TestStructLevelRuleOfTheWhole(t *testing.T) {
	app, _ := newApp(soay.Options{Validator: newValidator(t)})
	soay.Post(app, "/fairs", echoes[fair])
	resp := requesttest.New(t, app).Post("/fairs", asks(`{"title":"a","the/breeder":{"country":"xx"}}`))
	var doc struct{ Errors []problem.Violation }
	resp.JSON(&doc)
	if len(doc.Errors) != 1 || doc.Errors[0].Pointer != "/the~1breeder" || doc.Errors[0].Rule != "nowhere" {
		t.Errorf("%d %s, want the pointer of the breeder", resp.Status, resp.Text())
	}
}

// Messages call other fields by the names that the client uses.
func TestRulesAcrossFields(t *testing.T) {
	app, _ := newApp()
	soay.Post(app, "/accounts", echoes[newAccount])
	soay.Get(app, "/spans", echoes[struct {
		From int    `query:"from"`
		To   int    `query:"to" validate:"gtefield=From"`
		Unit string `query:"the-unit" validate:"required_with=To"`
	}])
	c := requesttest.New(t, app)
	tests := []struct {
		description, path, body string
		want                    []string
	}{
		{"not the same", "/accounts", `{"password":"abc","again":"abd"}`,
			[]string{"body /again: eqfield: again must be equal to password"}},
		{"the same", "/accounts", `{"password":"abc","again":"abc"}`, nil},
		{"one of them wrong as well", "/accounts", `{"password":"a","again":"b"}`, []string{
			"body /password: min: password must be at least 3 characters in length",
			"body /again: eqfield: again must be equal to password"}},
		{"no comparison with what cannot be read", "/accounts", `{"password":7,"again":"b"}`,
			[]string{"body /password: string: password must be a string"}},
		{"both missing", "/accounts", `{}`, []string{
			"body /password: required: password is a required field", "body /again: required: again is a required field"}},
		{"parameters", "/spans?from=3&to=2&the-unit=m", "",
			[]string{"query to: gtefield: to must be greater than or equal to from"}},
		{"parameters that need each other", "/spans?to=2", "",
			[]string{"query the-unit: required_with: the-unit is a required field"}},
		{"parameters that are not there", "/spans", "", nil},
	}
	for _, tt := range tests {
		resp := c.Do(map[bool]string{true: "GET", false: "POST"}[tt.body == ""], tt.path, asks(tt.body))
		if tt.want == nil {
			if resp.Status != 200 {
				t.Errorf("%s: %d %s, want 200", tt.description, resp.Status, resp.Text())
			}
			continue
		}
		if diff := cmp.Diff(tt.want, violationsIn(resp)); diff != "" {
			t.Errorf("%s: %d (-want +got):\n%s", tt.description, resp.Status, diff)
		}
	}
}

// An own rule that panics is a mistake of the app, so the answer is 500.
func TestOwnRuleThatPanics(t *testing.T) {
	v := validator.New()
	err := v.RegisterValidation("explodes", func(f validator.FieldLevel) bool {
		if f.Field().Int() == 13 {
			panic("SECRET")
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	app, _ := newApp(soay.Options{Validator: v})
	soay.Get(app, "/", echoes[struct {
		N int `query:"n" validate:"explodes"`
	}])
	for query, want := range map[string]int{"?n=12": http.StatusOK, "?n=13": http.StatusInternalServerError} {
		if w := do(app, "GET", "/"+query); w.Code != want || strings.Contains(w.Body.String(), "SECRET") {
			t.Errorf("%s: %d %s, want %d", query, w.Code, w.Body, want)
		}
	}
}

// A validator with a tag name function, as programs for other frameworks have one, works too.
func TestValidatorWithTagNames(t *testing.T) {
	v := newValidator(t)
	v.RegisterTagNameFunc(func(f reflect.StructField) string { return "the-" + f.Name })
	app, _ := newApp(soay.Options{Validator: v})
	soay.Post(app, "/fairs", echoes[fair])
	resp := requesttest.New(t, app).Post("/fairs", asks(`{"title":"a","the/breeder":{"country":"de","zip":"1"}}`))
	want := []string{
		"body /the~1breeder/zip: zip: zip does not fulfil the rule zip",
	}
	if diff := cmp.Diff(want, violationsIn(resp)); diff != "" {
		t.Errorf("%d (-want +got):\n%s", resp.Status, diff)
	}
}
