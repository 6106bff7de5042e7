package bind

import (
	"reflect"
	"strings"
	"time"
)

// setTime takes a moment with its offset (RFC 3339) or a date, which begins at midnight in UTC.
func setTime(text string, v reflect.Value) string {
	t, ok := parseTime(text)
	if !ok {
		return forms[kindTime]
	}
	*v.Addr().Interface().(*time.Time) = t
	return ""
}

func parseTime(text string) (time.Time, bool) {
	if len(text) == len(time.DateOnly) {
		t, err := time.Parse(time.DateOnly, text)
		return t, err == nil
	}
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
	if isLeap { // there are some at the end of a day in UTC, and Go knows none (section 5.7)
		utc := t.UTC()
		return t.Add(time.Second), utc.Hour() == 23 && utc.Minute() == 59
	}
	return t, true
}

// isStrictTime keeps out what time.Parse takes besides RFC 3339 (section 5.6): hours of one digit,
// a comma before the fraction, and offsets of a day or an hour too much.
func isStrictTime(text string) bool {
	if text[len("2006-01-02T1")] == ':' || text[len("2006-01-02T15:04:05")] == ',' {
		return false
	}
	offset := text[len(text)-len("07:00"):]
	return text[len(text)-1] == 'Z' || offset[:2] < "24" && offset[3:] < "60"
}
