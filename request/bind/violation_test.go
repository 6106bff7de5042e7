package bind_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response/problem"
)

type (
	owner struct {
		Email string `json:"e~mail/x" validate:"required,email"`
	}
	newCat struct {
		Name   string         `json:"name" validate:"required,max=5"`
		Age    int            `json:"age" validate:"gte=0,lte=30"`
		Again  int            `json:"again" validate:"eqfield=Age"`
		Owner  *owner         `json:"owner"`
		Lives  []int          `json:"lives" validate:"max=2,dive,lt=9"`
		Scores map[string]int `json:"scores"`
		Color  string         `json:"color" validate:"omitempty,oneof=red green"`
		Chip   *uuid          `json:"chip"`
		Born   *time.Time     `json:"born" validate:"omitempty,lt"`
		Weight *big.Float     `json:"weight"`
	}
	putCat struct {
		ID     int    `path:"id" validate:"gt=0"`
		Dry    bool   `query:"dry"`
		Limit  uint8  `query:"limit"`
		Chip   uuid   `query:"chip"`
		Tenant string `header:"X-Tenant" validate:"required"`
		Theme  string `cookie:"theme" validate:"oneof=dark light"`
		Cat    newCat `body:"json"`
	}
)

func put(id, query, text string, header ...string) soay.Request {
	h := headers(header...)
	h.Set("Content-Type", jsonType)
	return requesttest.Request("PUT", "/cats/"+id+query,
		requesttest.With{Pattern: "/cats/{id}", Header: h, Body: strings.NewReader(text)})
}

