package strictjson

// Strings are read eight bytes at a time, as a word of eight lanes with the first byte in the lowest. One sum or difference
// of words compares all lanes at once: it sets the top bit of those that match. Its carry or borrow can spoil only lanes
// above one that matched or is not ASCII, so the lowest lanes, up to the first such one, are right.
const (
	each01 = 0x0101010101010101 // times b: b in each lane
	each80 = each01 * 0x80
)

// notPlain returns a word of which the lowest bit that is set is the top bit of the first lane that is not plain.
func notPlain(w uint64) uint64 {
	control := w - each01*' '
	quote := w ^ each01*'"' - each01
	backslash := w ^ each01*'\\' - each01
	return (w | control | quote | backslash) & each80
}

// upper turns ASCII letters into upper case, in the lanes below the first that is not ASCII.
func upper(w uint64) uint64 {
	fromA := w + each01*(0x80-'a')
	pastZ := w + each01*(0x80-'z'-1)
	lower := fromA &^ pastZ & each80
	return w - lower>>2 // 0x20 in each such lane, the distance between the cases
}
