package health

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync/atomic"

	"github.com/soay-go/soay/middleware/ratelimit"
)

// Checks are those of an app, and the routes that tell of them. It is for the framework.
type Checks struct {
	options Options
	source  string   // the place of the call of UseHealth, "" without one
	added   []*check // in the order of the calls
	own     []*check // of the app itself
	checks  []*check // all, once the setup is complete
	current atomic.Pointer[life]
}

// check is one check. It belongs to all lives of the app.
type check struct {
	name    string
	source  string // the place of the call of AddHealthCheck
	f       func(context.Context) error
	logOnly bool
	busy    atomic.Bool // it was called and has not returned yet
}

// The names of the app's own checks. Those of limits have a slash, which no other name has.
const (
	sessions = "sessions"
	keys     = "keys"
	throttle = "throttle"
	limits   = "limits/"
)

var validName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// checker is what can tell of its health.
type checker interface {
	// CheckHealth returns why the thing cannot do its work, nil if it can. It returns when ctx ends.
	CheckHealth(ctx context.Context) error
}

// Source returns the place of the call of UseHealth, "" without one.
func (c *Checks) Source() string { return c.source }

// Use switches the routes on. The error joins all mistakes.
func (c *Checks) Use(o Options, source string) error {
	c.options, c.source = o.withDefaults(), source
	return c.options.check()
}

// Add adds a check of the program. The error joins all mistakes.
func (c *Checks) Add(name string, f func(context.Context) error, source string) error {
	var errs []error
	switch same := slices.IndexFunc(c.added, func(k *check) bool { return k.name == name }); {
	case !validName.MatchString(name):
		errs = append(errs, fmt.Errorf("%q is not a name of up to 64 letters, digits, -, _ and dots", name))
	case name == sessions || name == keys || name == throttle:
		errs = append(errs, fmt.Errorf("%q is the name of a check of the app's own; choose another", name))
	case same >= 0:
		errs = append(errs, fmt.Errorf("there is a check %q already, of %s", name, c.added[same].source))
	}
	if f == nil {
		errs = append(errs, fmt.Errorf("the function of %q is nil", name))
	}
	if len(errs) == 0 {
		c.added = append(c.added, &check{name: name, source: source, f: f})
	}
	return errors.Join(errs...)
}

// OwnSessions adds the check of a store of sessions, if it has one.
func (c *Checks) OwnSessions(store any) { c.own = appendOwn(c.own, sessions, store, false) }

// OwnKeys adds the check of a ring of keys.
func (c *Checks) OwnKeys(ring any) { c.own = appendOwn(c.own, keys, ring, false) }

func appendOwn(to []*check, name string, of any, logOnly bool) []*check {
	if o, ok := of.(checker); ok {
		to = append(to, &check{name: name, f: o.CheckHealth, logOnly: logOnly})
	}
	return to
}

// Compile ends the setup. guesses is the store that counts wrong passwords and keys, nil for the memory. The errors are
// mistakes with their places.
func (c *Checks) Compile(rates *ratelimit.Limits, guesses ratelimit.Store) []error {
	if c.source == "" {
		if len(c.added) > 0 {
			return []error{fmt.Errorf("%s: AddHealthCheck: nothing asks for the check; call UseHealth", c.added[0].source)}
		}
		return nil
	}
	c.checks = slices.Concat(c.own, c.added)
	rates.Each(func(o ratelimit.Options) { c.checks = appendOwn(c.checks, limits+o.Name, o.Store, !o.FailClosed) })
	c.checks = appendOwn(c.checks, throttle, guesses, true)
	var errs []error
	for _, name := range c.options.LogOnly {
		i := slices.IndexFunc(c.checks, func(k *check) bool { return k.name == name })
		if i < 0 {
			errs = append(errs, fmt.Errorf("%s: UseHealth: LogOnly: there is no check %q", c.source, name))
			continue
		}
		c.checks[i].logOnly = true
	}
	return errs
}