func TestAllViolationsAtOnce(t *testing.T) {
	_, err := bound[putCat](t, put("x", "?dry=maybe&limit=256", `{"name":"Minka the Cat","age":1.5,"owner":{"e~mail/x":"no"},`+
		`"lives":[1,9],"scores":{"a/b":"x"},"color":"blue"}`, "Cookie", "theme=pink"))
	want := []problem.Violation{
		{Parameter: "id", In: "path", Rule: "integer", Detail: "id must be an integer"},
		{Parameter: "dry", In: "query", Rule: "boolean", Detail: "dry must be a valid boolean value"},
		{Parameter: "limit", In: "query", Rule: "range", Detail: "limit is out of range"},
		{Pointer: "/name", In: "body", Rule: "max", Param: "5", Detail: "name must be a maximum of 5 characters in length"},
		{Pointer: "/age", In: "body", Rule: "integer", Detail: "age must be an integer"},
		{Pointer: "/owner/e~0mail~1x", In: "body", Rule: "email", Detail: "e~mail/x must be a valid email address"},
		{Pointer: "/lives/1", In: "body", Rule: "lt", Param: "9", Detail: "lives must be less than 9"},
		{Pointer: "/scores/a~1b", In: "body", Rule: "integer", Detail: "scores must be an integer"},
		{Pointer: "/color", In: "body", Rule: "oneof", Param: "red green", Detail: "color must be one of [red green]"},
		{Parameter: "theme", In: "cookie", Rule: "oneof", Param: "dark light", Detail: "theme must be one of [dark light]"},
		{Parameter: "X-Tenant", In: "header", Rule: "required", Detail: "X-Tenant is a required field"},
	}
	e, ok := errors.AsType[*bind.Error](err)
	if !ok || e.Status != 400 || e.Detail != "The request has 11 faults." || e.Language != "en" {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff(want, e.Violations); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if p, ok := errors.AsType[*problem.Problem](err); !ok || p != e.Problem {
		t.Error("the error does not wrap its problem")
	}
}

func TestStatusOfViolations(t *testing.T) {
	runAll(t, []check{
		denies[putCat](put("0", "", `{"name":"Tom"}`, "X-Tenant", "a"), "422 path id gt"),
		denies[putCat](put("1", "", `{"name":"Tom","age":31,"again":1}`, "X-Tenant", ""), "422 body /age lte; body /again eqfield"),
		denies[putCat](put("1", "", `{"name":"Tom","age":3,"again":4}`, "X-Tenant", "a"), "422 body /again eqfield"),
		denies[putCat](put("0", "", `{"name":"Tom","age":"3"}`, "X-Tenant", "a"), "400 body /age integer; path id gt"),
		denies[putCat](put("1", "", `{"name":"Tom"`, "X-Tenant", "a"), "400 body /name syntax"),
		denies[putCat](put("x", "", `{"name":"Tom"`), "400 path id integer; body /name syntax; header X-Tenant required"),
		denies[putCat](put("1", "", `{"name":"Tom","name":"Tom"}`, "X-Tenant", "a"), "400 body /name duplicate"),
	})
	_, err := bound[putCat](t, put("1", "", `{"name":"Tom","age":3,"again":4}`, "X-Tenant", "a"))
	if got := violations(t, err)[0].Detail; got != "again must be equal to age" {
		t.Errorf("a rule that names another field: %q", got)
	}
}

func TestLanguages(t *testing.T) {
	for _, tt := range []struct{ accept, want, detail string }{
		{"", "en", "age must be an integer"}, {"de", "de", "name ist ein Pflichtfeld"},
		{"de-AT, en;q=0.5", "de", "name ist ein Pflichtfeld"},
		{"fr;q=0.9, de;q=0.1", "fr", "name est un champ obligatoire"}, {"xx", "en", "name is a required field"},
		{"*", "en", "name is a required field"}, {"de;q=0, en", "en", "name is a required field"},
		{"\xff;;q=x", "en", "name is a required field"},
	} {
		_, err := bound[newCat](t, post(jsonType, `{"age":true}`, "Accept-Language", tt.accept))
		e, _ := errors.AsType[*bind.Error](err)
		if e == nil || e.Language != tt.want {
			t.Errorf("%q: %v", tt.accept, err)
			continue
		}
		if text, _ := json.Marshal(e.Violations); !strings.Contains(string(text), tt.detail) {
			t.Errorf("%q: %s, without %q", tt.accept, text, tt.detail)
		}
	}
}

func TestDocument(t *testing.T) {
	app := soay.New(soay.Options{Env: "production", Languages: languages()})
	soay.Post(app, "/cats", func(soay.Request, newCat) (soay.NoContent, error) { return soay.NoContent{}, nil })
	r := httptest.NewRequest("POST", "/cats", strings.NewReader(`{"age":31}`))
	r.Header = headers("Content-Type", jsonType, "Accept", jsonType, "Accept-Language", "es")
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	var got, want any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	_ = json.Unmarshal([]byte(`{"status":422,"title":"Unprocessable Entity","detail":"The request has 2 faults.","errors":[`+
		`{"pointer":"/age","in":"body","rule":"lte","param":"30","detail":"age debe ser 30 o menos"},`+
		`{"pointer":"/name","in":"body","rule":"required","detail":"name es un campo requerido"}]}`), &want)
	if diff := cmp.Diff(want, got); diff != "" || w.Code != 422 {
		t.Errorf("%d (-want +got):\n%s", w.Code, diff)
	}
	if h := w.Header(); h.Get("Content-Language") != "es" || !strings.Contains(strings.Join(h["Vary"], ","), "Accept-Language") ||
		h.Get("Content-Type") != "application/problem+json" {
		t.Errorf("headers %v", h)
	}
}

func TestViolationsAreBounded(t *testing.T) {
	wrong := strings.TrimSuffix(strings.Repeat(`"x",`, 1<<18-1), ",")
	trees := strings.TrimSuffix(strings.Repeat(`{},`, 100_000), ",")
	pairs := new(strings.Builder)
	for i := range 60_000 {
		fmt.Fprintf(pairs, `"k%d":"x",`, i)
	}
	for _, tt := range []struct {
		description string
		err         error
	}{
		{"elements", second(bound[body[[]int]](t, post(jsonType, "["+wrong+"]")))},
		{"objects", second(bound[body[[]tree]](t, post(jsonType, "["+trees+"]")))},
		{"members", second(bound[body[map[string]int]](t, post(jsonType, "{"+pairs.String()+`"":0}`)))},
		{"elements of elements", second(bound[body[[][]int]](t, post(jsonType, "[["+wrong[:400_000]+`x"],[`+wrong[:400_000]+`x"]]`)))},
		{"a list that should be a number", second(bound[body[int]](t, post(jsonType, "["+wrong+"]")))},
		{"XML", second(bound[xmlBody](t, post(xmlType, "<a>"+strings.Repeat("<in><n>x</n></in>", 50_000)+"</a>")))},
	} {
		got := violations(t, tt.err)
		if len(got) > maxViolations || len(got) < 1 {
			t.Errorf("%s: %d violations", tt.description, len(got))
		}
		if doc, err := json.Marshal(problem.From(tt.err)); err != nil || len(doc) > 64<<10 {
			t.Errorf("%s: a document of %d bytes, %v", tt.description, len(doc), err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestLongPointers(t *testing.T) {
	type table = map[string]map[string]map[string]int
	key := func(n int) string { return strings.Repeat("k", n) }
	for _, tt := range []struct {
		description string
		keys        [3]string
		want        string
	}{
		{"short", [3]string{"a", "b", "c"}, "/a/b/c"},
		{"the innermost", [3]string{"a", "b", key(1 << 19)}, "/a/b"},
		{"the outermost", [3]string{key(1 << 19), "b", "c"}, ""},
		{"in the middle", [3]string{"a", key(300), "c"}, "/a"},
		{"all together", [3]string{key(100), key(100), key(100)}, "/" + key(100) + "/" + key(100)},
		{"escaped", [3]string{"a", strings.Repeat("/", 200), "c"}, "/a"},
	} {
		text := fmt.Sprintf(`{"%s":{"%s":{"%s":"x"}}}`, tt.keys[0], tt.keys[1], tt.keys[2])
		_, err := bound[body[table]](t, post(jsonType, text))
		if got := violations(t, err); len(got) != 1 || got[0].Pointer != tt.want {
			t.Errorf("%s: %.300q", tt.description, got)
		}
	}
}

// marker stands in every value of the bodies below.
const marker = "s3cr3t"

// marked writes a random value that has the marker in all of its strings, and in nothing else.
func marked(r *rand.Rand, depth int) string {
	switch n := r.IntN(9 - 4*(depth/4)); {
	case n < 3:
		return strconv.Quote(marker + strconv.Itoa(r.IntN(100)))
	case n == 3:
		return strconv.Itoa(r.IntN(1000) - 500)
	case n == 4:
		return []string{"true", "false", "null", "1e400", "1.5"}[r.IntN(5)]
	case n < 7:
		var parts []string
		for range r.IntN(4) {
			parts = append(parts, marked(r, depth+1))
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	names := []string{"name", "age", "again", "owner", "lives", "scores", "color", "chip", "born", "weight", "e~mail/x", "other"}
	var parts []string
	for _, i := range r.Perm(len(names))[:r.IntN(len(names))] {
		parts = append(parts, strconv.Quote(names[i])+":"+marked(r, depth+1))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// Nothing that a client sends as a value comes back, in any language or form.
func TestValuesAreNotEchoed(t *testing.T) {
	app := soay.New(soay.Options{Env: "production"})
	soay.Put(app, "/cats/{id}", func(soay.Request, putCat) (soay.NoContent, error) { return soay.NoContent{}, nil })
	soay.Post(app, "/xml", func(soay.Request, anyForm) (soay.NoContent, error) { return soay.NoContent{}, nil })
	r := rand.New(rand.NewPCG(3, 4))
	refused := 0
	for range 2000 {
		text := marked(r, 0)
		if r.IntN(10) == 0 && len(text) > 3 {
			text = text[:r.IntN(len(text))] // broken off
		}
		target, contentType := "/cats/"+marker+"?dry="+marker+"&limit="+marker+"&chip="+marker, jsonType
		if r.IntN(4) == 0 {
			target, contentType = "/xml", []string{xmlType, formType}[r.IntN(2)]
			text = "<a><age>" + marker + "</age><news x='" + marker + "'>" + marker + "</news>" + marker + "</a>"[r.IntN(4):] +
				"&age=" + marker + "&news=" + marker
		}
		req := httptest.NewRequest("PUT", target, strings.NewReader(text))
		if target == "/xml" {
			req.Method = "POST"
		}
		req.Header = http.Header{"Content-Type": {contentType}, "Accept": {[]string{jsonType, "text/html", "text/plain"}[r.IntN(3)]},
			"Accept-Language": {[]string{"en", "de", "ja", "ar"}[r.IntN(4)]}, "Cookie": {"theme=" + marker}, "X-Tenant": {marker}}
		w := httptest.NewRecorder()
		app.ServeHTTP(w, req)
		if strings.Contains(w.Body.String(), marker) {
			t.Fatalf("%s %s\n%s\nanswers %s", target, contentType, text, w.Body)
		}
		if w.Code >= 400 && w.Code < 500 {
			refused++
		} else if w.Code >= 500 {
			t.Fatalf("%d for %s", w.Code, text)
		}
	}
	if refused < 1900 {
		t.Errorf("only %d of 2000 were refused", refused)
	}
}

// Names that clients make up do come back, in pointers, but as text.
func TestNamesAreEscaped(t *testing.T) {
	app := soay.New(soay.Options{Env: "production"})
	soay.Post(app, "/", func(soay.Request, newCat) (soay.NoContent, error) { return soay.NoContent{}, nil })
	for _, accept := range []string{"text/html", jsonType} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(`{"scores":{"<script>alert(1)</script>\n\u202e":"x"}}`))
		r.Header = headers("Content-Type", jsonType, "Accept", accept)
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		text := w.Body.String()
		if w.Code != 400 || strings.Contains(text, "<script>") || accept == "text/html" && strings.Contains(text, "\u202e") {
			t.Errorf("%s: %d %s", accept, w.Code, text)
		}
	}
}

// A violation has what its rule was given, with the names of other fields as the client knows them.
func TestParamsOfViolations(t *testing.T) {
	type input struct {
		Text   string        `query:"text" validate:"min=8"`
		Layout string        `query:"layout" validate:"datetime=2006-01-02"`
		One    string        `query:"one" validate:"oneof=red 'light green'"`
		Either int           `query:"either" validate:"eq=0|gte=18"`
		Comma  string        `query:"comma" validate:"contains=0x2C"`
		Wait   time.Duration `query:"wait" validate:"min=1h"`
		Color  string        `query:"color" validate:"iscolor"`
		List   []int         `query:"list" validate:"dive,lt=9"`
		Again  string        `query:"a-gain" validate:"eqfield=Text"`
		More   string        `query:"more" validate:"required_if=Text short"`
		Plain  string        `query:"plain" validate:"alpha"`
		Number int           `query:"number"`
	}
	_, err := bound[input](t, get("/?text=short&layout=x&one=blue&either=7&comma=x&wait=1m&color=x&list=1&list=9&a-gain=x&plain=7"))
	want := map[string]string{"text": "8", "layout": "2006-01-02", "one": "red 'light green'", "either": "", "comma": ",", "wait": "1h", "color": "",
		"list": "9", "a-gain": "text", "more": "text short", "plain": ""}
	got := map[string]string{}
	for _, v := range violations(t, err) {
		got[v.Parameter] = v.Param
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = bound[input](t, get("/?number=x"))
	if got := violations(t, err)[0]; got.Param != "" || got.Rule != "integer" {
		t.Errorf("a value that cannot be read: %+v", got)
	}
}
