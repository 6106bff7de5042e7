package telemetry

import (
	"context"
	"log/slog"
	"slices"

	"go.opentelemetry.io/otel/trace"
)

// The names of the ids in log lines.
const (
	traceKey = "trace_id"
	spanKey  = "span_id"
)

// LogHandler returns a handler that adds trace_id and span_id to the records that are logged with the context of a
// request, as by slog.InfoContext(req.Context(), "found"), or with that of a span within one. They stand at the top level,
// also for a logger with groups. A logger or a record that has a trace_id already keeps the one that it has, such as the
// logger of a request, which needs no LogHandler. Records whose context has no span are as they were.
//
//	slog.SetDefault(slog.New(telemetry.LogHandler(slog.NewJSONHandler(os.Stderr, nil))))
//
// As with any handler around another, next is not the one of the slog.Default that a program starts with.
func LogHandler(next slog.Handler) slog.Handler { return &logHandler{next: next} }

type logHandler struct {
	next slog.Handler
	has  bool // next has a trace_id at the top level

	// A logger with groups has what its handler was before the first, and how to come from there to next.
	top   slog.Handler
	steps []func(slog.Handler) slog.Handler
}

// Enabled implements slog.Handler.
func (h *logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h *logHandler) Handle(ctx context.Context, record slog.Record) error {
	span := trace.SpanContextFromContext(ctx)
	if h.has || !span.IsValid() {
		return h.next.Handle(ctx, record)
	}
	ids := [2]slog.Attr{slog.String(traceKey, span.TraceID().String()), slog.String(spanKey, span.SpanID().String())}
	if h.top != nil {
		next := h.top.WithAttrs(ids[:])
		for _, step := range h.steps {
			next = step(next)
		}
		return next.Handle(ctx, record)
	}
	has := false
	record.Attrs(func(a slog.Attr) bool {
		has = isTraceID(a)
		return !has
	})
	if !has {
		record = record.Clone() // what others add to theirs is not ours
		record.AddAttrs(ids[:]...)
	}
	return h.next.Handle(ctx, record)
}

// WithAttrs implements slog.Handler.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if h.top == nil {
		return &logHandler{next: h.next.WithAttrs(attrs), has: h.has || slices.ContainsFunc(attrs, isTraceID)}
	}
	return h.with(func(next slog.Handler) slog.Handler { return next.WithAttrs(attrs) })
}

// WithGroup implements slog.Handler.
func (h *logHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.with(func(next slog.Handler) slog.Handler { return next.WithGroup(name) })
}

// with returns the handler after a step below the top level.
func (h *logHandler) with(step func(slog.Handler) slog.Handler) slog.Handler {
	top := h.top
	if top == nil {
		top = h.next
	}
	return &logHandler{next: step(h.next), has: h.has, top: top, steps: append(slices.Clip(h.steps), step)}
}

// isTraceID reports whether an attribute is, or puts at its own level, a trace_id.
func isTraceID(a slog.Attr) bool {
	if a.Key == "" && a.Value.Kind() == slog.KindGroup {
		return slices.ContainsFunc(a.Value.Group(), isTraceID)
	}
	return a.Key == traceKey
}
