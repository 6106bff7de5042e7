package health

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"time"
)

// Options sets how an app tells of its health. The zero value is the default.
type Options struct {
	// Path begins the paths of the three routes. It has no parameters and no slash at its end; / alone stands for
	// /live, /ready and /start. The default is /health.
	Path string
	// CacheFor is how long the outcome of the checks is kept. The default is 1 second.
	CacheFor time.Duration
	// Timeout is how long a check may take; longer is a failure. Keep it shorter than the time that a load balancer
	// waits for its answer. The default is 1 second.
	Timeout time.Duration
	// LogOnly names checks whose failures are logged and do nothing else: the app stays ready. It is for what the app
	// can do without for a while. The names of the app's own checks may be there, too. The default is none.
	LogOnly []string
}

// The defaults of Options.
const (
	defaultPath     = "/health"
	defaultCacheFor = time.Second
	defaultTimeout  = time.Second
)

var validPath = regexp.MustCompile(`^(/|(/[A-Za-z0-9._~-]+)+)$`)

func (o Options) withDefaults() Options {
	o.Path = cmp.Or(o.Path, defaultPath)
	o.CacheFor = cmp.Or(o.CacheFor, defaultCacheFor)
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	o.LogOnly = slices.Clone(o.LogOnly)
	return o
}

// check returns what is wrong with options that have their defaults.
func (o Options) check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !validPath.MatchString(o.Path) || path.Clean(o.Path) != o.Path {
		wrong("Path: %q is not a path such as /health: a slash before each part, which is made of letters, digits, dots, -, _ and ~", o.Path)
	}
	if o.CacheFor < 0 {
		wrong("CacheFor: %v is negative", o.CacheFor)
	}
	if o.Timeout < 0 {
		wrong("Timeout: %v is negative", o.Timeout)
	}
	return errors.Join(errs...)
}
