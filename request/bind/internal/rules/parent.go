package rules

import "reflect"

// Parent is the struct around a value. It is the one that declares the field, also if that struct is
// embedded in another.
type Parent struct {
	Struct reflect.Value // never invalid: the zero value of the type if nothing of it was sent
	Sent   Fields        // the fields with a value: sent and not null, or by a default
	Unread Fields        // the fields that could not be read, so that their values are not known
	Path   string        // of an element, from its field, such as [3] or [key][3]; for rules of the application
}

// Fields is a set of fields, by the numbers that [Rules.Link] has given them. Its zero value is empty. It
// allocates nothing for the first 64 fields.
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
	if len(other.high) > 0 { // a new slice, since copies of a set share theirs
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
