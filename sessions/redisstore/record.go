package redisstore

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/soay-go/soay/sessions"
)

// The fields of a record. The names of fields with values begin with valuePrefix, and no other does. The
// scripts use the same names.
const (
	fieldID      = "id"      // of the record, so that a copy under another id is no session
	fieldUser    = "user"    // missing for nobody
	fieldCreated = "created" // Unix seconds
	fieldSeen    = "seen"    // Unix seconds
	fieldExpires = "expires" // Unix milliseconds
	fieldListed  = "listed"  // until when the id is listed for the user, Unix milliseconds
	fieldPending = "pending" // the id is reserved by a Rename and is no session yet
	fieldMoved   = "moved"   // the new id; there is no session under this one any more
	fieldToken   = "token"   // the call that made the record

	valuePrefix = "v:"
)

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// newToken returns a random text that identifies one call.
func newToken() string {
	var b [12]byte
	rand.Read(b[:]) // never fails
	return base64.RawStdEncoding.EncodeToString(b[:])
}

// encode returns the fields and contents of a record, alternating. The values are copied, because a call whose
// context has ended may still be sending them.
func encode(id string, r sessions.Record) []any {
	fields := make([]any, 0, 12+2*len(r.Values))
	fields = append(fields, fieldID, id,
		fieldCreated, seconds(r.Created), fieldSeen, seconds(r.Seen), fieldExpires, millis(r.Expires))
	if r.User != "" {
		fields = append(fields, fieldUser, r.User)
	}
	for key, value := range r.Values {
		fields = append(fields, valuePrefix+key, string(value))
	}
	return fields
}

// decode is the reverse of encode. It ignores unknown fields.
func decode(id string, fields map[string]string) (sessions.Record, error) {
	if fields[fieldID] != id {
		return sessions.Record{}, errors.New("it is of another id")
	}
	r := sessions.Record{User: fields[fieldUser], Values: make(map[string][]byte, len(fields))}
	var errs [3]error
	r.Created, errs[0] = parseTime(fields, fieldCreated, secondsUTC)
	r.Seen, errs[1] = parseTime(fields, fieldSeen, secondsUTC)
	r.Expires, errs[2] = parseTime(fields, fieldExpires, time.UnixMilli)
	for name, content := range fields {
		if key, ok := strings.CutPrefix(name, valuePrefix); ok {
			r.Values[key] = []byte(content)
		}
	}
	return r, errors.Join(errs[:]...)
}

func secondsUTC(n int64) time.Time { return time.Unix(n, 0) }

func parseTime(fields map[string]string, name string, from func(int64) time.Time) (time.Time, error) {
	n, err := strconv.ParseInt(fields[name], 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("its field %s is no time", name)
	}
	return from(n).UTC(), nil
}
