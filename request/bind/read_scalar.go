package bind

import (
	"encoding"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/soay-go/soay/request/strictjson"
)

// Rules that a value breaks when it cannot be read at all.
const (
	ruleRange    = "range"    // a number beyond its type
	ruleRepeated = "repeated" // several values for a field that takes one
	ruleText     = "text"     // a text that the method of its type refuses, or that is not UTF-8
	ruleSyntax   = "syntax"
)

// setText sets v to the value that a text stands for. It returns the rule that the text breaks, "" for
// none.
func (n *node) setText(text string, v reflect.Value) string {
	switch n.kind {
	case kindPointer:
		p := reflect.New(n.elem.typ)
		v.Set(p)
		return n.elem.setText(text, p.Elem())
	case kindOptional:
		o := v.Addr().Interface().(optional)
		o.mark()
		return n.elem.setText(text, reflect.ValueOf(o.Wrapped()).Elem())
	case kindString:
		v.SetString(text)
	case kindBool:
		return setBool(text, v)
	case kindInt:
		return setInt(text, v)
	case kindUint:
		return setUint(text, v)
	case kindFloat:
		return setFloat(text, v)
	case kindNumber:
		if !isDecimal(text) {
			return "number"
		}
		v.SetString(text)
	case kindTime:
		return setTime(text, v)
	case kindDuration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return "duration"
		}
		v.SetInt(int64(d))
	case kindText, kindCustom: // a custom type has UnmarshalText too, see isText
		if strictjson.IsHugeNumber(n.typ, text) {
			return ruleRange
		}
		if v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)) != nil {
			return ruleText
		}
	}
	return ""
}

// setBool takes true and false in any case, since some languages write True.
func setBool(text string, v reflect.Value) string {
	yes := text == "1" || strings.EqualFold(text, "true")
	if !yes && text != "0" && !strings.EqualFold(text, "false") {
		return "boolean"
	}
	v.SetBool(yes)
	return ""
}

// setInt takes decimal digits with a sign, and no other spelling that Go has for integers.
func setInt(text string, v reflect.Value) string {
	i, err := strconv.ParseInt(text, 10, v.Type().Bits())
	if err != nil {
		return numberRule(err, "integer")
	}
	v.SetInt(i)
	return ""
}

// setUint is setInt for types without a sign.
func setUint(text string, v reflect.Value) string {
	digits := text // strconv.ParseUint takes no sign
	if text == "-0" || len(text) > 1 && text[0] == '+' {
		digits = text[1:]
	}
	u, err := strconv.ParseUint(digits, 10, v.Type().Bits())
	if err != nil {
		if isDecimal(text) && !strings.ContainsAny(text, ".eE") {
			return ruleRange // a negative number is an integer, too, but beyond the type
		}
		return numberRule(err, "integer")
	}
	v.SetUint(u)
	return ""
}

// setFloat takes decimal numbers.
func setFloat(text string, v reflect.Value) string {
	if !isDecimal(text) {
		return "number"
	}
	f, err := strconv.ParseFloat(text, v.Type().Bits())
	if err != nil {
		return numberRule(err, "number")
	}
	v.SetFloat(f)
	return ""
}

// numberRule returns the rule that a number breaks which strconv has refused: the range of its type, or
// else the form.
func numberRule(err error, form string) string {
	if errors.Is(err, strconv.ErrRange) {
		return ruleRange
	}
	return form
}

// isDecimal reports whether a text is a decimal number. strconv.ParseFloat also takes infinities, NaN and
// hexadecimal numbers.
func isDecimal(text string) bool {
	for i := range len(text) {
		c := text[i]
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c|0x20 != 'e' {
			return false
		}
	}
	_, err := strconv.ParseFloat(text, 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}

// integral returns a JSON number with a fraction or an exponent as an integer, "" if it is none: JSON
// Schema counts 1.0 and 1e2 among the integers. A number beyond all types is cut to 20 zeros, which is
// still beyond them; so a client cannot make it long.
func integral(number string) string {
	mantissa, exponent := number, 0
	if i := strings.IndexAny(number, "eE"); i >= 0 {
		mantissa = number[:i]
		var err error
		if exponent, err = strconv.Atoi(number[i+1:]); err != nil {
			exponent = math.MaxInt32 // 0e99999999999 is still a zero
			if number[i+1] == '-' {
				exponent = math.MinInt32
			}
		}
	}
	sign := ""
	if mantissa[0] == '-' {
		sign, mantissa = "-", mantissa[1:]
	}
	// All digits become one number without zeros at its ends, times a power of ten: 12.30e1 is 123 times 10^0.
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	exponent -= len(fraction)
	trimmed := strings.TrimRight(digits, "0")
	exponent += len(digits) - len(trimmed)
	switch {
	case trimmed == "":
		return "0"
	case exponent < 0: // digits remain behind the point
		return ""
	}
	return sign + trimmed + strings.Repeat("0", min(exponent, 20))
}
