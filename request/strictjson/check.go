package strictjson

import "sync"

// Check reports whether data is one JSON value by RFC 8259, and strict as the package comment says. The error is nil or
// an *[Error] for the first mistake. Check does not keep data; it may be called by several goroutines at once.
func Check(data []byte, opts Options) error {
	c := checkers.Get().(*checker)
	defer c.release()
	c.data, c.room = data, opts.depth()
	if err := c.text(); err != nil {
		return err
	}
	return nil // not c.text(): a nil *Error would be an error that is not nil
}

// A checker is a recursive descent over one text. Its methods for a part of the grammar take the index at which the part
// starts and return the one after it. They pass indexes on, instead of keeping one in the checker, because those stay in
// registers.
type checker struct {
	data  []byte
	room  int // how many more arrays and objects may be opened
	names names
}

var checkers = sync.Pool{New: func() any { return new(checker) }}

// release gives c back, with its scratch memory but without anything that could keep the text alive.
func (c *checker) release() {
	c.data = nil
	c.names.reset()
	checkers.Put(c)
}

// text checks all of the data: one value, with white space around it (RFC 8259 section 2).
func (c *checker) text() *Error {
	i := skipSpace(c.data, 0)
	if i == len(c.data) {
		return c.fail(i, KindEmpty, "no value")
	}
	i, err := c.value(i)
	if err != nil {
		return err
	}
	if i = skipSpace(c.data, i); i < len(c.data) {
		return c.fail(i, KindTrailing, "data after the value")
	}
	return nil
}

// at returns the byte at i, or NUL, which the grammar has no use for, at the end of the data.
func (c *checker) at(i int) byte {
	if i < len(c.data) {
		return c.data[i]
	}
	return 0
}

// fail is the error of what starts at i. It is kept out of its callers, where it would only take room.
//
//go:noinline
func (c *checker) fail(i int, kind Kind, reason string) *Error {
	return &Error{Kind: kind, Reason: reason, Offset: int64(i), Pointer: pointer(c.data, i)}
}

// expected is the syntax error of finding something else than want at i.
func (c *checker) expected(i int, want string) *Error {
	if i >= len(c.data) {
		return c.fail(len(c.data), KindSyntax, "text ends where "+want+" is expected")
	}
	return c.fail(i, KindSyntax, want+" expected")
}

// skipSpace returns the index of the first byte at or after i that is no white space (RFC 8259 section 2).
func skipSpace(data []byte, i int) int {
	const spaces uint64 = 1<<' ' | 1<<'\t' | 1<<'\n' | 1<<'\r'
	for i < len(data) && data[i] <= ' ' && spaces>>data[i]&1 != 0 {
		i++
	}
	return i
}
