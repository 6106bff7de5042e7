package messages_test

import (
	"fmt"
	"reflect"

	"github.com/soay-go/soay/request/bind/internal/messages"
)

func Example() {
	age, names := reflect.TypeFor[int](), reflect.TypeFor[[]string]()
	for _, accept := range []string{"de-AT, en;q=0.5", "fr", "en-GB"} {
		language := messages.For([]string{accept})
		fmt.Println(language.Tag())
		fmt.Println(language.Message("age", "lte", "30", age))
		fmt.Println(language.Message("age", "integer", "", age))
		fmt.Println(language.Message("names", "max", "3", names))
	}
	// Output:
	// de
	// age darf 30 oder weniger sein
	// age muss eine ganze Zahl sein
	// names darf maximal 3 Elemente enthalten
	// fr
	// age doit faire 30 ou moins
	// age doit être un nombre entier
	// names doit contenir au maximum 3 elements
	// en
	// age must be 30 or less
	// age must be an integer
	// names must contain at most 3 items
}
