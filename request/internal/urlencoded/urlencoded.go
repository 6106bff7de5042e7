// Package urlencoded reads queries and forms, application/x-www-form-urlencoded, by the rules of the
// URL standard: & alone separates fields, plus stands for a space, a name without = has an empty
// value, and empty pieces do not count.
package urlencoded

import (
	"errors"
	"iter"
	"net/url"
	"strings"
	"unicode/utf8"
)

// errText is the error of a name or value whose bytes are not valid UTF-8.
var errText = errors.New("urlencoded: not valid UTF-8")

// Fields iterates over the names and values of a text, both still encoded.
func Fields(text string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for text != "" {
			var piece string
			piece, text, _ = strings.Cut(text, "&")
			if piece == "" {
				continue
			}
			name, value, _ := strings.Cut(piece, "=")
			if !yield(name, value) {
				return
			}
		}
	}
}

// Decode undoes the encoding of a name or value. It returns the string itself, without a copy, when
// nothing in it is encoded.
func Decode(s string) (string, error) {
	for i := range len(s) {
		if c := s[i]; c == '%' || c == '+' || c >= utf8.RuneSelf {
			return decode(s)
		}
	}
	return s, nil
}

func decode(s string) (string, error) {
	s, err := url.QueryUnescape(s)
	if err == nil && !utf8.ValidString(s) {
		err = errText
	}
	if err != nil {
		return "", err
	}
	return s, nil
}

// IsEncoded reports whether Decode would change s or refuse its encoding.
func IsEncoded(s string) bool { return strings.ContainsAny(s, "%+") }
