package sessions

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/soay-go/soay/request/header"
)

// cookieBackend keeps sessions in cookies.
type cookieBackend struct{ opts *Options }

func (b *cookieBackend) identify() (id, secret string) { return newID(), "" }

func (b *cookieBackend) open(ctx context.Context, rec *record, name, value string) error {
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
	if err := b.checkEpoch(ctx, p); err != nil {
		return err
	}
	rec.epoch = p.epoch
	rec.entries, rec.id, rec.created, rec.seen, rec.valid = p.entries, p.id, p.created, p.seen, true
	rec.user = p.user
	return nil
}

// checkEpoch returns an error for a session of a user whose sessions were all ended after it was sealed.
func (b *cookieBackend) checkEpoch(ctx context.Context, p payload) error {
	if b.opts.Epoch == nil || p.user == "" {
		return nil
	}
	now, err := b.epochOf(ctx, p.user)
	if err == nil && now != p.epoch {
		err = errors.New("sessions: the user's sessions have been ended")
	}
	return err
}

// epochOf returns the present epoch of a user.
func (b *cookieBackend) epochOf(ctx context.Context, user string) (int64, error) {
	ctx, cancel := b.opts.limit(ctx)
	defer cancel()
	epoch, err := b.opts.Epoch(ctx, user)
	if err != nil {
		return 0, &UnavailableError{fmt.Errorf("epoch of the user: %w", err)}
	}
	return epoch, nil
}

// nextEpoch returns the epoch to seal. It is the present one of the user if this request has signed the user
// in. Otherwise it must still be the epoch that the session came with: a request that was under way when
// the user's sessions were ended must not renew its own.
func (b *cookieBackend) nextEpoch(ctx context.Context, rec *record) (int64, error) {
	if b.opts.Epoch == nil || rec.user == "" {
		return 0, nil
	}
	epoch, err := b.epochOf(ctx, rec.user)
	if err == nil && !rec.userSet && epoch != rec.epoch {
		err = ErrGone
	}
	return epoch, err
}

func (b *cookieBackend) save(rec *record, name string, now time.Time) (update cookieUpdate, err error) {
	slide := rec.valid && now.Sub(rec.seen) >= b.opts.IdleTimeout/2
	switch empty := rec.isEmpty(); {
	case !rec.changed && !slide || empty && !rec.hadCookie:
		return cookieUpdate{}, nil
	case empty:
		return cookieUpdate{remove: true}, nil
	}
	ctx, end := rec.begin("session.save")
	defer func() { end(err) }()
	rec.identify()
	p := payload{created: rec.created, seen: now, id: rec.id, user: rec.user, entries: rec.entries}
	if p.created.IsZero() {
		p.created = now
	}
	if p.epoch, err = b.nextEpoch(ctx, rec); err != nil {
		if !rec.changed { // a session that was only read need not be sent anew
			err = nil
		}
		return cookieUpdate{}, err
	}
	rec.created = p.created
	value, err := b.seal(name, p)
	if err != nil {
		return cookieUpdate{}, fmt.Errorf("sessions: seal the cookie: %w", err)
	}
	if size := len(name) + len(value); size > header.MaxCookieBytes {
		return cookieUpdate{}, &SizeError{Size: size, Limit: header.MaxCookieBytes}
	}
	if !header.ValidCookieValue(value) {
		return cookieUpdate{}, errors.New("sessions: the codec made a value that is no cookie value")
	}
	return cookieUpdate{value: value}, nil
}

// seal returns the value of the cookie that carries a payload.
func (b *cookieBackend) seal(name string, p payload) (string, error) {
	buffer := payloads.Get().(*[]byte)
	*buffer = p.encode((*buffer)[:0])
	defer func() {
		clear(*buffer) // no data of a session stays in memory that is used again
		if cap(*buffer) <= header.MaxCookieBytes {
			payloads.Put(buffer)
		}
	}()
	return b.opts.Codec.Encode(name, *buffer)
}

// payloads are buffers for encoded payloads, *[]byte each.
var payloads = sync.Pool{New: func() any { return new([]byte) }}

func (b *cookieBackend) modify(context.Context, *record, storeLocation, string, func([]byte) ([]byte, error)) error {
	return errors.New("sessions: a session in a cookie has no other copy")
}
