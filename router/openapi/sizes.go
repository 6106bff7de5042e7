package openapi

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"

	"github.com/soay-go/soay/request/bind"
)

// bounds returns the least and the most that a rule about a length allows, nil for no bound.
func bounds(rule bind.Rule) (least, most *int64) {
	n, err := strconv.ParseInt(rule.Param, 0, 64)
	if err != nil || n == math.MinInt64 || n == math.MaxInt64 {
		return nil, nil
	}
	switch rule.Name {
	case "min", "gte":
		return &n, nil
	case "max", "lte":
		return nil, &n
	case "len":
		return &n, &n
	case "gt":
		n++
		return &n, nil
	case "lt":
		n--
		return nil, &n
	}
	return nil, nil
}

// never is a schema that nothing fits.
func never() *schema { return &schema{Not: &schema{}} }

// sized returns a schema for a length between bounds, which set writes.
func sized(least, most *int64, set func(s *schema, least, most *int64)) *schema {
	if most != nil && *most < 0 {
		return never()
	}
	if least != nil && *least <= 0 {
		least = nil // for every length is
	}
	s := &schema{}
	set(s, least, most)
	return s
}

// sizeKeywords returns what a rule says about a list or map.
func sizeKeywords(t reflect.Type, rule bind.Rule) *schema {
	set := func(s *schema, least, most *int64) { s.MinItems, s.MaxItems = least, most }
	if t.Kind() == reflect.Map {
		set = func(s *schema, least, most *int64) { s.MinProperties, s.MaxProperties = least, most }
	}
	switch rule.Name {
	case "unique":
		elem, _, _ := strip(t.Elem())
		kind := elem.Kind()
		scalar := kind == reflect.String || kind == reflect.Bool || isNumber(kind)
		return &schema{UniqueItems: scalar && t.Kind() != reflect.Map && rule.Param == "" && custom(elem, asInput) == nil}
	case "eq":
		rule.Name = "len"
	case "ne":
		rule.Name = "len"
		least, most := bounds(rule)
		switch {
		case most == nil || *most < 0:
			return &schema{}
		case *most == 0: // where no bound would be left to negate
			one := int64(1)
			least, most = &one, nil
			return sized(least, most, set)
		}
		return &schema{Not: sized(least, most, set)}
	}
	least, most := bounds(rule)
	return sized(least, most, set)
}

// numberKeywords returns what a rule says about a number.
func numberKeywords(t reflect.Type, rule bind.Rule) *schema {
	switch rule.Name {
	case "oneof":
		return &schema{Enum: numbersOf(t, rule.Param)}
	case "noneof":
		return &schema{Not: &schema{Enum: numbersOf(t, rule.Param)}}
	case "isdefault":
		return &schema{Const: json.RawMessage("0")}
	}
	n := numberOf(t, rule.Param)
	if n == "" {
		return &schema{}
	}
	switch rule.Name {
	case "min", "gte":
		return &schema{Minimum: n}
	case "max", "lte":
		return &schema{Maximum: n}
	case "gt":
		return &schema{ExclusiveMinimum: n}
	case "lt":
		return &schema{ExclusiveMaximum: n}
	case "eq", "len":
		return &schema{Const: json.RawMessage(n)}
	case "ne":
		return &schema{Not: &schema{Const: json.RawMessage(n)}}
	}
	return &schema{}
}

// numberOf returns the parameter of a rule as a number of JSON, "" if it is none. Integers may be
// hexadecimal, as in Go.
func numberOf(t reflect.Type, param string) json.Number {
	switch kind := t.Kind(); {
	case isSigned(kind):
		if n, err := strconv.ParseInt(param, 0, 64); err == nil {
			return json.Number(strconv.FormatInt(n, 10))
		}
	case isInteger(kind):
		if n, err := strconv.ParseUint(param, 0, 64); err == nil {
			return json.Number(strconv.FormatUint(n, 10))
		}
	default:
		f, err := strconv.ParseFloat(param, t.Bits())
		if err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return json.Number(encode(reflect.ValueOf(f).Convert(t).Interface()))
		}
	}
	return ""
}

// numbersOf returns the integers in a list of words. Words that no integer is written like are
// never equal to one.
func numbersOf(t reflect.Type, param string) []json.RawMessage {
	list := []json.RawMessage{}
	for _, word := range words(param) {
		if n := numberOf(t, word); n.String() == word && n != "" {
			list = append(list, json.RawMessage(n))
		}
	}
	return list
}

// boolKeywords returns what a rule says about a bool.
func boolKeywords(rule bind.Rule) *schema {
	b, err := strconv.ParseBool(rule.Param)
	switch {
	case rule.Name == "isdefault":
		return &schema{Const: json.RawMessage("false")}
	case rule.Name == "eq" && err == nil:
		return &schema{Const: encode(b)}
	case rule.Name == "ne" && err == nil:
		return &schema{Const: encode(!b)}
	}
	return &schema{}
}
