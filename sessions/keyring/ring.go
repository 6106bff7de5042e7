package keyring

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/soay-go/soay/request/safelog"
	"github.com/soay-go/soay/sessions"
)

// Ring is a set of keys: the newest seals, all of them open. Make one with [FromEnv], [FromKeys],
// [FromFile], [FromFolder] or [Ephemeral]. It is safe for concurrent use and need not be closed.
type Ring struct {
	*ring
	logger *slog.Logger // nil for slog.Default()
}

// ring is shared by all Rings that differ only in their logger.
type ring struct {
	set   atomic.Pointer[inUse]
	watch *watch // nil where keys cannot change
}

// FromKeys returns a ring of keys in the order from newest to oldest. Each must pass
// [sessions.CheckKey], and none may be there twice.
func FromKeys(newest string, older ...string) (*Ring, error) {
	secrets := []namedSecret{{"the newest key", newest}}
	for i, secret := range older {
		secrets = append(secrets, namedSecret{fmt.Sprintf("older[%d]", i), secret})
	}
	return newRing(secrets)
}

// Ephemeral returns a ring with one random key that only this process has and that ends with it:
// after a restart, and on every other instance, none of its tokens opens. Ephemeral says so in one warning
// to logger; nil means [slog.Default]. The error is always nil.
func Ephemeral(logger *slog.Logger) (*Ring, error) {
	r, err := FromKeys(sessions.NewKey())
	if err != nil {
		return nil, err
	}
	r.logger = safelog.Wrap(logger)
	r.log().Warn("keyring: the key is ephemeral; what it protects is lost with this process and unknown to all others")
	return r, nil
}

// newRing returns a ring of secrets, newest first.
func newRing(secrets []namedSecret) (*Ring, error) {
	set, err := newKeySet(secrets, nil)
	if err != nil {
		return nil, err
	}
	r := &Ring{ring: new(ring)}
	r.set.Store(&inUse{set, set[0]})
	return r, nil
}

// WithLogger returns the same ring with another logger; the default is [slog.Default]. It gets a
// debug line for each token that is refused, without the token, and where the ring is watched an
// error when it has become unreadable and an info when it has changed.
func (r *Ring) WithLogger(logger *slog.Logger) *Ring { return &Ring{r.ring, safelog.Wrap(logger)} }

func (r *Ring) log() *slog.Logger {
	if r.logger == nil {
		return slog.Default()
	}
	return r.logger
}

// IDs returns the ids of the keys, newest first. An id is derived from its key and reveals nothing
// about it.
func (r *Ring) IDs() []string {
	var ids []string
	for _, k := range r.current(time.Now()).keySet {
		ids = append(ids, k.id.String())
	}
	return ids
}

// String returns the ids of the keys for logs.
func (r *Ring) String() string { return "keyring[" + strings.Join(r.IDs(), " ") + "]" }

// GoString is String, so that no verb prints a key.
func (r *Ring) GoString() string { return r.String() }

// LogValue implements [slog.LogValuer] as String does.
func (r *Ring) LogValue() slog.Value { return slog.StringValue(r.String()) }

// current returns the keys as of now.
func (r *Ring) current(now time.Time) *inUse {
	if r.watch != nil && r.watch.isDue(now) {
		r.watch.readIfDue(r, now)
	}
	return r.set.Load()
}

// find returns the key of an id, or nil. If the ring does not have it, another process may have just added
// it, so find looks at the source again.
func (r *Ring) find(id keyID, now time.Time) *key {
	k := r.current(now).find(id)
	if k == nil && r.watch != nil {
		r.watch.readIfChanged(r, now)
		k = r.set.Load().find(id)
	}
	return k
}

// CheckHealth returns an error if the file or folder of the ring has not been readable for [Options.Interval]. The ring
// works with the last good keys then, but seals with no new one and opens what a retired one has sealed. It looks at the
// file or folder once in the interval. Other rings are always well.
func (r *Ring) CheckHealth(ctx context.Context) error {
	if r.watch == nil {
		return ctx.Err()
	}
	now := time.Now()
	r.current(now)
	return cmp.Or(ctx.Err(), r.watch.health(now))
}

// Rotate makes a new key and adds it to the file or folder of the ring as the newest, and returns
// its id. Other processes may rotate at the same time; each adds a key. Only rings of a file or folder
// can be changed by the program.
func (r *Ring) Rotate() (id string, err error) {
	if r.watch == nil {
		return "", fmt.Errorf("keyring: rotate: %w", errFixed)
	}
	secret := sessions.NewKey()
	id = newKey(secret).id.String()
	if err := r.watch.source.add(secret); err != nil {
		return "", fmt.Errorf("keyring: rotate: %w", err)
	}
	return id, r.watch.reload(r)
}

// Retire removes the key of an id from the file or folder of the ring. Tokens of this key do not open any
// more: in this process at once, in others a second after they have noticed, see [Options.Interval].
// The newest key cannot be retired; rotate first.
func (r *Ring) Retire(id string) error {
	if r.watch == nil {
		return fmt.Errorf("keyring: retire: %w", errFixed)
	}
	if err := r.watch.source.remove(id); err != nil {
		return fmt.Errorf("keyring: retire: %w", err)
	}
	return r.watch.reload(r)
}
