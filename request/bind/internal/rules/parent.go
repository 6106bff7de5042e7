package rules

import "reflect"

// Parent is the struct around a value: the one that declares the field, also where that is embedded
// in another.
type Parent struct {
	Struct reflect.Value // never invalid; the zero value of the type if there is none
	Sent   Fields        // the fields that have a value: they were sent, and not as null, or have a default
	Unread Fields        // those that could not be read, so that nobody knows what was sent
	Path   string        // of an element, from its field: [3], [key][3]; for rules of the application
}

// Fields is a set of fields, by the numbers that [Rules.Link] has given them. Its zero value is empty.
type Fields struct {
	low  uint64
	high []uint64 // for fields from the 65th on
}

// Set puts a field into the set.
func (f *Fields) Set(i int) {
	if i < 64 {
		f.low |= 1 << i
		return
	}
	for i/64 > len(f.high) {
		f.high = append(f.high, 0)
	}
	f.high[i/64-1] |= 1 << (i % 64)
}

// Has reports whether a field is in the set.
func (f *Fields) Has(i int) bool {
	if i < 64 {
		return f.low&(1<<i) != 0
	}
	return i/64 <= len(f.high) && f.high[i/64-1]&(1<<(i%64)) != 0
}

// Add puts all of another set into the set.
func (f *Fields) Add(other Fields) {
	f.low |= other.low
	if len(other.high) > 0 {
		high := make([]uint64, max(len(f.high), len(other.high)))
		copy(high, f.high)
		for i, bits := range other.high {
			high[i] |= bits
		}
		f.high = high
	}
}

// IsEmpty reports whether there is no field in the set.
func (f *Fields) IsEmpty() bool { return f.low == 0 && len(f.high) == 0 }
