package messages

import (
	"math"
	"strconv"
	"strings"
)

// measures are the rules whose messages depend on what is measured: the length of a text, a number of items,
// a number, or a moment, which is compared with the present. The param, or an amount, replaces {1}.
var measures = map[string]struct{ text, items, number, moment string }{
	"len": {text: "must be {1} in length", items: "must contain {1}", number: "must be equal to {1}"},
	"min": {text: "must be at least {1} in length", items: "must contain at least {1}", number: "must be {1} or greater"},
	"max": {text: "must be a maximum of {1} in length", items: "must contain at most {1}", number: "must be {1} or less"},
	"lt": {text: "must be less than {1} in length", items: "must contain less than {1}", number: "must be less than {1}",
		moment: "must be less than the current Date & Time"},
	"lte": {text: "must be at most {1} in length", items: "must contain at most {1}", number: "must be {1} or less",
		moment: "must be less than or equal to the current Date & Time"},
	"gt": {text: "must be greater than {1} in length", items: "must contain more than {1}", number: "must be greater than {1}",
		moment: "must be greater than the current Date & Time"},
	"gte": {text: "must be at least {1} in length", items: "must contain at least {1}", number: "must be {1} or greater",
		moment: "must be greater than or equal to the current Date & Time"},
}

// predicates are the messages of all other rules, without the name in front. The param replaces {1}.
// Violations of parsing come first, then rules of the library.
var predicates = map[string]string{
	"integer":     "must be an integer",
	"string":      "must be a string",
	"array":       "must be an array",
	"object":      "must be an object",
	"date-time":   "must be a time such as 2006-01-02T15:04:05Z, or a date",
	"duration":    "must be a duration such as 1h30m",
	"text":        "is not valid",
	"value":       "is not valid",
	"range":       "is out of range",
	"repeated":    "must be sent only once",
	"file":        "must be a file",
	"filesize":    "must not be larger than {1}",
	"filetype":    "must be a file of the type {1}",
	"fieldsize":   "must have at most {1} bytes",
	"duplicate":   "must be there only once",
	"syntax":      "is not well-formed",
	"unsupported": "is not supported",
	"null":        "must not be null",
	"notnull":     "must not be null",
	"notblank":    "must not be blank",
	"unknown":     "is not known",
	"depth":       "is nested too deeply",
	"empty":       "must not be empty",
	"trailing":    "must be a single value",
	"utf8":        "must be valid UTF-8",
	"type":        "is of the wrong type",

	"base32":                     "must be a valid Base32 string",
	"base64url":                  "must be a valid Base64 string for URLs",
	"base64rawurl":               "must be a valid Base64 string for URLs without padding",
	"bcp47_language_tag":         "must be a valid BCP 47 language tag",
	"bic":                        "must be a valid BIC",
	"bic_iso_9362_2014":          "must be a valid BIC",
	"btc_addr":                   "must be a valid Bitcoin address",
	"btc_addr_bech32":            "must be a valid Bitcoin address in Bech32",
	"cmyk":                       "must be a valid CMYK color",
	"containsrune":               "must contain the character '{1}'",
	"country_code":               "must be a valid country code",
	"credit_card":                "must be a valid credit card number",
	"dns_rfc1035_label":          "must be a valid DNS label",
	"ein":                        "must be a valid employer identification number",
	"eq_ignore_case":             "is not equal to {1}",
	"eth_addr":                   "must be a valid Ethereum address",
	"eth_addr_checksum":          "must be a valid Ethereum address with a checksum",
	"eu_country_code":            "must be a valid country code of the EU",
	"fieldcontains":              "must contain the value of {1}",
	"fieldexcludes":              "must not contain the value of {1}",
	"hostname":                   "must be a valid hostname",
	"hostname_label":             "must be a valid label of a hostname",
	"hostname_port":              "must be a valid hostname and port",
	"hostname_rfc1123":           "must be a valid hostname",
	"html":                       "must contain HTML",
	"html_encoded":               "must be HTML-encoded",
	"http_url":                   "must be a valid HTTP URL",
	"https_url":                  "must be a valid HTTPS URL",
	"iso3166_1_alpha2":           "must be a valid two-letter country code",
	"iso3166_1_alpha2_eu":        "must be a valid two-letter country code of the EU",
	"iso3166_1_alpha3":           "must be a valid three-letter country code",
	"iso3166_1_alpha3_eu":        "must be a valid three-letter country code of the EU",
	"iso3166_1_alpha_numeric":    "must be a valid numeric country code",
	"iso3166_1_alpha_numeric_eu": "must be a valid numeric country code of the EU",
	"iso3166_2":                  "must be a valid code of a country's subdivision",
	"iso4217":                    "must be a valid currency code",
	"iso4217_numeric":            "must be a valid numeric currency code",
	"luhn_checksum":              "must have a valid Luhn checksum",
	"md4":                        "must be a valid MD4 hash",
	"md5":                        "must be a valid MD5 hash",
	"mongodb":                    "must be a valid MongoDB ObjectID",
	"mongodb_connection_string":  "must be a valid MongoDB connection string",
	"ne_ignore_case":             "should not be equal to {1}",
	"noneof":                     "must not be one of [{1}]",
	"noneofci":                   "must not be one of [{1}]",
	"oneofci":                    "must be one of [{1}]",
	"origin":                     "must be a valid origin",
	"port":                       "must be a valid port number",
	"ripemd128":                  "must be a valid RIPEMD-128 hash",
	"ripemd160":                  "must be a valid RIPEMD-160 hash",
	"semver":                     "must be a valid semantic version",
	"sha256":                     "must be a valid SHA-256 hash",
	"sha384":                     "must be a valid SHA-384 hash",
	"sha512":                     "must be a valid SHA-512 hash",
	"skip_unless":                "is not valid",
	"tiger128":                   "must be a valid Tiger-128 hash",
	"tiger160":                   "must be a valid Tiger-160 hash",
	"tiger192":                   "must be a valid Tiger-192 hash",
	"url_encoded":                "must be URL-encoded",
	"urn_rfc8141":                "must be a valid RFC 8141 URN",
	"uuid_rfc4122":               "must be a valid UUID",
	"uuid3_rfc4122":              "must be a valid version 3 UUID",
	"uuid4_rfc4122":              "must be a valid version 4 UUID",
	"uuid5_rfc4122":              "must be a valid version 5 UUID",
	"uuid7":                      "must be a valid version 7 UUID",

	"required":                      "is a required field",
	"required_if":                   "is a required field",
	"required_unless":               "is a required field",
	"required_with":                 "is a required field",
	"required_with_all":             "is a required field",
	"required_without":              "is a required field",
	"required_without_all":          "is a required field",
	"excluded_if":                   "is an excluded field",
	"excluded_unless":               "is an excluded field",
	"excluded_with":                 "is an excluded field",
	"excluded_with_all":             "is an excluded field",
	"excluded_without":              "is an excluded field",
	"excluded_without_all":          "is an excluded field",
	"isdefault":                     "must be default value",
	"eq":                            "is not equal to {1}",
	"ne":                            "should not be equal to {1}",
	"eqfield":                       "must be equal to {1}",
	"eqcsfield":                     "must be equal to {1}",
	"necsfield":                     "cannot be equal to {1}",
	"gtcsfield":                     "must be greater than {1}",
	"gtecsfield":                    "must be greater than or equal to {1}",
	"ltcsfield":                     "must be less than {1}",
	"ltecsfield":                    "must be less than or equal to {1}",
	"nefield":                       "cannot be equal to {1}",
	"gtfield":                       "must be greater than {1}",
	"gtefield":                      "must be greater than or equal to {1}",
	"ltfield":                       "must be less than {1}",
	"ltefield":                      "must be less than or equal to {1}",
	"alpha":                         "can only contain alphabetic characters",
	"alphanum":                      "can only contain alphanumeric characters",
	"alphaspace":                    "can only contain alphabetic and space characters",
	"alphanumspace":                 "can only contain alphanumeric and space characters",
	"alphaunicode":                  "can only contain unicode alphabetic characters",
	"alphanumunicode":               "can only contain unicode alphanumeric characters",
	"numeric":                       "must be a valid numeric value",
	"number":                        "must be a valid number",
	"hexadecimal":                   "must be a valid hexadecimal",
	"hexcolor":                      "must be a valid HEX color",
	"rgb":                           "must be a valid RGB color",
	"rgba":                          "must be a valid RGBA color",
	"hsl":                           "must be a valid HSL color",
	"hsla":                          "must be a valid HSLA color",
	"e164":                          "must be a valid E.164 formatted phone number",
	"email":                         "must be a valid email address",
	"url":                           "must be a valid URL",
	"uri":                           "must be a valid URI",
	"base64":                        "must be a valid Base64 string",
	"contains":                      "must contain the text '{1}'",
	"containsany":                   "must contain at least one of the following characters '{1}'",
	"startswith":                    "must start with '{1}'",
	"endswith":                      "must end with '{1}'",
	"startsnotwith":                 "must not start with '{1}'",
	"endsnotwith":                   "must not end with '{1}'",
	"excludes":                      "cannot contain the text '{1}'",
	"excludesall":                   "cannot contain any of the following characters '{1}'",
	"excludesrune":                  "cannot contain the following '{1}'",
	"isbn":                          "must be a valid ISBN number",
	"isbn10":                        "must be a valid ISBN-10 number",
	"isbn13":                        "must be a valid ISBN-13 number",
	"issn":                          "must be a valid ISSN number",
	"urn_rfc2141":                   "must be a valid RFC 2141 URN",
	"uuid":                          "must be a valid UUID",
	"uuid3":                         "must be a valid version 3 UUID",
	"uuid4":                         "must be a valid version 4 UUID",
	"uuid5":                         "must be a valid version 5 UUID",
	"ulid":                          "must be a valid ULID",
	"ascii":                         "must contain only ascii characters",
	"printascii":                    "must contain only printable ascii characters",
	"multibyte":                     "must contain multibyte characters",
	"datauri":                       "must contain a valid Data URI",
	"latitude":                      "must contain valid latitude coordinates",
	"longitude":                     "must contain a valid longitude coordinates",
	"ssn":                           "must be a valid SSN number",
	"ipv4":                          "must be a valid IPv4 address",
	"ipv6":                          "must be a valid IPv6 address",
	"ip":                            "must be a valid IP address",
	"cidr":                          "must contain a valid CIDR notation",
	"cidrv4":                        "must contain a valid CIDR notation for an IPv4 address",
	"cidrv6":                        "must contain a valid CIDR notation for an IPv6 address",
	"tcp_addr":                      "must be a valid TCP address",
	"tcp4_addr":                     "must be a valid IPv4 TCP address",
	"tcp6_addr":                     "must be a valid IPv6 TCP address",
	"udp_addr":                      "must be a valid UDP address",
	"udp4_addr":                     "must be a valid IPv4 UDP address",
	"udp6_addr":                     "must be a valid IPv6 UDP address",
	"ip_addr":                       "must be a resolvable IP address",
	"ip4_addr":                      "must be a resolvable IPv4 address",
	"ip6_addr":                      "must be a resolvable IPv6 address",
	"unix_addr":                     "must be a resolvable UNIX address",
	"mac":                           "must contain a valid MAC address",
	"fqdn":                          "must be a valid FQDN",
	"unique":                        "must contain unique values",
	"iscolor":                       "must be a valid color",
	"cron":                          "must be a valid cron expression",
	"oneof":                         "must be one of [{1}]",
	"json":                          "must be a valid json string",
	"jwt":                           "must be a valid jwt string",
	"lowercase":                     "must be a lowercase string",
	"uppercase":                     "must be an uppercase string",
	"datetime":                      "does not match the {1} format",
	"timezone":                      "must be a valid time zone",
	"postcode_iso3166_alpha2":       "does not match postcode format of {1} country",
	"postcode_iso3166_alpha2_field": "does not match postcode format of country in {1} field",
	"boolean":                       "must be a valid boolean value",
	"image":                         "must be a valid image",
	"mimetype":                      "must be a valid MIME type",
	"cve":                           "must be a valid cve identifier",
	"bcp47_strict_language_tag":     "must be a valid BCP 47 language tag",
	"validateFn":                    "must be a valid object",
}

