// Package safelog keeps a log handler that panics from ending the process.
//
// A handler of package log/slog is code of somebody else: it writes to a network, formats what a client has
// sent, and may fail in any way. Much of what a server has to say it says where nothing recovers, such as
// in the goroutine of a connection, and about a request that has just panicked. A panic there would end the
// process, and with it all other requests.
package safelog

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"reflect"
)

// Wrap returns l with a handler around its own. When that panics, the line goes to the standard error
// stream instead, with the panic in it. Nothing else changes: levels, attributes, groups and the source of
// a line are those of l. A logger that was wrapped already is returned as it is, as are nil and the
// logger of a program that has not set up package log/slog.
func Wrap(l *slog.Logger) *slog.Logger {
	if l == nil {
		return nil
	}
	inner := l.Handler()
	if _, ok := inner.(handler); ok || isInitial(inner) {
		return l
	}
	return slog.New(handler{inner})
}

// isInitial reports whether h is what package log/slog begins with. It writes to package log, and
// slog.SetDefault makes package log write to every handler but this one: one around it would wait for
// itself.
func isInitial(h slog.Handler) bool {
	return h != nil && reflect.TypeOf(h).String() == "*slog.defaultHandler"
}

// handler is a handler around one that may panic.
type handler struct{ inner slog.Handler }

// Enabled implements [slog.Handler]. If nobody knows, lines of the usual levels are.
func (h handler) Enabled(ctx context.Context, level slog.Level) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = level >= slog.LevelInfo
		}
	}()
	return h.inner.Enabled(ctx, level)
}

// Handle implements [slog.Handler].
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	defer func() {
		if v := recover(); v != nil {
			lost(ctx, r, v)
		}
	}()
	return h.inner.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler]. Attributes that the handler cannot take are left out.
func (h handler) WithAttrs(attrs []slog.Attr) (with slog.Handler) {
	defer h.orItself(&with)
	return handler{h.inner.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h handler) WithGroup(name string) (with slog.Handler) {
	defer h.orItself(&with)
	return handler{h.inner.WithGroup(name)}
}

// orItself takes the place of a handler that could not be made.
func (h handler) orItself(with *slog.Handler) {
	if recover() != nil {
		*with = h
	}
}

// lost writes a line that the handler did not.
func lost(ctx context.Context, r slog.Record, panicked any) {
	r = r.Clone()
	r.AddAttrs(slog.String("log_handler_panicked", fmt.Sprint(panicked)))
	_ = slog.NewTextHandler(os.Stderr, nil).Handle(ctx, r) // there is nobody left to tell
}
