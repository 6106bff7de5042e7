package openapi_test

import (
	"fmt"
	"reflect"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/router/openapi"
)

func ExampleBuild() {
	type Cat struct {
		Name string `json:"name" validate:"required,max=50"`
	}
	compiler := bind.NewCompiler(nil)
	input, err := compiler.Plan(reflect.TypeFor[Cat]())
	if err != nil {
		fmt.Println(err)
		return
	}
	document, err := openapi.Build(openapi.Info{Title: "Cats", Version: "1.0"}, openapi.Options{}, []router.Operation{{
		Info:   router.Info{Method: "POST", Pattern: "/cats"},
		Input:  input,
		Output: &router.Output{Status: 204},
	}}, compiler)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.237s", document.YAML())
	// Output:
	// openapi: 3.1.0
	// info:
	//   title: Cats
	//   version: "1.0"
	// paths:
	//   /cats:
	//     post:
	//       operationId: postCats
	//       requestBody:
	//         content:
	//           application/json:
	//             schema:
	//               $ref: '#/components/schemas/Cat'
}
