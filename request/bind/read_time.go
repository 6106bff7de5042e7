package bind

import (
	"reflect"
	"strings"
	"time"
)

// setTime takes a moment with its offset (RFC 3339), or a date, which begins at midnight in UTC.
func setTime(text string, v reflect.Value) string {
	t, ok := parseTime(text)
	if !ok {
		return forms[kindTime]
	}
	*v.Addr().Interface().(*time.Time) = t
	return ""
}

// parseTime returns false for a text that is no time.
func parseTime(text string) (time.Time, bool) {
	if len(text) == len(time.DateOnly) {
		t, err := time.Parse(time.DateOnly, text)
		return t, err == nil
	}
	// Go knows no leap seconds. So one is read as the second before it, and a second is added (RFC 3339 section 5.7).
	const seconds = len("2006-01-02T15:04:")
	isLeap := len(text) > seconds+2 && text[seconds:seconds+2] == "60"
	if isLeap {
		text = text[:seconds] + "59" + text[seconds+2:]
	}
	if len(text) > 0 && text[len(text)-1] == 'z' || len(text) > 10 && text[10] == 't' {
		text = strings.ToUpper(text) // the letters may be small (RFC 3339 section 5.6)
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || !isStrictTime(text) {
		return t, false
	}
	if isLeap { // there are leap seconds only at the end of a day in UTC
		utc := t.UTC()
		return t.Add(time.Second), utc.Hour() == 23 && utc.Minute() == 59
	}
	return t, true
}

// isStrictTime refuses texts that time.Parse takes, though RFC 3339 section 5.6 does not: hours of one
// digit, a comma before the fraction, and offsets of a day or more.
func isStrictTime(text string) bool {
	if text[len("2006-01-02T1")] == ':' || text[len("2006-01-02T15:04:05")] == ',' {
		return false
	}
	offset := text[len(text)-len("07:00"):] // without its sign; part of the seconds if the text ends with Z
	return text[len(text)-1] == 'Z' || offset[:2] < "24" && offset[3:] < "60"
}
