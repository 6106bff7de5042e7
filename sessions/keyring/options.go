package keyring

import (
	"cmp"
	"fmt"
	"time"

	"github.com/soay-go/soay/sessions/internal/optional"
)

const defaultInterval = 5 * time.Second

// Options sets how a file or folder of keys is used. The zero value is the safe default.
type Options struct {
	// Interval is how long a change of the keys can go unnoticed: a ring that is used looks for a change
	// once in this time. The default is 5 seconds. A token of an unknown key makes the ring look at once,
	// so no token fails because of a rotation. A new key seals, and a missing key is retired, after a
	// second look a second later has found the same keys, because somebody may be writing them.
	Interval time.Duration
	// Create makes the file or folder with a first key if it is missing. The default is an error, so
	// that a wrong path does not begin with a new key that opens no token.
	Create bool
}

func (o Options) interval() time.Duration { return cmp.Or(o.Interval, defaultInterval) }

// oneOf returns the options of a call that takes at most one, checked.
func oneOf(options []Options) (Options, error) {
	o, err := optional.One(options)
	if err != nil {
		return o, fmt.Errorf("keyring: %w", err)
	}
	if o.Interval < 0 {
		return o, fmt.Errorf("keyring: Interval: is negative: %v", o.Interval)
	}
	return o, nil
}
