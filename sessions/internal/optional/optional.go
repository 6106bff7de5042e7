// Package optional reads variadic parameters that stand for one optional argument.
package optional

import "fmt"

// One returns the only element of options, or the zero value if there is none. More than one element is an
// error.
func One[T any](options []T) (T, error) {
	var o T
	switch len(options) {
	case 0:
		return o, nil
	case 1:
		return options[0], nil
	}
	return o, fmt.Errorf("%d options; pass one", len(options))
}
