package strictjson

import (
	"errors"
	"math/big"
	"reflect"
	"strconv"
	"strings"
)

// maxDigits is how long a number of package math/big may be, and how large its exponent. Reading one takes time as the
// square of its length does, and 1e1000000 becomes as long as it says, at the latest when it is written again.
const maxDigits = 1024

// IsHugeNumber reports whether a text is longer, or has a larger exponent, than a number for a value of type t may have:
// 1024 characters and an exponent of 1024. It is false for all types but [big.Int], [big.Float] and [big.Rat].
func IsHugeNumber(t reflect.Type, text string) bool { return isBig(t) && isHuge(text) }

func isBig(t reflect.Type) bool {
	return t == reflect.TypeFor[big.Int]() || t == reflect.TypeFor[big.Float]() || t == reflect.TypeFor[big.Rat]()
}

func isHuge(text string) bool {
	if len(text) > maxDigits {
		return true
	}
	marks := "eEpP"
	if strings.ContainsAny(text, "xX") {
		marks = "pP" // e is a digit
	}
	i := strings.LastIndexAny(text, marks)
	if i < 0 {
		return false
	}
	exponent, err := strconv.Atoi(strings.Trim(strings.ReplaceAll(text[i+1:], "_", ""), `"`))
	return errors.Is(err, strconv.ErrRange) || exponent > maxDigits || exponent < -maxDigits
}
