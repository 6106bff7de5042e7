package sessions

import (
	"context"
	"errors"
	"fmt"
)

// maxRounds is how often EndUser looks at the sessions of a user that keep changing their identities.
const maxRounds = 10

// EndUser ends the sessions of a user in the store whose text under a key the function wants to end. A session without
// the key, or with a value that is no text, stays. A session that gets a new identity meanwhile does not escape. It is for
// the framework.
func (m *Manager) EndUser(ctx context.Context, user, key string, ends func(text string) bool) error {
	b, ok := m.backend.(*storeBackend)
	if !ok {
		return errors.New("sessions: end sessions of a user: they are not in a store")
	}
	for range maxRounds {
		ids, err := ListUser(ctx, b.store, user)
		if err != nil {
			return err
		}
		moved := false
		for _, id := range ids {
			gone, err := b.endIf(ctx, id, key, ends)
			if err != nil {
				return fmt.Errorf("sessions: end sessions of a user: %w", err)
			}
			moved = moved || gone
		}
		if !moved {
			return nil
		}
	}
	return errors.New("sessions: end sessions of a user: they keep changing their identities")
}

// endIf ends one session if the function wants it. It reports whether there was none of this id any more.
func (b *storeBackend) endIf(ctx context.Context, id, key string, ends func(text string) bool) (gone bool, err error) {
	r, err := b.store.Load(ctx, id)
	if errors.Is(err, ErrGone) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if _, err := b.unseal(id, &r); err != nil {
		return false, nil // no request takes it for a session either
	}
	var text string
	if value, ok := r.Values[key]; !ok || b.opts.Serializer.Decode(entryOf(key, value).data, &text) != nil || !ends(text) {
		return false, nil
	}
	return false, b.store.Delete(ctx, id)
}
