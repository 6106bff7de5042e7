package rules

import (
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// compileText finds the check of a rule about text: one without a parameter, one with a parameter, or one
// that recognises ordinary values and leaves the others to the library.
func compileText(rule Rule) (direct, bool) {
	if check, ok := textRules[rule.Name]; ok {
		return final(ofText(check)), true
	}
	if check := withParam(rule.Name, rule.Param); check != nil {
		return final(ofText(check)), true
	}
	if check, ok := ordinaryTexts[rule.Name]; ok {
		d := direct{check: ofText(check)}
		if rule.Name == "email" {
			d.rejects = ofText(func(s string) bool { return strings.IndexByte(s, '@') < 0 })
		}
		return d, true
	}
	return direct{}, false
}

// ofText makes a check of values from a check of texts.
func ofText(check func(s string) bool) func(v reflect.Value) bool {
	return func(v reflect.Value) bool { return check(v.String()) }
}

// textRules are the rules without a parameter.
var textRules = map[string]func(s string) bool{
	"alpha":           all(isLetter),
	"alphaspace":      all(func(c byte) bool { return isLetter(c) || c == ' ' }),
	"alphanum":        all(isAlphanum),
	"alphanumspace":   all(func(c byte) bool { return isAlphanum(c) || c == ' ' }),
	"alphaunicode":    allRunes(isUnicodeLetter),
	"alphanumunicode": allRunes(isUnicodeAlphanum),
	"ascii":           orEmpty(all(func(c byte) bool { return c < utf8.RuneSelf })),
	"printascii":      orEmpty(all(func(c byte) bool { return c >= ' ' && c <= '~' })),
	"number":          all(isDigit),
	"numeric":         isNumeric,
	"boolean":         func(s string) bool { _, err := strconv.ParseBool(s); return err == nil },
	"lowercase":       func(s string) bool { return s != "" && s == strings.ToLower(s) },
	"uppercase":       func(s string) bool { return s != "" && s == strings.ToUpper(s) },
	"hexadecimal":     isHexadecimal,
	"hexcolor":        isHexColor,
	"e164":            isE164,
	"md4":             lowerHex(32),
	"md5":             lowerHex(32),
	"sha256":          lowerHex(64),
	"sha384":          lowerHex(96),
	"sha512":          lowerHex(128),
	"base32":          padded(isBase32Char, 8, base32Padding),
	"base64":          padded(isBase64Char, 4, base64Padding),
	"base64url":       padded(isURLChar, 4, base64Padding),
	"base64rawurl":    isBase64RawURL,
	"jwt":             isJWT,

	"uuid":          isUUID(0, false, true),
	"uuid3":         isUUID('3', false, false),
	"uuid4":         isUUID('4', true, false),
	"uuid5":         isUUID('5', true, false),
	"uuid7":         isUUID('7', true, false),
	"uuid_rfc4122":  isUUID(0, false, true),
	"uuid3_rfc4122": isUUID('3', false, true),
	"uuid4_rfc4122": isUUID('4', true, true),
	"uuid5_rfc4122": isUUID('5', true, true),

	"hostname":         func(s string) bool { return s != "" && isLetter(s[0]) && isHostname(s) },
	"hostname_rfc1123": isHostname,
	"hostname_label":   isHostLabel,
	"fqdn":             isFQDN,
	"ip":               func(s string) bool { _, ok := parseIP(s); return ok },
	"ipv4":             func(s string) bool { ip, ok := parseIP(s); return ok && ip.Unmap().Is4() },
	"ipv6":             func(s string) bool { ip, ok := parseIP(s); return ok && !ip.Unmap().Is4() },
}

// ordinaryTexts are rules whose ordinary values are easy to recognise. The library checks values that are
// not accepted here.
var ordinaryTexts = map[string]func(s string) bool{
	"email":     isOrdinaryEmail,
	"url":       func(s string) bool { return isOrdinaryURL(s, "http") || isOrdinaryURL(s, "https") },
	"http_url":  func(s string) bool { return isOrdinaryURL(s, "http") || isOrdinaryURL(s, "https") },
	"https_url": func(s string) bool { return isOrdinaryURL(s, "https") },
	"uri":       func(s string) bool { return isOrdinaryURL(s, "http") || isOrdinaryURL(s, "https") },
}

// withParam makes the check of a rule that has a parameter. It is nil for other rules.
func withParam(name, param string) func(s string) bool {
	switch name {
	case "contains":
		return func(s string) bool { return strings.Contains(s, param) }
	case "excludes":
		return func(s string) bool { return !strings.Contains(s, param) }
	case "containsany":
		return func(s string) bool { return strings.ContainsAny(s, param) }
	case "excludesall":
		return func(s string) bool { return !strings.ContainsAny(s, param) }
	case "containsrune":
		r, _ := utf8.DecodeRuneInString(param)
		return func(s string) bool { return strings.ContainsRune(s, r) }
	case "excludesrune":
		r, _ := utf8.DecodeRuneInString(param)
		return func(s string) bool { return !strings.ContainsRune(s, r) }
	case "startswith":
		return func(s string) bool { return strings.HasPrefix(s, param) }
	case "startsnotwith":
		return func(s string) bool { return !strings.HasPrefix(s, param) }
	case "endswith":
		return func(s string) bool { return strings.HasSuffix(s, param) }
	case "endsnotwith":
		return func(s string) bool { return !strings.HasSuffix(s, param) }
	case "eq_ignore_case":
		return func(s string) bool { return strings.EqualFold(s, param) }
	case "ne_ignore_case":
		return func(s string) bool { return !strings.EqualFold(s, param) }
	case "oneofci":
		return oneOfFolded(param, true)
	case "noneofci":
		return oneOfFolded(param, false)
	case "datetime":
		return func(s string) bool { _, err := time.Parse(param, s); return err == nil && hasOffset(param, s) }
	}
	return nil
}

// hasOffset refuses offsets of a day or more, or of an hour of minutes, which time.Parse takes (RFC 3339
// section 5.6). It looks at layouts that end with an offset.
func hasOffset(layout, text string) bool {
	if !strings.HasSuffix(layout, "07:00") && !strings.HasSuffix(layout, "0700") || strings.HasSuffix(text, "Z") {
		return true
	}
	minutes := text[len(text)-2:] // of an offset such as +07:00 or +0700
	hours := strings.TrimSuffix(text[:len(text)-2], ":")
	return hours[len(hours)-2:] < "24" && minutes < "60"
}

// parseIP refuses zones, as the library does.
func parseIP(s string) (netip.Addr, bool) {
	ip, err := netip.ParseAddr(s)
	return ip, err == nil && ip.Zone() == ""
}
