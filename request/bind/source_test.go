package bind_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response/problem"
)

type (
	paging struct {
		Page int `query:"page" default:"1" validate:"gte=1"`
		Size int `query:"size" default:"20"`
	}
	Tracing struct {
		paging
		Trace string `header:"X-Trace"`
	}
	everything struct {
		Tracing
		ID    int      `path:"id"`
		Tags  []string `query:"tag"`
		Langs []string `header:"X-Langs"`
		Theme string   `cookie:"theme"`
		Body  tree     `body:"json"`
		note  string
		Ready bool `json:"-"`
	}
)

func TestAllSources(t *testing.T) {
	req := requesttest.Request("POST", "/cats/7?page=2&tag=a&tag=b&id=8", requesttest.With{
		Pattern: "/cats/{id}",
		Header: http.Header{"X-Trace": {"x"}, "X-Langs": {"a, b,,", "c"}, "Cookie": {"theme=dark; id=9"},
			"Content-Type": {"application/cat+json"}},
		Body: strings.NewReader(`{"name":"Tom","id":10,"page":11}`),
	})
	got, err := bound[everything](t, req)
	want := everything{Tracing{paging{2, 20}, "x"}, 7, []string{"a", "b"}, []string{"a", "b", "c"}, "dark", tree{Name: "Tom"}, "", false}
	if err == nil && !reflect.DeepEqual(got, want) || err != nil {
		t.Errorf("got %+v, %s", got, told(err))
	}
	params := planOf[everything](t).Describe().Params
	var names []string
	for _, p := range params {
		names = append(names, p.In+" "+p.Name)
	}
	if diff := cmp.Diff([]string{"query page", "query size", "header X-Trace", "path id", "query tag", "header X-Langs", "cookie theme"},
		names); diff != "" {
		t.Errorf("Params (-want +got):\n%s", diff)
	}
	if p := params[0]; !p.HasDefault || p.Default != "1" || p.Required || p.Type.Kind() != reflect.Int || !params[3].Required {
		t.Errorf("Params: %+v, %+v", p, params[3])
	}
}

