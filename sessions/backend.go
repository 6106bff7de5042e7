package sessions

import (
	"context"
	"errors"
	"time"
)

// backend is where a manager keeps sessions: in the cookie itself (cookieBackend), or in a store, where the
// cookie holds the key to one record (storeBackend).
//
// Each method is called with the mutex of the record held, or before any other goroutine has the record.
// The exception is modify.
type backend interface {
	// open fills the record from the value of the cookie. A non-nil error means that there is no
	// session. *UnavailableError means that it could not be found out whether there is one.
	open(ctx context.Context, rec *record, name, value string) error
	// identify returns the identity of a new session and, where the cookie is a key to a record, the
	// value of that cookie.
	identify() (id, secret string)
	// save saves the changes of the record and returns what becomes of the cookie.
	save(rec *record, name string, now time.Time) (cookieUpdate, error)
	// modify replaces one value by the result of f, atomically. It is called only for sessions in a
	// store, and without the mutex, because a commit may hold that for as long as the store takes. So it
	// reads only the fields of the record that never change; the others come with at.
	modify(ctx context.Context, rec *record, at storeLocation, key string, f func([]byte) ([]byte, error)) error
}

// storeLocation says where a store has a value that is to be replaced, and what limits the new one.
type storeLocation struct {
	id         string
	dataKey    *dataKey // seals the value, nil where nothing is sealed
	loadedSize int      // the size of the session when it was loaded
	otherSize  int      // the size of the session without the value
}

// cookieUpdate says what becomes of the cookie: a new value, its deletion or, if it is zero, nothing.
type cookieUpdate struct {
	value  string
	remove bool
	maxAge int32 // seconds, 0 for a cookie that ends with the browser
}

// checkLife returns an error for a session that has ended.
func (o *Options) checkLife(now, created, seen time.Time) error {
	switch {
	case created.After(now.Add(maxSkew)):
		return errors.New("sessions: the session is from the future")
	case !now.Before(created.Add(o.MaxAge)), !now.Before(seen.Add(o.IdleTimeout)):
		return errors.New("sessions: the session has expired")
	}
	return nil
}

// maxSkew is how far the clock of another instance that saved a session may be ahead.
const maxSkew = 5 * time.Minute

// expiry returns when a session ends, whichever of its two lifetimes ends first.
func (o *Options) expiry(created, seen time.Time) time.Time {
	absolute, idle := created.Add(o.MaxAge), seen.Add(o.IdleTimeout)
	if absolute.Before(idle) {
		return absolute
	}
	return idle
}
