package strictjson_test

import (
	"errors"
	"fmt"

	"github.com/soay-go/soay/request/strictjson"
)

func ExampleCheck() {
	texts := []string{
		`{"role":"user"}`,
		`{"role":"user","ROLE":"admin"}`,
		`{"user":{"tags":["a","\ud800"]}}`,
		`{} {}`,
	}
	for _, text := range texts {
		fmt.Println(strictjson.Check([]byte(text), strictjson.Options{}))
	}
	// Output:
	// <nil>
	// strictjson: member name occurs twice at "/ROLE" (byte 15)
	// strictjson: escaped surrogate without its other half at "/user/tags/1" (byte 22)
	// strictjson: data after the value (byte 3)
}

func ExampleUnmarshal() {
	var cat struct {
		Name string `json:"name"`
		Age  uint8  `json:"age"`
	}
	err := strictjson.Unmarshal([]byte(`{"name":"Bagheera","age":300}`), &cat, strictjson.Options{})
	if refused, ok := errors.AsType[*strictjson.Error](err); ok {
		fmt.Println("400 Bad Request:", refused.Kind, refused.Pointer)
	} else if err != nil {
		fmt.Println("500 Internal Server Error") // the developer's mistake
	}
	// Output: 400 Bad Request: type /age
}
