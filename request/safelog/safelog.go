// Package safelog keeps a log handler that panics from ending the process. It is for the framework.
//
// A handler of package log/slog is code of somebody else: it writes to a network, formats data of clients,
// and may fail in any way. A server logs many lines where nothing recovers, in the goroutine of a
// connection for example, and many are about a request that has just panicked. A panic there would end
// the process, and with it all other requests.
package safelog

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"reflect"
)

// Wrap returns l with a handler around its own. When the inner handler panics, the line goes to the
// standard error stream instead, with the panic in it. Nothing else changes: levels, attributes, groups
// and the source of a line are those of l. Wrap returns l itself if it is nil, if it was wrapped already,
// and if it is the logger of a program that has not set up package log/slog.
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

// isInitial reports whether h is the handler of package log/slog before slog.SetDefault. It writes to
// package log, and slog.SetDefault makes package log write to every handler but this one. A handler around
// it would wait for itself.
func isInitial(h slog.Handler) bool {
	return h != nil && reflect.TypeOf(h).String() == "*slog.defaultHandler"
}

// handler is a handler around one that may panic.
type handler struct{ inner slog.Handler }

// Enabled implements [slog.Handler]. After a panic the levels from Info on are enabled.
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
			writeLost(ctx, r, v)
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

// orItself sets with to h itself if making the handler panicked.
func (h handler) orItself(with *slog.Handler) {
	if recover() != nil {
		*with = h
	}
}

// writeLost writes a line to the standard error stream that the handler has not written.
func writeLost(ctx context.Context, r slog.Record, panicked any) {
	r = r.Clone()
	r.AddAttrs(slog.String("log_handler_panicked", fmt.Sprint(panicked)))
	_ = slog.NewTextHandler(os.Stderr, nil).Handle(ctx, r) // there is no place left for an error
}
