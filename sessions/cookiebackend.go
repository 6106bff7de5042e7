package sessions

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/soay-go/soay/request/header"
)

// backend is where a manager keeps sessions: in the cookie itself, or in a store of which the cookie
// holds the way to one record. Its methods are called with the mutex of the record held, or before
// anybody else has it.
type backend interface {
	// open fills the record from the value of the cookie. The error says why the value is of no use;
	// an *UnavailableError, that nobody knows.
	open(rec *record, name, value string) error
	// identify returns the identity of a new session, and the secret that is the way to it if there
	// is one.
	identify() (id, secret string)
	// save keeps the changes of the record and says what the browser is told.
	save(rec *record, name string, now time.Time) (cookieUpdate, error)
	// modify replaces one value by what f makes of it, atomically. It is asked for sessions that are
	// kept elsewhere than in the cookie, and without the mutex: so the record is only there for what
	// never changes in it, and where it is kept comes along.
	modify(rec *record, at storeLocation, key string, f func([]byte) ([]byte, error)) error
}

// storeLocation is where a store has a record of which one value is to be replaced, and what seals it there.
type storeLocation struct {
	place   string
	dataKey *dataKey
	opened  int // the size that the session had
	others  int // what all but the value take
}

// cookieUpdate is what becomes of the cookie: a new value, its deletion, or nothing.
type cookieUpdate struct {
	value  string
	remove bool
	maxAge int32 // seconds, 0 for the default
}

// cookieBackend keeps sessions in cookies.
type cookieBackend struct{ opts *Options }

func (b *cookieBackend) identify() (id, secret string) { return newID(), "" }

func (b *cookieBackend) open(rec *record, name, value string) error {
	data, err := b.opts.Codec.Decode(name, value)
	if err != nil {
		return fmt.Errorf("sessions: open the seal: %w", err)
	}
	p, err := decodePayload(data, rec.buffer[:])
	if err != nil {
		return err
	}
	now := time.Now()
	if err := b.opts.checkLife(now, p.created, p.seen); err != nil {
		return err
	}
	rec.recentlySeen = now.Sub(p.seen) < b.opts.IdleTimeout/2
	if err := b.checkEpoch(rec.ctx, p); err != nil {
		return err
	}
	rec.epoch = p.epoch
	rec.entries, rec.id, rec.created, rec.seen, rec.valid = p.entries, p.id, p.created, p.seen, true
	rec.user = p.user
	return nil
}

// checkLife refuses sessions that have ended.
func (o *Options) checkLife(now, created, seen time.Time) error {
	switch {
	case created.After(now.Add(maxSkew)):
		return errors.New("sessions: the session is from the future")
	case !now.Before(created.Add(o.MaxAge)), !now.Before(seen.Add(o.IdleTimeout)):
		return errors.New("sessions: the session has expired")
	}
	return nil
}

// checkEpoch refuses a session of a user whose sessions have been ended since it was sealed.
func (b *cookieBackend) checkEpoch(ctx context.Context, p payload) error {
	if b.opts.Epoch == nil || p.user == "" {
		return nil
	}
	now, err := b.askEpoch(ctx, p.user)
	if err == nil && now != p.epoch {
		err = errors.New("sessions: the user's sessions have been ended")
	}
	return err
}

func (b *cookieBackend) askEpoch(ctx context.Context, user string) (int64, error) {
	ctx, cancel := b.opts.limit(ctx)
	defer cancel()
	epoch, err := b.opts.Epoch(ctx, user)
	if err != nil {
		return 0, &UnavailableError{fmt.Errorf("epoch of the user: %w", err)}
	}
	return epoch, nil
}

// nextEpoch returns the epoch to seal. Only who signs in begins with one that is new: a request that
// was under way when the user's sessions were ended must not keep its own.
func (b *cookieBackend) nextEpoch(rec *record) (int64, error) {
	if b.opts.Epoch == nil || rec.user == "" {
		return 0, nil
	}
	epoch, err := b.askEpoch(rec.ctx, rec.user)
	if err == nil && !rec.userSet && epoch != rec.epoch {
		err = ErrGone
	}
	return epoch, err
}

func (b *cookieBackend) save(rec *record, name string, now time.Time) (cookieUpdate, error) {
	slide := rec.valid && now.Sub(rec.seen) >= b.opts.IdleTimeout/2
	switch empty := rec.isEmpty(); {
	case !rec.changed && !slide || empty && !rec.hadCookie:
		return cookieUpdate{}, nil
	case empty:
		return cookieUpdate{remove: true}, nil
	}
	rec.identify()
	p := payload{created: rec.created, seen: now, id: rec.id, user: rec.user, entries: rec.entries}
	if p.created.IsZero() {
		p.created = now
	}
	var err error
	if p.epoch, err = b.nextEpoch(rec); err != nil {
		if !rec.changed { // what was only read need not be sent anew
			err = nil
		}
		return cookieUpdate{}, err
	}
	rec.created = p.created
	value, err := b.seal(name, p)
	if err != nil {
		return cookieUpdate{}, fmt.Errorf("sessions: seal the cookie: %w", err)
	}
	if size := len(name) + len(value); size > maxCookieBytes {
		return cookieUpdate{}, &SizeError{Size: size, Limit: maxCookieBytes}
	}
	if !header.ValidCookieValue(value) {
		return cookieUpdate{}, errors.New("sessions: the codec made a value that is no cookie value")
	}
	return cookieUpdate{value: value}, nil
}

// seal returns a payload as the value of the cookie.
func (b *cookieBackend) seal(name string, p payload) (string, error) {
	room := payloads.Get().(*[]byte)
	*room = p.encode((*room)[:0])
	defer func() {
		clear(*room) // what a session holds does not lie about
		if cap(*room) <= maxCookieBytes {
			payloads.Put(room)
		}
	}()
	return b.opts.Codec.Encode(name, *room)
}

// payloads are working memory from call to call, []byte each.
var payloads = sync.Pool{New: func() any { return new([]byte) }}

func (b *cookieBackend) modify(*record, storeLocation, string, func([]byte) ([]byte, error)) error {
	return errors.New("sessions: a session in a cookie has no other copy")
}
