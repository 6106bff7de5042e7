package sessions

// Get returns the value of key as a T. The second result is false, and the first is the zero T,
// when the session has no such key or its value does not fit a T. A value that was set as a T comes back
// equal to it: int64 keeps all its digits, time.Time its instant and offset, []byte its bytes. For a key that
// several functions use, a [Value] knows the type.
func Get[T any](s Session, key string) (T, bool) {
	rec, data, ok := s.find(key)
	if !ok {
		var zero T
		return zero, false
	}
	var v T // stays off the heap, unlike a variable whose address is passed to a Serializer
	if _, ok := rec.manager.opts.Serializer.(JSON); ok && decodePlain(data, &v) {
		return v, true
	}
	return decode[T](rec, data)
}

func decode[T any](rec *record, data []byte) (T, bool) {
	var v, zero T
	if rec.manager.opts.Serializer.Decode(data, &v) != nil {
		return zero, false
	}
	return v, true
}

// GetOr is Get with a fallback for a missing or unfitting value.
func GetOr[T any](s Session, key string, fallback T) T {
	if v, ok := Get[T](s, key); ok {
		return v
	}
	return fallback
}

// Pop is Get, and also removes the key, whether or not its value fits a T.
func Pop[T any](s Session, key string) (T, bool) {
	v, ok := Get[T](s, key)
	if s.Has(key) {
		s.Delete(key)
	}
	return v, ok
}