// english returns the built-in message.
func english(k key) string {
	text, ok := predicates[k.rule]
	if m, measured := measures[k.rule]; measured {
		text, ok = m.number, k.param != ""
		switch shape := ShapeOf(k.t); {
		case shape == Text && ok:
			return k.name + " " + strings.ReplaceAll(m.text, "{1}", amount(k.param, "character"))
		case shape == Items && ok:
			return k.name + " " + strings.ReplaceAll(m.items, "{1}", amount(k.param, "item"))
		case shape == Moment && m.moment != "":
			text, ok = m.moment, true
		}
	}
	if !ok {
		return plainEnglish(k)
	}
	if k.rule == "filetype" {
		k.param = alternatives(k.param)
	}
	return k.name + " " + strings.ReplaceAll(text, "{1}", k.param)
}

// alternatives returns the options of a list with bars between them as English has them: a, b or c.
func alternatives(list string) string {
	options := strings.Split(list, "|")
	last := len(options) - 1
	if last == 0 {
		return list
	}
	return strings.Join(options[:last], ", ") + " or " + options[last]
}

// amount returns a number of things.
func amount(n, thing string) string {
	f, err := strconv.ParseFloat(n, 64)
	if err == nil && math.Trunc(math.Abs(f)) == 1 && !strings.Contains(n, ".") {
		return n + " " + thing
	}
	return n + " " + thing + "s"
}

// plainEnglish returns a message for a rule of which only the name is known.
func plainEnglish(k key) string {
	switch {
	case k.rule == "":
		return k.name + " is not valid"
	case strings.Contains(k.rule, "|"):
		return k.name + " does not fulfil any of the rules " + strings.ReplaceAll(k.rule, "|", ", ")
	case k.param != "":
		return k.name + " does not fulfil the rule " + k.rule + "=" + k.param
	}
	return k.name + " does not fulfil the rule " + k.rule
}
