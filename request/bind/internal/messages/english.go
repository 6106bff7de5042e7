package messages

import "strings"

// wording is a rule of the library with a param.
type wording struct{ rule, param string }

// synonyms are the rules of the library whose translations fit a violation of parsing.
var synonyms = map[string]wording{
	"date-time": {"datetime", "RFC 3339"},
	"duration":  {"datetime", "1h30m"},
}

// predicates are the English messages that the library does not have, without the name in front. The param
// replaces {1}. Violations of parsing come first, then rules of the library.
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
}

// ownEnglish returns the message for a rule that the library has no English for.
func ownEnglish(k key) (string, bool) {
	p, ok := predicates[k.rule]
	return k.name + " " + strings.ReplaceAll(p, "{1}", k.param), ok
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
