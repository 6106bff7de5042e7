package safelog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/soay-go/soay/request/safelog"
)

// broken is a handler of which some methods panic.
type broken struct {
	slog.Handler
	method string
	value  any
}

func (b broken) fail(method string) {
	if b.method == method {
		panic(b.value)
	}
}

func (b broken) Enabled(ctx context.Context, level slog.Level) bool {
	b.fail("Enabled")
	return b.Handler.Enabled(ctx, level)
}

func (b broken) Handle(ctx context.Context, r slog.Record) error {
	b.fail("Handle")
	return b.Handler.Handle(ctx, r)
}

func (b broken) WithAttrs(attrs []slog.Attr) slog.Handler {
	b.fail("WithAttrs")
	return broken{b.Handler.WithAttrs(attrs), b.method, b.value}
}

func (b broken) WithGroup(name string) slog.Handler {
	b.fail("WithGroup")
	return broken{b.Handler.WithGroup(name), b.method, b.value}
}

// spiteful panics also when somebody wants to know what it is.
type spiteful struct{}

func (spiteful) Error() string { panic("again") }

// standardError returns what f writes to the standard error stream.
func standardError(t *testing.T, f func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	text := make(chan string)
	go func() {
		b, _ := io.ReadAll(r)
		text <- string(b)
	}()
	func() {
		old := os.Stderr
		defer func() { os.Stderr = old; w.Close() }()
		os.Stderr = w
		f()
	}()
	return <-text
}

// timeless leaves out the time.
var timeless = &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}}

func TestHandlersThatPanic(t *testing.T) {
	const line = "level=INFO msg=hi with=1 g.a=2\n"
	for _, tt := range []struct {
		method     string
		value      any
		want       string
		wantStderr string
	}{
		{"none", nil, line, ""},
		{"Handle", "no space", "", `level=INFO msg=hi a=2 log_handler_panicked="no space"`},
		{"Handle", errors.New("closed"), "", "level=INFO msg=hi a=2 log_handler_panicked=closed"},
		{"Handle", spiteful{}, "", "level=INFO msg=hi a=2 log_handler_panicked="},
		{"Enabled", "x", line, ""},
		{"WithAttrs", "x", "level=INFO msg=hi g.a=2\n", ""},
		{"WithGroup", "x", "level=INFO msg=hi with=1 a=2\n", ""},
	} {
		t.Run(fmt.Sprintf("%s %T", tt.method, tt.value), func(t *testing.T) {
			var text bytes.Buffer
			got := standardError(t, func() {
				l := safelog.Wrap(slog.New(broken{slog.NewTextHandler(&text, timeless), tt.method, tt.value}))
				l.With("with", 1).WithGroup("g").Info("hi", "a", 2)
				l.Debug("nobody wants to know")
			})
			if text.String() != tt.want {
				t.Errorf("the handler has written %q, want %q", text.String(), tt.want)
			}
			if !strings.Contains(got, tt.wantStderr) || tt.wantStderr == "" && got != "" || strings.Contains(got, "nobody") {
				t.Errorf("the standard error stream has %q, want %q", got, tt.wantStderr)
			}
		})
	}
}

func TestWrap(t *testing.T) {
	l := slog.New(slog.NewTextHandler(io.Discard, nil))
	wrapped := safelog.Wrap(l)
	if wrapped == l || safelog.Wrap(wrapped) != wrapped {
		t.Error("a logger is not wrapped, or twice")
	}
	if more := wrapped.With("a", 1).WithGroup("g"); safelog.Wrap(more) != more {
		t.Error("a logger with attributes is wrapped twice")
	}
	if got := standardError(t, func() { safelog.Wrap(new(slog.Logger)).Info("hi") }); !strings.Contains(got, "msg=hi") {
		t.Errorf("a logger without a handler writes %q to the standard error stream", got)
	}
	if safelog.Wrap(nil) != nil {
		t.Error("nil has become a logger")
	}
	if initial := slog.Default(); safelog.Wrap(initial) != initial {
		t.Error("the logger that package log/slog begins with was wrapped; slog.SetDefault of it would wait for itself")
	}
}

// The source of a line is where it was logged.
func TestSource(t *testing.T) {
	var text bytes.Buffer
	safelog.Wrap(slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{AddSource: true}))).Info("hi")
	if !strings.Contains(text.String(), "safelog_test.go:") {
		t.Errorf("the line is %q", text.String())
	}
}

func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	plain := slog.New(slog.NewTextHandler(io.Discard, nil))
	wrapped := safelog.Wrap(plain)
	count := func(l *slog.Logger) float64 {
		return testing.AllocsPerRun(100, func() {
			l.Info("hi", "a", "b")
			l.Debug("hi")
		})
	}
	if a, b := count(plain), count(wrapped); a != b {
		t.Errorf("a line takes %v allocations, and %v without the package", b, a)
	}
}
