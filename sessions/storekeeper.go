package sessions

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/soay-go/soay/sessions/internal/notes"
)

// storeKeeper keeps sessions in a store. The cookie holds 32 random bytes, and the store the hash of
// them, so what the store holds opens no session.
type storeKeeper struct {
	store Store
	opts  *Options
	noted notes.Notes
}

// secretLength is that of a secret in the cookie: 32 bytes in unpadded base64url.
const secretLength = 43

func (k *storeKeeper) identify() (id, secret string) {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return hashOf(b[:]), base64.RawURLEncoding.EncodeToString(b[:])
}

func hashOf(secret []byte) string {
	sum := sha256.Sum256(secret)
	return hex.EncodeToString(sum[:])
}

// call gives the store its time for one thing.
func (k *storeKeeper) call(rec *record, what string, f func(context.Context) error) error {
	ctx, cancel := k.opts.limit(rec.ctx)
	defer cancel()
	return attempt(what, f(ctx))
}

// limit returns the time for looking at a session, or for saving it. The client may have gone
// meanwhile, which is no reason to lose what was changed or to leave a session that was destroyed.
func (o *Options) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), o.StoreTimeout)
}

// attempt says what a store could not do.
func attempt(what string, err error) error {
	if err == nil || errors.Is(err, ErrGone) {
		return err
	}
	return &UnavailableError{fmt.Errorf("%s: %w", what, err)}
}

func (k *storeKeeper) open(rec *record, _, value string) error {
	secret, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil || len(value) != secretLength {
		return errors.New("sessions: the cookie is none of a session")
	}
	id := hashOf(secret)
	rec.place = id
	var r Record
	err = k.call(rec, "load a session", func(ctx context.Context) (err error) {
		r, err = k.store.Load(ctx, id)
		return err
	})
	if err != nil {
		return err
	}
	if err := k.opts.checkLife(time.Now(), r.Created, r.Seen); err != nil {
		return err
	}
	if err := k.checkRecord(rec, id, &r); err != nil {
		if k.noted.First(id) {
			k.opts.Logger.WarnContext(rec.ctx, "sessions: a record was refused", "reason", err)
		}
		return err
	}
	rec.user, rec.entries = r.User, entriesOf(r.Values, rec.room[:0])
	rec.opened = rec.size()
	rec.id, rec.secret, rec.kept, rec.stored = id, value, true, true
	rec.created, rec.seen = r.Created, r.Seen
	return nil
}

// checkRecord unseals a record, and refuses one that cannot be that of a session.
func (k *storeKeeper) checkRecord(rec *record, id string, r *Record) (err error) {
	if rec.dataKey, err = k.unseal(id, r); err != nil {
		return err
	}
	size := len(r.User)
	for name, value := range r.Values {
		size += len(name) + len(value)
	}
	if limit := tooMuch * k.opts.MaxBytes; size > limit {
		return &SizeError{Size: size, Limit: limit}
	}
	return nil
}

// unseal opens the values of a record where they are sealed. A record that is not as the options want
// it is refused either way: whoever can write into the store must not get around the seal.
func (k *storeKeeper) unseal(id string, r *Record) (*dataKey, error) {
	if _, sealed := r.Values[sealedKey]; sealed != (k.opts.Codec != nil) {
		return nil, fmt.Errorf("sessions: the record is sealed: %t; by the options it should be: %t", sealed, !sealed)
	}
	if k.opts.Codec == nil {
		return nil, nil
	}
	key, err := unwrap(k.opts.Codec, id, *r)
	if err != nil {
		return nil, err
	}
	if err := key.checkTime(r.Values[sealedSeen], r.Seen); err != nil {
		return nil, err
	}
	delete(r.Values, sealedKey)
	delete(r.Values, sealedSeen)
	for name, value := range r.Values {
		if r.Values[name], err = key.open(name, value); err != nil {
			return nil, err
		}
	}
	return key, nil
}

// tooMuch is how many times the size of a session a record may have: requests that each keep to the
// limit can go beyond it together, and the session should not be lost for that. It cannot grow further
// then.
const tooMuch = 4

// save writes what the request changed and nothing else, so that what other requests wrote meanwhile
// stays. It never brings a session back that has ended.
func (k *storeKeeper) save(rec *record, _ string, now time.Time) (instruction, error) {
	now = now.Truncate(time.Second)
	slide := rec.kept && now.Sub(rec.seen) >= k.opts.IdleTimeout/2
	if !rec.changed && !slide {
		return instruction{}, nil
	}
	ctx, cancel := k.opts.limit(rec.ctx)
	defer cancel()
	if !rec.changed {
		return k.slide(ctx, rec, now), nil
	}
	if err := k.opts.checkSize(rec.size(), rec.opened); err != nil {
		return instruction{}, err
	}
	if (rec.place != "" || rec.several != nil) && (rec.destroyed || rec.cleared && rec.isEmpty()) {
		if err := k.end(ctx, rec); err != nil {
			return instruction{}, err
		}
	}
	if !rec.kept {
		return k.create(ctx, rec, now)
	}
	return k.change(ctx, rec, now)
}

