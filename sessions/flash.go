package sessions

import (
	"bytes"
	"slices"
)

// A flash value is saved with a mark before its bytes, so the mark is saved, sealed and removed with the value in
// every backend. An ordinary value that begins with a zero byte, which only a Serializer of the app can make, is
// saved with another zero byte before it. So no value looks like one of the other kind.
var (
	zero      = []byte{0}
	zeros     = []byte{0, 0}
	flashMark = []byte("\x00flash:")
)

// entryOf returns the entry of a value as it is saved, nil for none.
func entryOf(key string, saved []byte) entry {
	switch {
	case len(saved) == 0 || saved[0] != 0: // nearly all
	case bytes.HasPrefix(saved, flashMark):
		return entry{key: key, data: saved[len(flashMark):], flash: true}
	case bytes.HasPrefix(saved, zeros):
		saved = saved[len(zero):]
	}
	return entry{key: key, data: saved}
}

// saved returns the value as it is saved.
func (e entry) saved() []byte {
	switch {
	case e.flash:
		return slices.Concat(flashMark, e.data)
	case bytes.HasPrefix(e.data, zero):
		return slices.Concat(zero, e.data)
	}
	return e.data
}

// endFlash removes the flash values that this request has read. Those that a store has are removed there only if
// they are still the same: another request may have set the next one meanwhile.
func (r *record) endFlash() {
	r.entries = slices.DeleteFunc(r.entries, func(e entry) bool {
		ended := e.flash && e.read
		switch {
		case !ended:
		case r.inStore && !r.cleared && !e.dirty:
			r.removed = append(r.removed, e)
			r.storeModified = true
		default:
			r.removed = append(r.removed, entry{key: e.key})
			r.changed = true
		}
		return ended
	})
}
