package header

import (
	"encoding/base64"
	"strings"
)

// strictBase64 refuses a spelling whose unused bits are not zero.
var strictBase64 = base64.StdEncoding.Strict()

// ParseAuthorization splits the value of an Authorization header into its scheme, in lower case, and the credentials after the
// space, unchanged (RFC 9110, 11.4). Credentials may be missing, as some schemes need none at first. It is false if the scheme is no
// token, if another character than a space follows it, or if the credentials have control characters.
func ParseAuthorization(value string) (scheme, credentials string, ok bool) {
	scheme, credentials, _ = strings.Cut(trim(value), " ")
	if !IsToken(scheme) || !ValidValue(credentials) {
		return "", "", false
	}
	return lowerScheme(scheme), strings.TrimLeft(credentials, " "), true
}

// lowerScheme saves the allocation of strings.ToLower for the schemes that nearly every request has.
func lowerScheme(scheme string) string {
	switch scheme {
	case "Basic":
		return "basic"
	case "Bearer":
		return "bearer"
	case "ApiKey":
		return "apikey"
	}
	return strings.ToLower(scheme)
}

// ParseBasic decodes the credentials of the scheme basic (RFC 7617, 2). The user ends at the first colon; user and password may be
// empty. It is false without a colon, for a control character in either, and for every spelling of base64 but the canonical one.
// Bytes above 0x7F are not changed; browsers send UTF-8.
func ParseBasic(credentials string) (user, password string, ok bool) {
	if !base64Chars.spells(credentials) { // the decoder would skip line breaks
		return "", "", false
	}
	decoded, err := strictBase64.DecodeString(credentials)
	if err != nil {
		return "", "", false
	}
	user, password, ok = strings.Cut(string(decoded), ":")
	if !ok || hasControl(user) || hasControl(password) {
		return "", "", false
	}
	return user, password, true
}

// hasControl reports whether s has an ASCII control character. Unlike in a field value, the tab is one of them.
func hasControl(s string) bool {
	return !ValidValue(s) || strings.IndexByte(s, '\t') >= 0
}

// ParseBearer returns the token in the credentials of the scheme bearer (RFC 6750, 2.1). It is false if that is not a b64token:
// letters, digits and "-._~+/", then any number of "=".
func ParseBearer(credentials string) (token string, ok bool) {
	if !bearerChars.spells(strings.TrimRight(credentials, "=")) {
		return "", false
	}
	return credentials, true
}