// Nothing in a body reaches a field that comes from elsewhere, and the reverse.
func TestSourcesStaySeparate(t *testing.T) {
	type input struct {
		Admin string `header:"X-Admin"`
		Role  string `query:"role"`
		Body  struct {
			Name string `json:"name" form:"name"`
		} `body:"json,form"`
	}
	for _, req := range []func() (input, error){
		func() (input, error) {
			return bound[input](t, post(jsonType, `{"Admin":"1","X-Admin":"1","role":"a","Body":{"name":"x"}}`))
		},
		func() (input, error) {
			return bound[input](t, post(formType, "Admin=1&X-Admin=1&role=a&Role=a&Body.name=x"))
		},
		func() (input, error) {
			return bound[input](t, requesttest.Request("POST", "/?X-Admin=1&name=x", requesttest.With{JSON: struct{}{}}))
		},
	} {
		if got, err := req(); err != nil || !reflect.DeepEqual(got, input{}) {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}

func TestRepeatedAndListed(t *testing.T) {
	type input struct {
		One    int                   `query:"one"`
		Many   []int                 `query:"many" validate:"max=2,dive,lt=9"`
		Maybe  bind.Optional[[]bool] `query:"maybe"`
		Many2  *[]label              `header:"X-Many"`
		Single string                `header:"X-Single"`
		Cookie string                `cookie:"c"`
	}
	for _, tt := range []struct {
		description, path string
		header            []string
		want              string
	}{
		{"twice", "/?one=1&one=1", nil, "400 query one repeated"},
		{"an empty one and one", "/?one=&one=1", nil, ""},
		{"wrong and again", "/?one=x&one=1", nil, "400 query one integer"},
		{"lists", "/?many=1&maybe=true&many=2&maybe=0", nil, ""},
		{"an element that is wrong", "/?many=1&many=x&many=y", nil, "400 query many integer"},
		{"a list with commas", "/?many=1,2", nil, "400 query many integer"},
		{"too many", "/?many=1&many=2&many=3", nil, "422 query many max"},
		{"an element that breaks its rule", "/?many=1&many=9", nil, "422 query many lt"},
		{"empty elements of numbers", "/?many=&many=1&many=", nil, ""},
		{"brackets", "/?many[]=x&many[0]=x&many[9999999]=1&one[a][b]=2&one.x=1", nil, ""},
		{"header lines", "/", []string{"X-Many", "a,b", "X-Many", "c"}, ""},
		{"a header that is no list, with commas", "/", []string{"X-Single", "a, b"}, ""},
		{"a header twice", "/", []string{"X-Single", "a", "X-Single", "b"}, "400 header X-Single repeated"},
		{"a cookie twice", "/", []string{"Cookie", "c=1; c=1"}, "400 cookie c repeated"},
		{"a cookie in two lines", "/", []string{"Cookie", "c=1", "Cookie", "c=2"}, "400 cookie c repeated"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			if _, err := bound[input](t, get(tt.path, tt.header...)); told(err) != tt.want {
				t.Errorf("got %q, want %q", told(err), tt.want)
			}
		})
	}
	got, err := bound[input](t, get("/?many=1&many=2", "X-Many", "a, b", "X-Many", "c", "X-Single", "a, b"))
	if err != nil || !reflect.DeepEqual(got, input{Many: []int{1, 2}, Many2: &[]label{"a", "b", "c"}, Single: "a, b"}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// own binds itself from the path and a header.
type own struct{ path, mark string }

func (o *own) BindRequest(req soay.Request) error {
	switch o.path, o.mark = req.Path(), req.Header("X-Mark"); o.mark {
	case "bad":
		return problem.New(http.StatusTeapot, "no such mark")
	case "broken":
		return errors.New("secret")
	}
	return nil
}

func TestBinders(t *testing.T) {
	type field struct {
		N   int `query:"n"`
		Own own
	}
	got, err := bound[own](t, get("/a", "X-Mark", "m"))
	if err != nil || got != (own{"/a", "m"}) {
		t.Errorf("as input: %+v, %v", got, err)
	}
	in, err := bound[field](t, get("/a?n=7", "X-Mark", "m"))
	if err != nil || in != (field{7, own{"/a", "m"}}) {
		t.Errorf("as field: %+v, %v", in, err)
	}
	if in, err = bound[field](t, get("/a?n=x", "X-Mark", "bad")); told(err) != "400 query n integer" || in.Own != (own{}) {
		t.Errorf("violations first: %+v, %v", in, err)
	}
	if _, err = bound[field](t, get("/a", "X-Mark", "bad")); problem.StatusOf(err) != http.StatusTeapot {
		t.Errorf("error of a field: %v", err)
	}
	if _, err = bound[own](t, get("/a", "X-Mark", "broken")); problem.StatusOf(err) != 500 {
		t.Errorf("error without a status: %v", err)
	}
	if d := planOf[own](t).Describe(); !d.BindsItself || d.ReadsBody || d.HasRules || d.Params != nil || d.Body != nil {
		t.Error("a Binder describes parts that the package cannot know")
	}
	if d := planOf[field](t).Describe(); !d.BindsItself || len(d.Params) != 1 {
		t.Errorf("a plan with a Binder: %+v", d.Params)
	}
}

func TestNoInput(t *testing.T) {
	d := planOf[struct{}](t).Describe()
	if _, err := bound[struct{}](t, post("application/zip", "PK")); err != nil || d.ReadsBody || d.Params != nil || d.HasRules {
		t.Errorf("struct{} takes something: %v", err)
	}
}

type clock interface{ Now() string }

type fixed string

func (f fixed) Now() string { return string(f) }

func TestServices(t *testing.T) {
	type embedded struct {
		Path  string `path:"p"`
		Clock clock  `inject:""`
	}
	type outer struct{ embedded }
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	soay.AddSingleton[clock](app, func() (clock, error) { return fixed("noon"), nil })
	soay.Get(app, "/now/{p}", func(_ soay.Request, in outer) (string, error) { return in.Path + in.Clock.Now(), nil })
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest("GET", "/now/at", nil))
	if w.Code != 200 || strings.TrimSpace(w.Body.String()) != "atnoon" {
		t.Errorf("%d %s", w.Code, w.Body)
	}

	type onlyService struct {
		Clock clock `inject:""`
	}
	const want = "field Clock of bind_test.onlyService: there are no services"
	if err := planOf[onlyService](t).Link(nil); err == nil || err.Error() != want {
		t.Errorf("Link: %v, want %s", err, want)
	}
	app = soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	soay.AddScoped[clock](app, func() (clock, error) { return nil, problem.New(http.StatusServiceUnavailable, "it is night") })
	soay.Get(app, "/", func(_ soay.Request, in onlyService) (string, error) { return "", nil })
	w = httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("a service that fails: %d %s", w.Code, w.Body)
	}
	app = soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	soay.AddInstance(app, new(bytes.Buffer))
	soay.Get(app, "/", func(_ soay.Request, in onlyService) (string, error) { return "", nil })
	if _, err := app.Handler(); err == nil || !strings.Contains(err.Error(), "field Clock of bind_test.onlyService: ") {
		t.Errorf("a missing service: %v", err)
	}
}
