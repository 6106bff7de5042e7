package problem_test

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/soay-go/soay/response/problem"
)

func Example() {
	err := problem.New(404, "cat 7 does not exist").WithCause(errors.New("no row in table cats"))
	fmt.Println(err)
	told, _ := json.Marshal(err)
	fmt.Println(string(told))
	// Output:
	// 404 Not Found: cat 7 does not exist: no row in table cats
	// {"detail":"cat 7 does not exist","status":404,"title":"Not Found"}
}

func ExampleProblem_With() {
	err := problem.New(400, "The form has mistakes.").With("errors", []string{"no name"})
	told, _ := json.Marshal(err)
	fmt.Println(string(told))
	// Output: {"detail":"The form has mistakes.","errors":["no name"],"status":400,"title":"Bad Request"}
}

func ExampleInvalid() {
	err := problem.Invalid(422, []problem.Violation{
		{Pointer: "/name", In: "body", Rule: "required", Detail: "name is a required field"},
		{Parameter: "page", In: "query", Rule: "integer", Detail: "page must be an integer"},
	})
	fmt.Print(err.Text())
	// Output:
	// 422 Unprocessable Entity: The request has 2 faults.
	// - /name: name is a required field
	// - query page: page must be an integer
}

func ExampleStatusOf() {
	err := fmt.Errorf("show cat: %w", problem.New(404, ""))
	fmt.Println(problem.StatusOf(err), problem.StatusOf(errors.ErrUnsupported))
	// Output: 404 500
}
