package telemetry

import "strings"

// The limits of tracestate in Trace Context Level 2, section 3.3.1. Of a longer one the rest is not passed on.
const (
	maxMembers = 32
	maxState   = 512 // characters, with the commas
	largeEntry = 128 // characters; larger ones are the first to go
	maxKey     = 256
	maxValue   = 256
)

// A stateList has the entries of a tracestate. It is small enough for the stack.
type stateList struct {
	entries [maxMembers]string
	count   int // of entries
	seen    int // with those that are not kept
}

// cleanState returns the entries of the lines of a tracestate in their order, as one that the propagator can parse, ""
// if there are none or one is malformed. An entry whose key was there before is left out, for the first is the
// youngest. It is a copy, for spans keep it for longer than the request lives.
func cleanState(lines []string) string {
	var list stateList
	for _, line := range lines {
		for entry := range strings.SplitSeq(line, ",") {
			if entry = strings.Trim(entry, " \t"); entry != "" && !list.add(entry) {
				return ""
			}
		}
	}
	list.shorten()
	return list.join()
}

// add adds an entry. It reports false if it is malformed or one too many, which no tracestate survives.
func (l *stateList) add(entry string) bool {
	key, value, _ := strings.Cut(entry, "=")
	if l.seen++; l.seen > maxMembers || !isKey(key) || !isValue(value) {
		return false
	}
	if l.has(key) || !isKeyOfLevel1(key) {
		return true
	}
	l.entries[l.count] = entry
	l.count++
	return true
}

func (l *stateList) has(key string) bool {
	for _, entry := range l.entries[:l.count] {
		if strings.HasPrefix(entry, key) && entry[len(key)] == '=' {
			return true
		}
	}
	return false
}

// size returns the length of all that is left.
func (l *stateList) size() int {
	size := -1
	for _, entry := range l.entries[:l.count] {
		size += len(entry) + 1
	}
	return size
}

// shorten removes entries until the rest is short enough: the large ones first, each time from the end (section
// 3.3.1.5).
func (l *stateList) shorten() {
	size := l.size()
	for _, least := range []int{largeEntry + 1, 0} {
		for i := l.count - 1; i >= 0 && size > maxState; i-- {
			if len(l.entries[i]) >= least {
				size -= len(l.entries[i]) + 1
				copy(l.entries[i:l.count], l.entries[i+1:l.count])
				l.count--
			}
		}
	}
}

func (l *stateList) join() string {
	var b strings.Builder
	b.Grow(max(l.size(), 0))
	for i, entry := range l.entries[:l.count] {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(entry)
	}
	return b.String()
}

// isKey reports whether a key has the form of section 3.3.1.3.1.
func isKey(key string) bool {
	if key == "" || len(key) > maxKey || !isLower(key[0]) && !isDigit(key[0]) {
		return false
	}
	for _, c := range []byte(key) {
		if !isLower(c) && !isDigit(c) && strings.IndexByte("_-*/@", c) < 0 {
			return false
		}
	}
	return true
}

// isKeyOfLevel1 reports whether a key is one of Level 1, too: those are all that a trace.TraceState can have. Without a
// tenant it begins with a letter, with one the name of the system does and has up to 14 characters.
func isKeyOfLevel1(key string) bool {
	tenant, system, ok := strings.Cut(key, "@")
	if !ok {
		return isLower(key[0])
	}
	return len(tenant) <= 241 && system != "" && len(system) <= 14 && isLower(system[0]) && !strings.Contains(system, "@")
}

// isValue reports whether a value has the form of section 3.3.1.3.2. It has no space at its end.
func isValue(value string) bool {
	if value == "" || len(value) > maxValue {
		return false
	}
	for _, c := range []byte(value) {
		if c < ' ' || c > '~' || c == '=' {
			return false
		}
	}
	return true
}
