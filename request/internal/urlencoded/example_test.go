package urlencoded_test

import (
	"fmt"

	"github.com/soay-go/soay/request/internal/urlencoded"
)

func Example() {
	for name, value := range urlencoded.Fields("name=Tom+the+cat&lives=9&na%6De=Minka") {
		n, err := urlencoded.Decode(name)
		if err != nil {
			continue
		}
		v, err := urlencoded.Decode(value)
		fmt.Printf("%s: %q %v\n", n, v, err)
	}
	// Output:
	// name: "Tom the cat" <nil>
	// lives: "9" <nil>
	// name: "Minka" <nil>
}
