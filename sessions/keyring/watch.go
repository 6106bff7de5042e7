package keyring

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// source is a file or folder of keys, which can change while the program runs.
type source interface {
	// load reads the secrets, newest first. Each has a name for errors.
	load() ([]namedSecret, error)
	// stat returns the info of a file or folder that is modified whenever a key is added.
	stat() (fs.FileInfo, error)
	// add adds a secret as the newest.
	add(secret string) error
	// remove removes the secret whose key has an id, unless it is the newest.
	remove(id string) error
}

// watch keeps a ring up to date with its source. It has no goroutine: the first use of the ring after
// the interval reads the source.
//
// The source may be read while somebody writes it. A half-written file has a line that is half a key, and
// lacks the lines after it. So a change takes effect in two readings:
//
//	reading 1   finds a change: new keys open tokens from now on, which does no harm even if one of
//	            them is half a key. The key that seals and the keys that are missing now stay in use.
//	reading 2   a second later (or after Interval, if that is less) finds the same keys: they are
//	            confirmed. The newest of them seals, and keys that are missing are retired.
//	            If it finds other keys, it is a reading 1 again.
//	failure     the source cannot be read, or has a bad key: all keys stay as they are, the log says
//	            so once, and the next reading follows a second later.
//
// A token of an unknown key makes the ring look before the interval has passed, since another process may
// have rotated. Anybody can send such tokens, so this look costs only a stat, unless the source seems to
// have changed since the last reading. The time of modification is coarse on some systems and comes from the
// clock of a file server on others. So an unchanged stat is trusted only if it was seen for longer than
// modTimeResolution.
//
// Rotate and Retire of this program write whole files, so the keys that they read back are confirmed at once.
type watch struct {
	source   source
	interval time.Duration
	start    time.Time
	due      atomic.Int64 // when to read the source again, as the time since start

	mu        sync.Mutex // for all fields below, and for writing the set of the ring
	read      time.Time  // when the source was last read
	info      fs.FileInfo
	infoSince time.Time // when info was first found
	found     keySet    // of the last reading
	foundAt   time.Time // when found was first found
	confirmed keySet    // found by two readings
	failure   string    // of the last reading, "" for none
	failing   time.Time // since when readings fail, if they do
}

// modTimeResolution is the time after a change in which another change may leave the time of modification
// as it is.
const modTimeResolution = 2 * time.Second

// newWatchedRing returns a ring of the keys in source.
func newWatchedRing(source source, opts Options) (*Ring, error) {
	w := &watch{source: source, interval: opts.interval(), start: time.Now()}
	r := &Ring{ring: &ring{watch: w}}
	r.set.Store(new(inUse))
	err := w.reload(r) // confirmed at once, as there is no earlier reading
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w; Options.Create makes it", err)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (w *watch) isDue(now time.Time) bool { return int64(now.Sub(w.start)) >= w.due.Load() }

// readIfDue reads the source if that is due.
func (w *watch) readIfDue(r *Ring, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.isDue(now) { // another goroutine may have been first
		w.update(r, now)
	}
}

// readIfChanged reads the source if it seems to have changed since the last reading.
func (w *watch) readIfChanged(r *Ring, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failure != "" {
		return
	}
	info, err := w.source.stat()
	if err == nil && isSameFile(info, w.info) && w.isInfoReliable() {
		return
	}
	w.update(r, now)
}

// isInfoReliable reports whether a change after the last reading would have changed the info.
func (w *watch) isInfoReliable() bool {
	return w.read.Sub(w.info.ModTime()) > modTimeResolution || w.read.Sub(w.infoSince) > modTimeResolution
}

func isSameFile(a, b fs.FileInfo) bool {
	return a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size() && os.SameFile(a, b)
}

// reload reads the source after a change of this program and confirms the keys at once. It returns the error
// of the reading.
func (w *watch) reload(r *Ring) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	err := w.update(r, now)
	if err == nil {
		w.confirm(r)
		w.due.Store(int64(now.Sub(w.start) + w.interval))
	}
	return err
}

// update reads the source. If that fails, the ring stays as it is, and the log says so once. The caller
// holds the mutex.
func (w *watch) update(r *Ring, now time.Time) error {
	w.due.Store(int64(now.Sub(w.start) + w.interval))
	info, err := w.source.stat() // before the reading, so that a change in between is found later
	var set keySet
	if err == nil {
		set, err = w.keys(r.set.Load().keySet)
	}
	first := w.read.IsZero()
	if err != nil {
		if text := err.Error(); !first && text != w.failure {
			if w.failure == "" {
				w.failing = now
			}
			w.failure = text
			w.due.Store(int64(now.Sub(w.start) + w.secondReading())) // somebody may be writing it
			r.log().Error("keyring: the keys cannot be read any more; the last good ones stay in use", "error", err)
		}
		return err
	}
	if first || !isSameFile(info, w.info) {
		w.infoSince = now
	}
	w.read, w.info = now, info
	same := slices.Equal(w.found, set)
	if w.failure != "" || !first && !same {
		r.log().Info("keyring: the keys were read anew", "keys", len(set), "newest", set[0].id.String())
	}
	w.failure = ""
	w.apply(r, set, same, now)
	return nil
}

// health returns an error if the source has not been readable for the interval. Until then somebody may be writing it.
func (w *watch) health(now time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failure == "" || now.Sub(w.failing) < w.interval {
		return nil
	}
	return fmt.Errorf("keyring: changes of the keys go unnoticed for %v: %s", now.Sub(w.failing).Round(time.Second), w.failure)
}

// secondReading returns how long after a change the source is read again.
func (w *watch) secondReading() time.Duration { return min(time.Second, w.interval) }

// apply puts the keys of a reading into use. same means that the reading before found the same keys.
func (w *watch) apply(r *Ring, set keySet, same bool, now time.Time) {
	if !same {
		w.found, w.foundAt = set, now
	}
	if slices.Equal(w.confirmed, set) || same && now.Sub(w.foundAt) >= w.secondReading() {
		w.confirm(r)
		return
	}
	w.due.Store(int64(w.foundAt.Sub(w.start) + w.secondReading()))
	all := slices.Clone(set)
	for _, k := range w.confirmed {
		if !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	r.set.Store(&inUse{all, r.set.Load().seals})
}

// confirm puts exactly the keys of the last reading into use.
func (w *watch) confirm(r *Ring) {
	w.confirmed = w.found
	r.set.Store(&inUse{w.confirmed, w.confirmed[0]})
}

// keys reads the source as a set of keys. It takes over the keys of known.
func (w *watch) keys(known keySet) (keySet, error) {
	secrets, err := w.source.load()
	if err != nil {
		return nil, err
	}
	return newKeySet(secrets, known)
}
