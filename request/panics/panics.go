// Package panics turns a panic into an error that keeps its stack.
//
// Whoever recovers from a panic makes an [Error] of the value, in the deferred function itself: there the
// frames of the panic are still on the stack. What becomes of the error is the caller's to decide. An app
// answers 500 and logs the stack; a start that fails has no log, so its error gets the stack into the text.
package panics

import (
	"bytes"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// Error is a panic as an error. Handlers of errors find it by errors.As.
type Error struct {
	Value any
	Stack []byte // of the goroutine that panicked, from the panic down
	File  string // where it panicked, "" if that is not known
	Line  int
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the value if it is an error.
func (e *Error) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// StatusCode returns 500, whatever the error inside would ask for: nobody chose to answer with it.
func (e *Error) StatusCode() int { return http.StatusInternalServerError }

// Answer is an error that code below a handler panics with where it cannot return it: the store behind a value has
// failed, say. The response is made of it as of an error that the handler returned, for that is not wrong. It is for
// the framework.
type Answer interface {
	error
	// AnswersPanic tells it from other errors.
	AnswersPanic()
}

// Recovered returns the error for a value that recover has returned. The function that called recover must
// call it. An *Error stays as it is, for it was passed on from another goroutine, whose stack it has.
// It is for the framework.
func Recovered(v any) *Error {
	if e, ok := v.(*Error); ok {
		return e
	}
	e := &Error{Value: v, Stack: fromPanic(debug.Stack())}
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	panicking := false
	for {
		f, more := frames.Next()
		isRuntime := strings.HasPrefix(f.Function, "runtime.")
		if panicking && !isRuntime {
			e.File, e.Line = f.File, f.Line
			return e
		}
		panicking = panicking || f.Function == "runtime.gopanic"
		if !more {
			return e
		}
	}
}

// fromPanic drops from a stack the functions that ran after the panic, down to it.
func fromPanic(stack []byte) []byte {
	head, rest, _ := bytes.Cut(stack, []byte("\n"))
	_, below, found := bytes.Cut(rest, []byte("\npanic("))
	if !found {
		return stack
	}
	for range 2 { // the arguments of panic and its place
		_, below, _ = bytes.Cut(below, []byte("\n"))
	}
	return slices.Concat(head, []byte("\n"), below)
}

// Call calls f and returns its error. A panic of f becomes an error as [Error.WithStack] returns it.
// It is for the framework.
func Call(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = Recovered(v).WithStack()
		}
	}()
	return f()
}

// WithStack returns an error with the stack in its text, for callers that have no log. It wraps the value
// of the panic if that is an error, and asks for no status by itself. It is for the framework.
func (e *Error) WithStack() error { return &withStack{e} }

type withStack struct{ panicked *Error }

// Error implements error.
func (e *withStack) Error() string { return fmt.Sprintf("%v\n%s", e.panicked, e.panicked.Stack) }

// Unwrap returns the value of the panic if it is an error.
func (e *withStack) Unwrap() error { return e.panicked.Unwrap() }
