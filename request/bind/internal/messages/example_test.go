package messages_test

import (
	"fmt"
	"log"
	"reflect"

	"github.com/soay-go/soay/request/bind/internal/messages"
)

func Example() {
	set, err := messages.NewSet(nil)
	if err != nil {
		log.Fatal(err)
	}
	language := set.For([]string{"en-GB"})
	fmt.Println(language.Message("age", "lte", "30", reflect.TypeFor[int]()))
	fmt.Println(language.Message("age", "integer", "", reflect.TypeFor[int]()))
	fmt.Println(language.Message("names", "max", "3", reflect.TypeFor[[]string]()))
	// Output:
	// age must be 30 or less en
	// age must be an integer en
	// names must contain at most 3 items en
}
