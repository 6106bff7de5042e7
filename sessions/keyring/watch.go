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

// source is where the keys of a ring lie and can change.
type source interface {
	// load reads the secrets, newest first, with what they are named in errors.
	load() ([]namedSecret, error)
	// stat returns what is modified whenever a key is added.
	stat() (fs.FileInfo, error)
	// add adds a secret as the newest.
	add(secret string) error
	// remove removes the secret whose key has an id, unless it is the newest.
	remove(id string) error
}

// watch reads a source again when a ring is used and the interval has passed, so nothing runs while
// nothing is used.
type watch struct {
	source   source
	interval time.Duration
	start    time.Time
	due      atomic.Int64 // when to look again, as the time since start

	mu      sync.Mutex // for all below, and for writing the set of the ring
	read    time.Time  // when the source was last read
	info    fs.FileInfo
	seen    time.Time // when info was new
	last    keySet    // what the last look has found
	changed time.Time // when that was found first
	kept    keySet    // what two looks have found
	failure string    // of the last reading, "" for none
}

// settling is how long after a change another one may leave the time of modification as it is.
const settling = 2 * time.Second

// newWatchedRing returns a ring that reads source.
func newWatchedRing(source source, opts Options) (*Ring, error) {
	w := &watch{source: source, interval: opts.interval(), start: time.Now()}
	r := &Ring{ring: &ring{watch: w}}
	r.set.Store(new(inUse))
	err := w.reload(r) // which has nothing to compare with
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w; Options.Create makes it", err)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (w *watch) isDue(now time.Time) bool { return int64(now.Sub(w.start)) >= w.due.Load() }

// look reads the source if that is due.
func (w *watch) look(r *Ring, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.isDue(now) { // and nobody else was first
		w.update(r, now)
	}
}

// glance reads the source if it seems to have changed. It costs little, because tokens with any id
// can be sent by anybody.
func (w *watch) glance(r *Ring, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failure != "" {
		return
	}
	info, err := w.source.stat()
	if err == nil && unmodified(info, w.info) && w.isSettled() {
		return
	}
	w.update(r, now)
}

// isSettled reports whether the last reading has seen all that was changed before info would tell.
// The time of the modification is that of another clock where the source is, which may be ahead.
func (w *watch) isSettled() bool {
	return w.read.Sub(w.info.ModTime()) > settling || w.read.Sub(w.seen) > settling
}

func unmodified(a, b fs.FileInfo) bool {
	return a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size() && os.SameFile(a, b)
}

// reload reads the source now, after a change of this program's own, which is whole. It returns why that has
// failed.
func (w *watch) reload(r *Ring) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	err := w.update(r, now)
	if err == nil {
		w.settle(r)
		w.due.Store(int64(now.Sub(w.start) + w.interval))
	}
	return err
}

// update reads the source. If it cannot be used, the ring stays as it is; the log says so once. The
// caller holds the mutex.
func (w *watch) update(r *Ring, now time.Time) error {
	w.due.Store(int64(now.Sub(w.start) + w.interval))
	info, err := w.source.stat() // before it is read, so that a change in between is not missed
	var set keySet
	if err == nil {
		set, err = w.keys(r.set.Load().keySet)
	}
	first := w.read.IsZero()
	if err != nil {
		if text := err.Error(); !first && text != w.failure {
			w.failure = text
			w.due.Store(int64(now.Sub(w.start) + w.secondLook())) // it may be about to be written
			r.log().Error("keyring: the keys cannot be read any more; the last good ones stay in use", "error", err)
		}
		return err
	}
	if first || !unmodified(info, w.info) {
		w.seen = now
	}
	w.read, w.info = now, info
	same := slices.Equal(w.last, set)
	if w.failure != "" || !first && !same {
		r.log().Info("keyring: the keys were read anew", "keys", len(set), "newest", set[0].id.String())
	}
	w.failure = ""
	w.see(r, set, same, now)
	return nil
}

// secondLook returns how long after a change the source is looked at again. Somebody may be about to write
// it: what he has written by then may be half of a key, and what he has not written is missing.
func (w *watch) secondLook() time.Duration { return min(time.Second, w.interval) }

// see takes over what a look has found. New keys open from now on, which does no harm if they are none. Which
// key seals, and which ones have gone, is taken from a second look that finds the same.
func (w *watch) see(r *Ring, set keySet, same bool, now time.Time) {
	if !same {
		w.last, w.changed = set, now
	}
	if slices.Equal(w.kept, set) || same && now.Sub(w.changed) >= w.secondLook() {
		w.settle(r)
		return
	}
	w.due.Store(int64(w.changed.Sub(w.start) + w.secondLook()))
	all := slices.Clone(set)
	for _, k := range w.kept {
		if !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	r.set.Store(&inUse{all, r.set.Load().seals})
}

// settle puts what the last look has found into use.
func (w *watch) settle(r *Ring) {
	w.kept = w.last
	r.set.Store(&inUse{w.kept, w.kept[0]})
}

func (w *watch) keys(known keySet) (keySet, error) {
	secrets, err := w.source.load()
	if err != nil {
		return nil, err
	}
	return newKeySet(secrets, known)
}
