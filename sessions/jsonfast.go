package sessions

import (
	"bytes"
	"strconv"
)

// Most values of sessions are short texts, whole numbers and truth values, for which encoding/json
// does far more than there is to do. What follows does the same for the spellings that need no
// thinking, and leaves all others to it.

// appendPlain appends the JSON of v as encoding/json writes it, and reports whether it could.
func appendPlain(b []byte, v any) ([]byte, bool) {
	switch v := v.(type) {
	case int:
		return strconv.AppendInt(b, int64(v), 10), true
	case bool:
		return strconv.AppendBool(b, v), true
	case string:
		if !isPlainText(v) {
			return b, false
		}
		b = append(b, '"')
		b = append(b, v...)
		return append(b, '"'), true
	}
	return b, false
}

// decodePlain reads JSON into target, and reports whether it could.
func decodePlain(data []byte, target any) bool {
	switch t := target.(type) {
	case *int:
		return put(t)(plainInt(data))
	case *bool:
		return put(t)(plainBool(data))
	case *string:
		return put(t)(plainText(data))
	case *any:
		return put(t)(plainAny(data))
	}
	return false
}

// put stores a value that could be read.
func put[T any](target *T) func(v T, ok bool) bool {
	return func(v T, ok bool) bool {
		if ok {
			*target = v
		}
		return ok
	}
}

// plainAny reads what the first byte promises.
func plainAny(data []byte) (v any, ok bool) {
	switch {
	case len(data) == 0:
	case data[0] == '"':
		v, ok = plainText(data)
	case data[0] == 't', data[0] == 'f':
		v, ok = plainBool(data)
	default:
		v, ok = plainInt(data)
	}
	return v, ok
}

// maxDigits is how many digits a whole number may have that cannot overflow an int of 32 bits.
const maxDigits = 9

func plainInt(data []byte) (n int, ok bool) {
	digits := bytes.TrimPrefix(data, []byte("-"))
	if len(digits) == 0 || len(digits) > maxDigits || digits[0] == '0' && len(data) > 1 {
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	if len(digits) < len(data) {
		n = -n
	}
	return n, true
}

func plainBool(data []byte) (v, ok bool) {
	v = string(data) == "true"
	return v, v || string(data) == "false"
}

// plainText returns what is between the quotes of a text without escapes.
func plainText(data []byte) (string, bool) {
	if len(data) < 2 || data[0] != '"' || data[len(data)-1] != '"' {
		return "", false
	}
	if data = data[1 : len(data)-1]; !isPlainText(data) {
		return "", false
	}
	return string(data), true
}

// isPlainText reports whether all bytes of a text are of ASCII and stand for themselves in JSON, also
// in that of encoding/json, which escapes what means something in HTML.
func isPlainText[T string | []byte](text T) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ' || c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}