// end removes the record of a session that was destroyed, or those of all cookies of which nobody knows which
// is the visitor's. It does so too where nothing was found under
// the id: another request may have moved the record meanwhile, whose cookie the browser is yet to get.
func (k *storeKeeper) end(ctx context.Context, rec *record) error {
	ids := []string{rec.place}
	if rec.several != nil {
		ids = rec.several.places
	}
	for _, id := range ids {
		if err := attempt("end a session", k.store.Delete(ctx, id)); err != nil {
			return err
		}
	}
	if rec.id == rec.place { // what is set after Destroy is a new session
		rec.renew()
	}
	rec.kept, rec.place = false, ""
	return nil
}

// create makes the record of a session that has its first value. An empty one leaves no trace but
// the deletion of what the browser has.
func (k *storeKeeper) create(ctx context.Context, rec *record, now time.Time) (instruction, error) {
	if rec.isEmpty() {
		return instruction{remove: rec.sent}, nil
	}
	rec.identify()
	rec.created = now
	r := Record{
		Values: rec.values(), User: rec.user, Created: now, Seen: now, Expires: k.opts.expiry(now, now),
	}
	if k.opts.Codec != nil {
		rec.dataKey = newDataKey()
		if err := k.seal(rec, r.Values, now, true); err != nil {
			return instruction{}, err
		}
	}
	if err := attempt("create a session", k.store.Create(ctx, rec.id, r)); err != nil {
		return instruction{}, err
	}
	return instruction{value: rec.secret}, nil
}

// seal replaces values by what the store is to keep, the start of the idle time among them. With rebind
// the key of the record is there too, bound anew to what the record is.
func (k *storeKeeper) seal(rec *record, values map[string][]byte, seen time.Time, rebind bool) (err error) {
	if rec.dataKey == nil {
		return nil
	}
	for name, value := range values {
		values[name] = rec.dataKey.seal(name, value)
	}
	values[sealedSeen] = rec.dataKey.sealTime(seen)
	if rebind {
		values[sealedKey], err = rec.dataKey.wrap(k.opts.Codec, rec.id, rec.user, rec.created)
	}
	return err
}

// change updates a record. If it has a new identity, that and what is new go in one step. The browser
// keeps the cookie of a session that has ended: it may have a newer one by now.
func (k *storeKeeper) change(ctx context.Context, rec *record, now time.Time) (instruction, error) {
	change := rec.pending(now)
	renew := rec.id != rec.place
	if renew {
		if rec.id == "" {
			rec.id, rec.secret = k.identify()
		}
		rec.created, change.Created = now, now
	}
	change.Expires = k.opts.expiry(rec.created, now)
	if err := k.seal(rec, change.Set, now, renew || rec.cleared || rec.owned); err != nil {
		return instruction{}, err
	}
	var err error
	if renew {
		err = k.store.Rename(ctx, rec.place, rec.id, change)
	} else {
		err = k.store.Update(ctx, rec.place, change)
	}
	if err := attempt("save a session", err); err != nil {
		return instruction{}, err
	}
	if renew || k.opts.Persistent { // a new value, or a new Max-Age
		return instruction{value: rec.secret}, nil
	}
	return instruction{}, nil
}

// slide begins the idle time anew, and that of a cookie which has one. That it fails is no reason to refuse
// what was only read: the next request tries again.
func (k *storeKeeper) slide(ctx context.Context, rec *record, now time.Time) instruction {
	change := Change{Set: map[string][]byte{}, Seen: now, Expires: k.opts.expiry(rec.created, now)}
	err := k.seal(rec, change.Set, now, false)
	if err == nil {
		err = k.store.Update(ctx, rec.place, change)
	}
	switch {
	case err == nil && k.opts.Persistent:
		return instruction{value: rec.secret}
	case err != nil && !errors.Is(err, ErrGone):
		k.opts.Logger.WarnContext(rec.ctx, "sessions: the idle time was not prolonged", "error", err)
	}
	return instruction{}
}

// expiry returns when a record ends, whichever of its two lifetimes ends first.
func (o *Options) expiry(created, seen time.Time) time.Time {
	absolute, idle := created.Add(o.MaxAge), seen.Add(o.IdleTimeout)
	if absolute.Before(idle) {
		return absolute
	}
	return idle
}

// modify replaces one value by what f makes of it, in one step of the store.
func (k *storeKeeper) modify(rec *record, at keptAt, key string, f func([]byte) ([]byte, error)) error {
	var failed error
	f = at.dataKey.reseal(key, f)
	err := k.call(rec, "update a value", func(ctx context.Context) error {
		return k.store.Modify(ctx, at.place, key, func(old []byte) (data []byte, err error) {
			data, failed = f(old)
			return data, failed
		})
	})
	if failed != nil {
		return failed // which is not the store's
	}
	return err
}
