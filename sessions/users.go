package sessions

import (
	"context"
	"errors"
	"fmt"
)

// ListUser returns the identities of all live sessions of a user, as [Session.ID] returns them.
func ListUser(ctx context.Context, store Store, user string) ([]string, error) {
	if user == "" {
		return nil, errors.New("sessions: list the sessions of a user: the user is empty")
	}
	ids, err := store.ListUser(ctx, user)
	if err != nil {
		return nil, fmt.Errorf("sessions: list the sessions of a user: %w", err)
	}
	return ids, nil
}

// RevokeUser ends all sessions of a user, on every instance that shares the store. Their next requests have
// no session, and requests that are under way cannot save theirs any more. The store does it in one step,
// so a session that keeps changing its identity does not escape. Sessions that the user begins meanwhile
// or later stay.
//
// After an error some sessions may be left: call it again.
func RevokeUser(ctx context.Context, store Store, user string) error {
	if user == "" {
		return errors.New("sessions: revoke the sessions of a user: the user is empty")
	}
	if err := store.DeleteUser(ctx, user); err != nil {
		return fmt.Errorf("sessions: revoke the sessions of a user: %w", err)
	}
	return nil
}
