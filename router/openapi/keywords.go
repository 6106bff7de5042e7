package openapi

import (
	"encoding/json"
	"math/big"
	"reflect"

	"github.com/soay-go/soay/request/bind"
)

// addRules adds the keywords for the rules of values of type t. Rules that JSON Schema has no words for are left out.
func (s *schema) addRules(t reflect.Type, r *bind.Rules, pointer bool) {
	if r != nil {
		s.addList(t, r.List, pointer)
	}
}

func (s *schema) addList(t reflect.Type, list []bind.Rule, pointer bool) {
	for i, rule := range list {
		zero := zeroThatPasses(t, rule.Name, pointer)
		if zero == nil {
			s.and(keywords(t, rule))
			continue
		}
		rest := &schema{}
		rest.addList(t, list[i+1:], pointer)
		if !rest.isEmpty() {
			s.and(&schema{AnyOf: []*schema{{Const: zero}, rest}})
		}
		return
	}
}

// zeroThatPasses returns the value that is let through by omitempty or omitzero, which the rules
// behind it are not asked about. There is none but null for what a pointer leads to, and for an
// empty list or map only omitzero counts.
func zeroThatPasses(t reflect.Type, rule string, pointer bool) json.RawMessage {
	if rule != "omitzero" && (rule != "omitempty" || pointer) {
		return nil
	}
	switch kind := t.Kind(); {
	case kind == reflect.String:
		return json.RawMessage(`""`)
	case kind == reflect.Bool:
		return json.RawMessage("false")
	case isNumber(kind):
		return json.RawMessage("0")
	case kind == reflect.Slice && rule == "omitzero":
		return json.RawMessage("[]")
	case kind == reflect.Map && rule == "omitzero":
		return json.RawMessage("{}")
	}
	return nil
}

func isNumber(k reflect.Kind) bool {
	return isInteger(k) || k == reflect.Float32 || k == reflect.Float64
}

// keywords returns a schema of what one rule says, an empty one for nothing.
func keywords(t reflect.Type, rule bind.Rule) *schema {
	if rule.Any != nil {
		return anyKeywords(t, rule.Any)
	}
	switch kind := t.Kind(); {
	case kind == reflect.String:
		return stringKeywords(rule)
	case kind == reflect.Bool:
		return boolKeywords(rule)
	case isNumber(kind):
		return numberKeywords(t, rule)
	case kind == reflect.Slice, kind == reflect.Array, kind == reflect.Map:
		return sizeKeywords(t, rule)
	}
	return &schema{}
}

// anyKeywords returns a schema of what rules say of which one is enough, which is nothing if one of
// them cannot be said.
func anyKeywords(t reflect.Type, alternatives []bind.Rule) *schema {
	s := &schema{}
	for _, rule := range alternatives {
		k := keywords(t, rule)
		if k.isEmpty() {
			return k
		}
		s.AnyOf = append(s.AnyOf, k)
	}
	return s
}

// and adds the keywords of k, which holds what can come from a rule.
func (s *schema) and(k *schema) {
	s.Minimum = stricter(s.Minimum, k.Minimum, 1)
	s.ExclusiveMinimum = stricter(s.ExclusiveMinimum, k.ExclusiveMinimum, 1)
	s.Maximum = stricter(s.Maximum, k.Maximum, -1)
	s.ExclusiveMaximum = stricter(s.ExclusiveMaximum, k.ExclusiveMaximum, -1)
	if stricter(s.ExclusiveMinimum, s.Minimum, 1) == s.ExclusiveMinimum && s.ExclusiveMinimum != "" {
		s.Minimum = "" // it says less
	}
	if stricter(s.ExclusiveMaximum, s.Maximum, -1) == s.ExclusiveMaximum && s.ExclusiveMaximum != "" {
		s.Maximum = ""
	}
	s.MinLength, s.MaxLength = larger(s.MinLength, k.MinLength), smaller(s.MaxLength, k.MaxLength)
	s.MinItems, s.MaxItems = larger(s.MinItems, k.MinItems), smaller(s.MaxItems, k.MaxItems)
	s.MinProperties = larger(s.MinProperties, k.MinProperties)
	s.MaxProperties = smaller(s.MaxProperties, k.MaxProperties)
	s.UniqueItems = s.UniqueItems || k.UniqueItems
	s.andOther(&schema{Format: k.Format, Pattern: k.Pattern, Const: k.Const, Enum: k.Enum, Not: k.Not, AnyOf: k.AnyOf})
}

// andOther adds keywords of which each can stand in a schema only once.
func (s *schema) andOther(k *schema) {
	switch {
	case s.Format != "" && k.Format != "", s.Pattern != "" && k.Pattern != "", s.Const != nil && k.Const != nil,
		s.Enum != nil && k.Enum != nil, s.Not != nil && k.Not != nil, s.AnyOf != nil && k.AnyOf != nil:
		s.AllOf = append(s.AllOf, k)
		return
	case k.Format != "":
		s.Format = k.Format
	}
	if k.Pattern != "" {
		s.Pattern = k.Pattern
	}
	if k.Const != nil {
		s.Const = k.Const
	}
	if k.Enum != nil {
		s.Enum = k.Enum
	}
	if k.Not != nil {
		s.Not = k.Not
	}
	if k.AnyOf != nil {
		s.AnyOf = k.AnyOf
	}
}

// stricter returns the larger of two numbers for the sign 1 and the smaller one for -1. An empty
// one is none; a has precedence if they are equal.
func stricter(a, b json.Number, sign int) json.Number {
	x, hasA := new(big.Rat).SetString(a.String())
	y, hasB := new(big.Rat).SetString(b.String())
	if !hasB || hasA && x.Cmp(y)*sign >= 0 {
		return a
	}
	return b
}

func larger(a, b *int64) *int64 {
	if b == nil || a != nil && *a >= *b {
		return a
	}
	return b
}

func smaller(a, b *int64) *int64 {
	if b == nil || a != nil && *a <= *b {
		return a
	}
	return b
}
