package sessions

import (
	"context"
	"maps"
	"time"
)

// Store keeps sessions on a server, one record for each, while the browser holds only an id. It is
// the contract between this package and packages such as a memory, Redis or SQL store; handlers
// never call it.
//
// All methods may be called by many goroutines and from several processes that share the same data.
// They honour the context and return its error when it ends first. An error that does not wrap
// [ErrGone] means that the store could not do its work; the request is then refused rather than
// treated as anonymous.
//
// The id that a store gets is a hash of the value in the cookie. So nobody can take a session over with the
// data of the store. Expiry is the duty of the store as well: a record past its Expires is never
// returned and never brought back.
//
// Arguments and results belong to the caller, so a store keeps and returns copies. A change is seen
// whole or not at all. No key is both in Set and in Delete of a Change.
//
// If a store has a method Check() error, its error stops the start of the app. With App.UseHealth the method
// CheckHealth(context.Context) error, if it has one, is asked whether the store works: it returns why not, and returns
// when its context ends. See package health.
type Store interface {
	// Load returns the record of id. It fails with [ErrGone] when there is none or it has expired.
	Load(ctx context.Context, id string) (Record, error)
	// Create keeps a new record under id, which is random and has never been used. It fails when
	// there is a record of that id.
	Create(ctx context.Context, id string, record Record) error
	// Update applies a change to the record of id as it is now, not as it was loaded: values that
	// the change does not name keep what other requests wrote meanwhile. It fails with [ErrGone]
	// when there is no record; it never makes one, so a request that was slow cannot revive a
	// session that has been logged out.
	Update(ctx context.Context, id string, change Change) error
	// Modify replaces the value of one key by the result of f, atomically: no other write to
	// that key comes between. f gets nil for a missing key, removes it by returning nil, and may
	// run more than once. It fails with [ErrGone] as Update does, and with the error of f, in which
	// case nothing changes. A panic of f passes through and changes nothing either. f must not use the
	// store.
	Modify(ctx context.Context, id, key string, f func(value []byte) ([]byte, error)) error
	// Rename moves the record from one id to another and applies a change as Update does, all in one
	// step; the old id is gone for every request from then on, also for those in flight. Only Delete
	// still finds the record by it, however often it moves on, at least until the Expires of the
	// change. It fails with [ErrGone] when there is no record of the old id. When there is one of the
	// new id it fails in another way and changes nothing. A store that cannot do it in one step ends
	// the session rather than leave two.
	Rename(ctx context.Context, from, to string, change Change) error
	// Delete removes the record of id. If a Rename has moved the record to another id, Delete follows it:
	// a logout ends the session also when another request of the same browser has just signed in. No
	// call that is under way brings the record back. A missing record is no error. Delete fails when it
	// cannot find out where the record is.
	Delete(ctx context.Context, id string) error
	// ListUser returns the ids of all live records of a user. The user "" is nobody and has none.
	ListUser(ctx context.Context, user string) ([]string, error)
	// DeleteUser removes all live records of a user, in one step: also those that move to another id at
	// the same moment, however often, and no call that is under way brings one of them back. A record that
	// gets this user meanwhile may stay. A user without records is no error; the user "" is nobody and has
	// none. After an error some records may be left; another call removes them.
	DeleteUser(ctx context.Context, user string) error
}

// Record is one session in a store.
type Record struct {
	// Values holds the encoded values by their keys.
	Values map[string][]byte
	// User is the user whose session it is, "" for nobody.
	User string
	// Created is the start of the absolute life, to the second.
	Created time.Time
	// Seen is the start of the idle time, to the second.
	Seen time.Time
	// Expires is when the record ends, whichever of the two lifetimes ends first.
	Expires time.Time
}

// Change is the changes that one request makes to a record.
type Change struct {
	// Clear removes all values before the others are set.
	Clear bool
	// Set holds the values that were set, encoded.
	Set map[string][]byte
	// Delete names the keys whose values were removed.
	Delete []string
	// User is the new owner where it is not nil.
	User *string
	// Created is the new start of the absolute life where it is not zero.
	Created time.Time
	// Seen and Expires replace those of the record.
	Seen, Expires time.Time
}

// Apply returns a record with the change applied, for stores that keep whole records. The result has a new map,
// whose values are shared.
func (c Change) Apply(r Record) Record {
	values := make(map[string][]byte, len(r.Values)+len(c.Set))
	if !c.Clear {
		maps.Copy(values, r.Values)
	}
	for _, key := range c.Delete {
		delete(values, key)
	}
	maps.Copy(values, c.Set)
	r.Values = values
	if c.User != nil {
		r.User = *c.User
	}
	if !c.Created.IsZero() {
		r.Created = c.Created
	}
	r.Seen, r.Expires = c.Seen, c.Expires
	return r
}
