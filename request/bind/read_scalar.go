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
	ruleRepeated = "repeated" // several values for what takes one
	ruleText     = "text"     // what its type's own method refuses, and text that is not UTF-8
	ruleSyntax   = "syntax"
)

// setText sets v to what a text says and returns the rule that the text breaks, "" for none.
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
	case kindText, kindCustom:
		if strictjson.IsHugeNumber(n.typ, text) {
			return ruleRange
		}
		if v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)) != nil {
			return ruleText
		}
	}
	return ""
}

// setBool takes the words in any case: some languages write True.
func setBool(text string, v reflect.Value) string {
	yes := text == "1" || strings.EqualFold(text, "true")
	if !yes && text != "0" && !strings.EqualFold(text, "false") {
		return "boolean"
	}
	v.SetBool(yes)
	return ""
}

// setInt takes decimal digits with a sign, and none of the other spellings that Go has.
func setInt(text string, v reflect.Value) string {
	i, err := strconv.ParseInt(text, 10, v.Type().Bits())
	if err != nil {
		return numberRule(err, "integer")
	}
	v.SetInt(i)
	return ""
}

func setUint(text string, v reflect.Value) string {
	digits := text
	if text == "-0" || len(text) > 1 && text[0] == '+' {
		digits = text[1:]
	}
	u, err := strconv.ParseUint(digits, 10, v.Type().Bits())
	if err != nil {
		if isDecimal(text) && !strings.ContainsAny(text, ".eE") {
			return ruleRange // of a negative number too
		}
		return numberRule(err, "integer")
	}
	v.SetUint(u)
	return ""
}

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

func numberRule(err error, form string) string {
	if errors.Is(err, strconv.ErrRange) {
		return ruleRange
	}
	return form
}

// isDecimal keeps out what strconv.ParseFloat takes besides: infinities, NaN and hexadecimal.
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

// integral returns the text of a JSON number with a fraction or exponent as an integer, for JSON
// Schema counts 1.0 and 1e2 among them, and "" for one that is none. What is beyond all types is
// cut short, and still beyond them.
func integral(number string) string {
	mantissa, exponent := number, 0
	if i := strings.IndexAny(number, "eE"); i >= 0 {
		mantissa = number[:i]
		var err error
		if exponent, err = strconv.Atoi(number[i+1:]); err != nil {
			exponent = math.MaxInt32 // which 0e99999999999 survives below
			if number[i+1] == '-' {
				exponent = math.MinInt32
			}
		}
	}
	sign := ""
	if mantissa[0] == '-' {
		sign, mantissa = "-", mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	exponent -= len(fraction)
	trimmed := strings.TrimRight(digits, "0")
	exponent += len(digits) - len(trimmed)
	switch {
	case trimmed == "":
		return "0"
	case exponent < 0:
		return ""
	}
	return sign + trimmed + strings.Repeat("0", min(exponent, 20))
}
