package sessions

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/soay-go/soay/sessions/internal/once"
)

// storeBackend keeps sessions in a store. The cookie holds 32 random bytes, and the id of the record is
// their hash. So nobody who reads the store can make a cookie of the id.
type storeBackend struct {
	store   Store
	opts    *Options
	refused once.Keys // ids of records whose refusal is in the log
}

// secretLength is the length of the cookie's value: 32 bytes in unpadded base64url.
const secretLength = 43

func (b *storeBackend) identify() (id, secret string) {
	var random [32]byte
	rand.Read(random[:]) // never fails
	return hashOf(random[:]), base64.RawURLEncoding.EncodeToString(random[:])
}

func hashOf(secret []byte) string {
	sum := sha256.Sum256(secret)
	return hex.EncodeToString(sum[:])
}

// call calls the store with a time limit. attempted goes into the error.
func (b *storeBackend) call(ctx context.Context, attempted string, f func(context.Context) error) error {
	ctx, cancel := b.opts.limit(ctx)
	defer cancel()
	return wrapStoreError(attempted, f(ctx))
}

// limit returns a context with the time limit for loading or saving a session. It does not end when the
// client goes away: changes are saved all the same, and a destroyed session is ended.
func (o *Options) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), o.StoreTimeout)
}

// wrapStoreError returns an error of a store other than [ErrGone] as one that makes the request fail with
// 503, and names what was attempted.
func wrapStoreError(attempted string, err error) error {
	if err == nil || errors.Is(err, ErrGone) {
		return err
	}
	return &UnavailableError{fmt.Errorf("%s: %w", attempted, err)}
}

func (b *storeBackend) open(ctx context.Context, rec *record, _, value string) error {
	secret, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil || len(value) != secretLength {
		return errors.New("sessions: the cookie is none of a session")
	}
	id := hashOf(secret)
	rec.storeID = id
	var r Record
	err = b.call(ctx, "load a session", func(ctx context.Context) (err error) {
		r, err = b.store.Load(ctx, id)
		return err
	})
	if err != nil {
		return err
	}
	if err := b.opts.checkLife(time.Now(), r.Created, r.Seen); err != nil {
		return err
	}
	if err := b.checkRecord(rec, id, &r); err != nil {
		if b.refused.First(id) {
			b.opts.Logger.WarnContext(ctx, "sessions: a record was refused", "reason", err)
		}
		return err
	}
	rec.user, rec.entries = r.User, entriesOf(r.Values, rec.buffer[:0])
	rec.loadedSize = rec.size()
	rec.id, rec.secret, rec.inStore, rec.valid = id, value, true, true
	rec.created, rec.seen = r.Created, r.Seen
	return nil
}

// checkRecord unseals a record and returns an error if it is too large.
func (b *storeBackend) checkRecord(rec *record, id string, r *Record) (err error) {
	if rec.dataKey, err = b.unseal(id, r); err != nil {
		return err
	}
	size := len(r.User)
	for name, value := range r.Values {
		size += len(name) + len(value)
	}
	if limit := maxOversize * b.opts.MaxBytes; size > limit {
		return &SizeError{Size: size, Limit: limit}
	}
	return nil
}

