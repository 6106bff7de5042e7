package sessions

// Value is the key of a value of type T, so that the compiler knows the type wherever the value is used:
//
//	const visits sessions.Value[int] = "visits"
//
//	visits.Set(req.Session, visits.Or(req.Session, 0)+1)
//
// Each method does what the method of [Session] or the function of the same name does with the key, so code without the
// type finds the same value. A value that does not fit a T, perhaps because an earlier version of the program has set
// it, is missing for Get, Or, Pop and Modify.
type Value[T any] string

// Get returns the value, and whether there is one. See the function [Get].
func (v Value[T]) Get(s Session) (T, bool) { return Get[T](s, string(v)) }

// Or returns the value, or the fallback where there is none. See [GetOr].
func (v Value[T]) Or(s Session, fallback T) T { return GetOr(s, string(v), fallback) }

// Has reports whether there is a value, also one that does not fit a T. See [Session.Has].
func (v Value[T]) Has(s Session) bool { return s.Has(string(v)) }

// Set stores the value. See [Session.Set].
func (v Value[T]) Set(s Session, value T) { s.Set(string(v), value) }

// Flash stores a value that is to be shown once. See [Session.Flash].
func (v Value[T]) Flash(s Session, value T) { s.Flash(string(v), value) }

// Pop returns the value, and removes it. See the function [Pop].
func (v Value[T]) Pop(s Session) (T, bool) { return Pop[T](s, string(v)) }

// Modify replaces the value by the result of f, in a store atomically. See the function [Modify].
func (v Value[T]) Modify(s Session, f func(T) T) error { return Modify(s, string(v), f) }

// Delete removes the value. See [Session.Delete].
func (v Value[T]) Delete(s Session) { s.Delete(string(v)) }
