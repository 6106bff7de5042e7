package sessions

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/soay-go/soay/request/header"
)

// keeper is where a manager keeps sessions: in the cookie itself, or in a store of which the cookie
// holds the way to one record. Its methods are called with the mutex of the record held, or before
// anybody else has it.
type keeper interface {
	// open fills the record from the value of the cookie. The error says why the value is of no use;
	// an *UnavailableError, that nobody knows.
	open(rec *record, name, value string) error
	// identify returns the identity of a new session, and the secret that is the way to it if there
	// is one.
	identify() (id, secret string)
	// save keeps the changes of the record and says what the browser is told.
	save(rec *record, name string, now time.Time) (instruction, error)
	// modify replaces one value by what f makes of it, atomically. It is asked for sessions that are
	// kept elsewhere than in the cookie, and without the mutex: so the record is only there for what
	// never changes in it, and where it is kept comes along.
	modify(rec *record, at keptAt, key string, f func([]byte) ([]byte, error)) error
}

// keptAt is where a store has a record of which one value is to be replaced, and what seals it there.
type keptAt struct {
	place   string
	dataKey *dataKey
	opened  int // the size that the session had
	others  int // what all but the value take
}

// instruction is what becomes of the cookie: a new value, its deletion, or nothing.
type instruction struct {
	value  string
	remove bool
	maxAge int32 // seconds, 0 for the default
}

// cookieKeeper keeps sessions in cookies.
type cookieKeeper struct{ opts *Options }

func (k *cookieKeeper) identify() (id, secret string) { return newID(), "" }

func (k *cookieKeeper) open(rec *record, name, value string) error {
	data, err := k.opts.Codec.Decode(name, value)
	if err != nil {
		return fmt.Errorf("sessions: open the seal: %w", err)
	}
	p, err := decodePayload(data, rec.room[:])
	if err != nil {
		return err
	}
	now := time.Now()
	if err := k.opts.checkLife(now, p.created, p.seen); err != nil {
		return err
	}
	rec.fresh = now.Sub(p.seen) < k.opts.IdleTimeout/2
	if err := k.checkEpoch(rec.ctx, p); err != nil {
		return err
	}
	rec.epoch = p.epoch
	rec.entries, rec.id, rec.created, rec.seen, rec.stored = p.entries, p.id, p.created, p.seen, true
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
func (k *cookieKeeper) checkEpoch(ctx context.Context, p payload) error {
	if k.opts.Epoch == nil || p.user == "" {
		return nil
	}
	now, err := k.askEpoch(ctx, p.user)
	if err == nil && now != p.epoch {
		err = errors.New("sessions: the user's sessions have been ended")
	}
	return err
}

func (k *cookieKeeper) askEpoch(ctx context.Context, user string) (int64, error) {
	ctx, cancel := k.opts.limit(ctx)
	defer cancel()
	epoch, err := k.opts.Epoch(ctx, user)
	if err != nil {
		return 0, &UnavailableError{fmt.Errorf("epoch of the user: %w", err)}
	}
	return epoch, nil
}

// nextEpoch returns the epoch to seal. Only who signs in begins with one that is new: a request that
// was under way when the user's sessions were ended must not keep its own.
func (k *cookieKeeper) nextEpoch(rec *record) (int64, error) {
	if k.opts.Epoch == nil || rec.user == "" {
		return 0, nil
	}
	epoch, err := k.askEpoch(rec.ctx, rec.user)
	if err == nil && !rec.owned && epoch != rec.epoch {
		err = ErrGone
	}
	return epoch, err
}

func (k *cookieKeeper) save(rec *record, name string, now time.Time) (instruction, error) {
	slide := rec.stored && now.Sub(rec.seen) >= k.opts.IdleTimeout/2
	switch empty := rec.isEmpty(); {
	case !rec.changed && !slide || empty && !rec.sent:
		return instruction{}, nil
	case empty:
		return instruction{remove: true}, nil
	}
	rec.identify()
	p := payload{created: rec.created, seen: now, id: rec.id, user: rec.user, entries: rec.entries}
	if p.created.IsZero() {
		p.created = now
	}
	var err error
	if p.epoch, err = k.nextEpoch(rec); err != nil {
		if !rec.changed { // what was only read need not be sent anew
			err = nil
		}
		return instruction{}, err
	}
	rec.created = p.created
	value, err := k.seal(name, p)
	if err != nil {
		return instruction{}, fmt.Errorf("sessions: seal the cookie: %w", err)
	}
	if size := len(name) + len(value); size > header.MaxCookieBytes {
		return instruction{}, &SizeError{Size: size, Limit: header.MaxCookieBytes}
	}
	if !header.ValidCookieValue(value) {
		return instruction{}, errors.New("sessions: the codec made a value that is no cookie value")
	}
	return instruction{value: value}, nil
}

// seal returns a payload as the value of the cookie.
func (k *cookieKeeper) seal(name string, p payload) (string, error) {
	room := payloads.Get().(*[]byte)
	*room = p.encode((*room)[:0])
	defer func() {
		clear(*room) // what a session holds does not lie about
		if cap(*room) <= header.MaxCookieBytes {
			payloads.Put(room)
		}
	}()
	return k.opts.Codec.Encode(name, *room)
}

// payloads are working memory from call to call, []byte each.
var payloads = sync.Pool{New: func() any { return new([]byte) }}

func (k *cookieKeeper) modify(*record, keptAt, string, func([]byte) ([]byte, error)) error {
	return errors.New("sessions: a session in a cookie has no other copy")
}