// unseal decrypts the values of a record if the options have a Codec. It refuses a record without a seal
// then, and a sealed one otherwise: somebody who can write into the store must not get around the seal.
func (b *storeBackend) unseal(id string, r *Record) (*dataKey, error) {
	if _, sealed := r.Values[sealedKey]; sealed != (b.opts.Codec != nil) {
		return nil, fmt.Errorf("sessions: the record is sealed: %t; by the options it should be: %t", sealed, !sealed)
	}
	if b.opts.Codec == nil {
		return nil, nil
	}
	key, err := unwrap(b.opts.Codec, id, *r)
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

// maxOversize is how many times MaxBytes a loaded record may have. Several requests that each keep to the
// limit can exceed it together, and the session should not be lost for that. It cannot grow further then,
// see checkSize.
const maxOversize = 4

// save writes only the values that this request has changed, so that it overwrites nothing that other
// requests have written meanwhile. It never brings back a session that has ended.
func (b *storeBackend) save(rec *record, _ string, now time.Time) (cookieUpdate, error) {
	update, err := b.saveChanges(rec, now)
	if err == nil {
		b.removeShown(rec)
	}
	return update, err
}

// removeShown removes the flash values that the response shows, unless another request has replaced them. An error
// does not make the request fail: the value is shown once more.
func (b *storeBackend) removeShown(rec *record) {
	for _, e := range rec.removed {
		if !e.flash || !rec.inStore {
			continue
		}
		shown := e.saved()
		at := storeLocation{id: rec.id, dataKey: rec.dataKey}
		err := b.modify(rec.ctx, rec, at, e.key, func(now []byte) ([]byte, error) {
			if bytes.Equal(now, shown) {
				return nil, nil
			}
			return now, nil
		})
		if err != nil && !errors.Is(err, ErrGone) {
			b.opts.Logger.WarnContext(rec.ctx, "sessions: a flash value was not removed", "key", e.key, "error", err)
		}
	}
}

func (b *storeBackend) saveChanges(rec *record, now time.Time) (_ cookieUpdate, err error) {
	now = now.Truncate(time.Second)
	slide := rec.inStore && now.Sub(rec.seen) >= b.opts.IdleTimeout/2
	if !rec.changed && !slide {
		return cookieUpdate{}, nil
	}
	ctx, end := rec.begin("session.save")
	defer func() { end(err) }()
	ctx, cancel := b.opts.limit(ctx)
	defer cancel()
	if !rec.changed {
		return b.slide(ctx, rec, now), nil
	}
	if err := b.opts.checkSize(rec.size(), rec.loadedSize); err != nil {
		return cookieUpdate{}, err
	}
	if (rec.storeID != "" || rec.duplicates != nil) && (rec.destroyed || rec.cleared && rec.isEmpty()) {
		if err := b.end(ctx, rec); err != nil {
			return cookieUpdate{}, err
		}
	}
	if !rec.inStore {
		return b.create(ctx, rec, now)
	}
	return b.change(ctx, rec, now)
}

// end removes the record of a session that was destroyed. If the request had several cookies and it is
// unknown which is the visitor's, it removes the records of all. It does so too where no record was found
// under the id: another request may have moved the record to a new id, and its cookie may not have reached
// the browser yet.
func (b *storeBackend) end(ctx context.Context, rec *record) error {
	ids := []string{rec.storeID}
	if rec.duplicates != nil {
		ids = rec.duplicates.storeIDs
	}
	for _, id := range ids {
		if err := wrapStoreError("end a session", b.store.Delete(ctx, id)); err != nil {
			return err
		}
	}
	if rec.id == rec.storeID { // a value that is set after Destroy begins a new session
		rec.renew()
	}
	rec.inStore, rec.storeID = false, ""
	return nil
}

// create makes the record of a session that has its first value. For an empty session it makes none, and
// deletes the cookie that the browser has.
func (b *storeBackend) create(ctx context.Context, rec *record, now time.Time) (cookieUpdate, error) {
	if rec.isEmpty() {
		return cookieUpdate{remove: rec.hadCookie}, nil
	}
	rec.identify()
	rec.created = now
	r := Record{
		Values: rec.values(), User: rec.user, Created: now, Seen: now, Expires: b.opts.expiry(now, now),
	}
	if b.opts.Codec != nil {
		rec.dataKey = newDataKey()
		if err := b.seal(rec, r.Values, now, true); err != nil {
			return cookieUpdate{}, err
		}
	}
	if err := wrapStoreError("create a session", b.store.Create(ctx, rec.id, r)); err != nil {
		return cookieUpdate{}, err
	}
	return cookieUpdate{value: rec.secret}, nil
}

// seal replaces values by their sealed form and adds the sealed start of the idle time. With rebind it adds
// the data key as well, bound to the id, the user and the start that the record has from now on.
func (b *storeBackend) seal(rec *record, values map[string][]byte, seen time.Time, rebind bool) (err error) {
	if rec.dataKey == nil {
		return nil
	}
	for name, value := range values {
		values[name] = rec.dataKey.seal(name, value)
	}
	values[sealedSeen] = rec.dataKey.sealTime(seen)
	if rebind {
		values[sealedKey], err = rec.dataKey.wrap(b.opts.Codec, rec.id, rec.user, rec.created)
	}
	return err
}

// change updates a record. A new identity and the changes are saved in one step. If the session has ended,
// the cookie is not deleted: the browser may have a newer one by now.
func (b *storeBackend) change(ctx context.Context, rec *record, now time.Time) (cookieUpdate, error) {
	change := rec.pending(now)
	renew := rec.id != rec.storeID
	if renew {
		if rec.id == "" {
			rec.id, rec.secret = b.identify()
		}
		rec.created, change.Created = now, now
	}
	change.Expires = b.opts.expiry(rec.created, now)
	if err := b.seal(rec, change.Set, now, renew || rec.cleared || rec.userSet); err != nil {
		return cookieUpdate{}, err
	}
	var err error
	if renew {
		err = b.store.Rename(ctx, rec.storeID, rec.id, change)
	} else {
		err = b.store.Update(ctx, rec.storeID, change)
	}
	if err := wrapStoreError("save a session", err); err != nil {
		return cookieUpdate{}, err
	}
	if renew || b.opts.Persistent { // a new value, or a new Max-Age
		return cookieUpdate{value: rec.secret}, nil
	}
	return cookieUpdate{}, nil
}

// slide begins the idle time anew, and the Max-Age of a persistent cookie. An error does not make the request
// fail, since the session was only read; the next request tries again.
func (b *storeBackend) slide(ctx context.Context, rec *record, now time.Time) cookieUpdate {
	change := Change{Set: map[string][]byte{}, Seen: now, Expires: b.opts.expiry(rec.created, now)}
	err := b.seal(rec, change.Set, now, false)
	if err == nil {
		err = b.store.Update(ctx, rec.storeID, change)
	}
	switch {
	case err == nil && b.opts.Persistent:
		return cookieUpdate{value: rec.secret}
	case err != nil && !errors.Is(err, ErrGone):
		b.opts.Logger.WarnContext(rec.ctx, "sessions: the idle time was not prolonged", "error", err)
	}
	return cookieUpdate{}
}

// modify replaces one value by the result of f, in one step of the store.
func (b *storeBackend) modify(ctx context.Context, rec *record, at storeLocation, key string, f func([]byte) ([]byte, error)) error {
	var failed error
	f = at.dataKey.reseal(key, f)
	err := b.call(ctx, "update a value", func(ctx context.Context) error {
		return b.store.Modify(ctx, at.id, key, func(old []byte) (data []byte, err error) {
			data, failed = f(old)
			return data, failed
		})
	})
	if failed != nil {
		return failed // an error of f, not of the store
	}
	return err
}
