package panics_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/soay-go/soay/request/panics"
)

var errDisk = errors.New("no disk")

// recovered returns the error for a panic of f.
func recovered(f func()) (err *panics.Error) {
	defer func() { err = panics.Recovered(recover()) }()
	f()
	return nil
}

func TestRecovered(t *testing.T) {
	var none []int
	passedOn := recovered(func() { panic("elsewhere") })
	for _, tt := range []struct {
		description string
		panics      func()
		wantText    string
		wantIs      error
		wantFunc    string // in the first frame of the stack
	}{
		{"a text", func() { panic("boom") }, "panic: boom", nil, "TestRecovered"},
		{"an error", func() { panic(errDisk) }, "panic: no disk", errDisk, "TestRecovered"},
		{"the runtime's", func() { _ = none[len(none)] },
			"panic: runtime error: index out of range [0] with length 0", nil, "TestRecovered"},
		{"one of another goroutine", func() { panic(passedOn) }, "panic: elsewhere", nil, "TestRecovered"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			err := recovered(tt.panics)
			if err.Error() != tt.wantText || err.StatusCode() != 500 || tt.wantIs != nil && !errors.Is(err, tt.wantIs) {
				t.Errorf("error %q with status %d, want %q with 500", err, err.StatusCode(), tt.wantText)
			}
			if !strings.HasSuffix(err.File, "panics_test.go") || err.Line == 0 {
				t.Errorf("it panicked at %s:%d, want a line of this file", err.File, err.Line)
			}
			stack := string(err.Stack)
			if strings.Contains(stack, "panics.Recovered") || !strings.Contains(stack, tt.wantFunc) {
				t.Errorf("the stack does not begin where it panicked:\n%s", stack)
			}
		})
	}
}

func TestCall(t *testing.T) {
	for _, tt := range []struct {
		description string
		f           func() error
		want        string // the beginning of the text
		wantIs      error
	}{
		{"no error", func() error { return nil }, "<nil>", nil},
		{"an error", func() error { return errDisk }, "no disk", errDisk},
		{"a panic", func() error { panic("boom") }, "panic: boom\ngoroutine ", nil},
		{"a panic with an error", func() error { panic(errDisk) }, "panic: no disk\ngoroutine ", errDisk},
	} {
		err := panics.Call(tt.f)
		if got := fmt.Sprint(err); !strings.HasPrefix(got, tt.want) || tt.wantIs != nil && !errors.Is(err, tt.wantIs) {
			t.Errorf("%s: %s, want %s…", tt.description, got, tt.want)
		}
		if _, ok := errors.AsType[*panics.Error](err); ok {
			t.Errorf("%s: the error chooses a status", tt.description)
		}
	}
}

func ExampleRecovered() {
	answer := func() (err error) {
		defer func() {
			if v := recover(); v != nil {
				err = panics.Recovered(v)
			}
		}()
		panic("no cats")
	}
	fmt.Println(answer())
	// Output: panic: no cats
}
