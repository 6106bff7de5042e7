package bind_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"reflect"
	"strings"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

func ExampleCompiler() {
	type NewCat struct {
		Name string `json:"name" validate:"required,max=50"`
		Age  int    `json:"age" validate:"gte=0,lte=30"`
	}
	plan, err := bind.NewCompiler(nil).Plan(reflect.TypeFor[NewCat]())
	if err != nil {
		fmt.Println(err)
		return
	}

	var cat NewCat
	req := requesttest.Request("POST", "/cats", requesttest.With{JSON: map[string]any{"name": "Minka", "age": 3}})
	fmt.Println(plan.Bind(req, reflect.ValueOf(&cat).Elem()), cat)

	req = requesttest.Request("POST", "/cats", requesttest.With{JSON: map[string]any{"age": 31}})
	err = plan.Bind(req, reflect.ValueOf(&cat).Elem())
	if refused, ok := errors.AsType[*bind.Error](err); ok {
		fmt.Println(refused.Status)
		for _, violation := range refused.Violations {
			fmt.Println(violation.Pointer, violation.Rule, "-", violation.Detail)
		}
	}
	// Output:
	// <nil> {Minka 3}
	// 422
	// /age lte - age must be 30 or less
	// /name required - name is a required field
}

func ExampleCompiler_Plan_mistakes() {
	type GetCat struct {
		ID      int      `path:"id" default:"1"`
		Owner   chan int `query:"owner"`
		Verbose bool     `query:"verbose" default:"maybe"`
	}
	_, err := bind.NewCompiler(nil).Plan(reflect.TypeFor[GetCat]())
	fmt.Println(strings.ReplaceAll(err.Error(), "bind_test.", ""))
	// Output:
	// field ID of GetCat: it is required, so its default is never used
	// field Owner of GetCat: no value that a client sends fits a chan int
	// field Verbose of GetCat: the default "maybe" is no boolean
}

// A client, or a page in another language, makes messages of its own of the rule and its parameter.
func ExampleError() {
	type Stay struct {
		Name   string `json:"name" validate:"notblank"`
		Nights int    `json:"nights" validate:"gte=1,lte=30"`
		Room   *int   `json:"room" validate:"notnull"`
	}
	req := requesttest.Request("POST", "/", requesttest.With{JSON: map[string]any{"name": " ", "nights": 99, "room": nil}})
	_, err := bind.From[Stay](req)
	if refused, ok := errors.AsType[*bind.Error](err); ok {
		for _, violation := range refused.Violations {
			fmt.Printf("%s %s %q\n", violation.Pointer, violation.Rule, violation.Param)
		}
	}
	// Output:
	// /name notblank ""
	// /nights lte "30"
	// /room notnull ""
}

// A handler with a Form runs in spite of what is wrong with it, and shows the form again.
func ExampleForm() {
	type Stay struct {
		Name   string `form:"name" validate:"required,min=2"`
		Nights int    `form:"nights" validate:"gte=1,lte=30"`
	}
	app := soay.New()
	soay.Post(app, "/stays", func(req soay.Request, in soay.Form[Stay]) (soay.Response, error) {
		if in.Value.Name == "Dolly" {
			in.AddError("name", "Dolly has a room already")
		}
		if in.Valid() {
			return response.SeeOther("/"), nil
		}
		var page strings.Builder
		for _, name := range []string{"name", "nights"} {
			fmt.Fprintf(&page, "%s %q %s\n", name, in.Raw.Get(name), cmp.Or(in.Errors[name].Rule, "ok"))
		}
		return response.Text(page.String()).WithStatus(422), nil
	})

	post := func(form string) {
		r := httptest.NewRequest("POST", "/stays", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		fmt.Print(w.Code, w.Header().Get("Location"), "\n", w.Body)
	}
	post("name=D&nights=a+few")
	post("name=Dolly&nights=2")
	post("name=Bella&nights=2")
	// Output:
	// 422
	// name "D" min
	// nights "a few" integer
	// 422
	// name "Dolly" handler
	// nights "2" ok
	// 303/
}

func ExampleOptional() {
	type PatchCat struct {
		Name  bind.Optional[string]  `json:"name,omitzero" validate:"min=1"`
		Owner bind.Optional[*string] `json:"owner,omitzero"`
	}
	plan, err := bind.NewCompiler(nil).Plan(reflect.TypeFor[PatchCat]())
	if err != nil {
		fmt.Println(err)
		return
	}
	var patch PatchCat
	req := requesttest.Request("PATCH", "/cats/7", requesttest.With{JSON: map[string]any{"owner": nil}})
	if err := plan.Bind(req, reflect.ValueOf(&patch).Elem()); err != nil {
		fmt.Println(err)
		return
	}
	if name, sent := patch.Name.Get(); sent {
		fmt.Println("rename to", name)
	}
	if owner, sent := patch.Owner.Get(); sent {
		fmt.Println("owner given up:", owner == nil)
	}
	text, err := json.Marshal(patch)
	fmt.Println(string(text), err)
	// Output:
	// owner given up: true
	// {"owner":null} <nil>
}
