package rules_test

import (
	"fmt"
	"reflect"

	"github.com/soay-go/soay/request/bind/internal/rules"
)

func Example() {
	c, err := rules.NewCompiler(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := c.Compile(reflect.TypeFor[[]string](), "required,max=3,dive,min=2,alpha|eq=?")
	if err != nil {
		fmt.Println(err)
		return
	}
	tags := []string{"cat", "x", "?!", "dog"}
	fmt.Println("required:", r.Required())
	fmt.Println("the list breaks:", *r.Check(reflect.ValueOf(tags)))
	for _, tag := range tags {
		if broken := r.Elem().Check(reflect.ValueOf(tag)); broken != nil {
			fmt.Printf("%q breaks: %s\n", tag, broken.Name)
		}
	}

	_, err = c.Compile(reflect.TypeFor[bool](), "min=3")
	fmt.Println(err)
	// Output:
	// required: true
	// the list breaks: {max 3}
	// "x" breaks: min
	// "?!" breaks: alpha|eq=?
	// rules: min cannot validate bool
}
