package openapi

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/soay-go/soay/request/bind"
)

// formats are the formats of rules about strings. A format is a hint for people and tools; a pattern, where
// there is one, is exactly the texts that are accepted.
var formats = map[string]string{
	"email": "email", "url": "uri", "uri": "uri", "http_url": "uri", "https_url": "uri",
	"uuid": "uuid", "uuid3": "uuid", "uuid4": "uuid", "uuid5": "uuid", "uuid7": "uuid", "uuid_rfc4122": "uuid",
	"uuid3_rfc4122": "uuid", "uuid4_rfc4122": "uuid", "uuid5_rfc4122": "uuid",
	"ipv4": "ipv4", "ipv6": "ipv6", "hostname": "hostname", "hostname_rfc1123": "hostname", "fqdn": "hostname",
}

// patterns are the regular expressions of rules, in the part of their syntax that ECMA-262 and Go have in
// common.
var patterns = map[string]string{
	"alpha":            `^[a-zA-Z]+$`,
	"alphaspace":       `^[a-zA-Z ]+$`,
	"alphanum":         `^[a-zA-Z0-9]+$`,
	"alphanumspace":    `^[a-zA-Z0-9 ]+$`,
	"ascii":            `^[\x00-\x7F]*$`,
	"boolean":          `^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$`,
	"cve":              `^CVE-(1999|2\d{3})-(0[^0]\d{2}|0\d[^0]\d{1}|0\d{2}[^0]|[1-9]{1}\d{3,})$`,
	"e164":             `^\+?[1-9]\d{7,14}$`,
	"hexadecimal":      `^(0[xX])?[0-9a-fA-F]+$`,
	"hexcolor":         `^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$`,
	"hostname":         `^[a-zA-Z]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$`,
	"hostname_rfc1123": `^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$`,
	"md5":              `^[0-9a-f]{32}$`,
	"mongodb":          `^[a-f\d]{24}$`,
	"multibyte":        `^$|[^\x00-\x7F]`,
	// White space as of Unicode, and the byte order mark. The characters stand for themselves, for Go and ECMA-262
	// write them in different ways.
	"notblank":   "[^\\s\\v\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]",
	"number":     `^[0-9]+$`,
	"numeric":    `^[-+]?[0-9]+(?:\.[0-9]+)?$`,
	"printascii": `^[ -~]*$`,
	"semver": `^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)` +
		`(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?` +
		`(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$`,
	"sha256":        `^[0-9a-f]{64}$`,
	"sha384":        `^[0-9a-f]{96}$`,
	"sha512":        `^[0-9a-f]{128}$`,
	"uuid":          `^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`,
	"uuid3":         `^[0-9a-f]{8}-[0-9a-f]{4}-3[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$`,
	"uuid4":         `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
	"uuid5":         `^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
	"uuid7":         `^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
	"uuid_rfc4122":  `^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`,
	"uuid3_rfc4122": `^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-3[0-9a-fA-F]{3}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`,
	"uuid4_rfc4122": `^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$`,
	"uuid5_rfc4122": `^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-5[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$`,
}

// stringKeywords returns the keywords for a rule about a string.
func stringKeywords(rule bind.Rule) *schema {
	switch rule.Name {
	case "eq":
		return &schema{Const: encode(rule.Param)}
	case "ne":
		return &schema{Not: &schema{Const: encode(rule.Param)}}
	case "isdefault":
		return &schema{Const: json.RawMessage(`""`)}
	case "oneof":
		return &schema{Enum: wordsOf(rule.Param)}
	case "noneof":
		return &schema{Not: &schema{Enum: wordsOf(rule.Param)}}
	case "lowercase", "uppercase":
		one := int64(1) // they refuse the empty string, and patterns know no case but that of ASCII
		return &schema{MinLength: &one}
	case "ip":
		return &schema{AnyOf: []*schema{{Format: "ipv4"}, {Format: "ipv6"}}}
	case "datetime":
		return &schema{Format: layouts[rule.Param]}
	case "contains", "excludes", "containsany", "excludesall", "startswith", "startsnotwith", "endswith", "endsnotwith":
		return partKeywords(rule)
	}
	if format, pattern := formats[rule.Name], patterns[rule.Name]; format != "" || pattern != "" {
		return &schema{Format: format, Pattern: pattern}
	}
	least, most := bounds(rule)
	return sized(least, most, func(s *schema, least, most *int64) { s.MinLength, s.MaxLength = least, most })
}

// layouts are the formats of the rule datetime.
var layouts = map[string]string{
	time.RFC3339: "date-time", time.RFC3339Nano: "date-time", time.DateOnly: "date",
}

// partKeywords returns the keywords for a rule about the parts of a string.
func partKeywords(rule bind.Rule) *schema {
	part, not := quotePattern(rule.Param), false
	if rule.Param == "" {
		return &schema{}
	}
	switch rule.Name {
	case "excludes":
		not = true
	case "containsany":
		part = "[" + quoteClass(rule.Param) + "]"
	case "excludesall":
		part = "^[^" + quoteClass(rule.Param) + "]*$"
	case "startswith", "startsnotwith":
		part, not = "^"+part, rule.Name == "startsnotwith"
	case "endswith", "endsnotwith":
		part, not = part+"$", rule.Name == "endsnotwith"
	}
	if not {
		return &schema{Not: &schema{Pattern: part}}
	}
	return &schema{Pattern: part}
}

// quotePattern returns a regular expression for s itself. It escapes the syntax characters of ECMA-262,
// since no others may be escaped there.
func quotePattern(s string) string {
	return regexp.MustCompile(`[\^$\\.*+?()\[\]{}|]`).ReplaceAllString(s, `\$0`)
}

// quoteClass returns s for the inside of a character class.
func quoteClass(s string) string {
	return regexp.MustCompile(`[\^\\\]\[-]`).ReplaceAllString(s, `\$0`)
}

// words splits the parameter of oneof at spaces, except for spaces between single quotes.
func words(param string) []string {
	list := regexp.MustCompile(`'[^']*'|\S+`).FindAllString(param, -1)
	for i, word := range list {
		list[i] = strings.ReplaceAll(word, "'", "")
	}
	return list
}

// wordsOf returns the words as JSON strings.
func wordsOf(param string) []json.RawMessage {
	list := []json.RawMessage{}
	for _, word := range words(param) {
		list = append(list, encode(word))
	}
	return list
}
