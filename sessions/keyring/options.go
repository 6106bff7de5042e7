package keyring

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

const defaultInterval = 5 * time.Second

// Options sets how a file or folder of keys is used. The zero value is the safe default.
type Options struct {
	// Interval is how long a change of the keys can go unnoticed: the ring looks for one at most so
	// often, when it is used. The default is 5 seconds. A token that was sealed with a key which is
	// new makes the ring look at once, so a rotation makes no token fail meanwhile. Which key seals, and which
	// ones have gone, is decided by a second look a second later that finds the same, as somebody may be
	// about to write the keys.
	Interval time.Duration
	// Create makes the file or folder with a first key when it is not there. The default is an
	// error, so that a wrong path does not begin with keys that know nobody.
	Create bool
}

func (o Options) interval() time.Duration { return cmp.Or(o.Interval, defaultInterval) }

// oneOf returns the options of an optional argument.
func oneOf(options []Options) (Options, error) {
	if len(options) == 0 {
		return Options{}, nil
	}
	if len(options) > 1 {
		return Options{}, errors.New("keyring: there is more than one Options")
	}
	if options[0].Interval < 0 {
		return Options{}, fmt.Errorf("keyring: Interval: is negative: %v", options[0].Interval)
	}
	return options[0], nil
}
