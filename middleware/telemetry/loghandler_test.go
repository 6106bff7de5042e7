package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"

	"go.opentelemetry.io/otel/trace"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/telemetry"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

func spanContext() context.Context {
	id, _ := trace.TraceIDFromHex(traceID)
	span, _ := trace.SpanIDFromHex("1234567890123456")
	return trace.ContextWithSpanContext(context.Background(), trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: span}))
}

func TestLogHandler(t *testing.T) {
	const ids = "trace_id=" + traceID + " span_id=1234567890123456"
	tests := []struct {
		description string
		log         func(*slog.Logger, context.Context)
		want        string
	}{
		{"a record", func(l *slog.Logger, ctx context.Context) { l.InfoContext(ctx, "cat", "n", 1) }, "msg=cat n=1 " + ids},
		{"no span", func(l *slog.Logger, _ context.Context) { l.Info("cat", "n", 1) }, "msg=cat n=1"},
		{"many attributes", func(l *slog.Logger, ctx context.Context) {
			l.InfoContext(ctx, "cat", "a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "f", 6)
		},
			"msg=cat a=1 b=2 c=3 d=4 e=5 f=6 " + ids},
		{"a logger with attributes", func(l *slog.Logger, ctx context.Context) { l.With("a", 1).InfoContext(ctx, "cat") }, "msg=cat a=1 " + ids},
		{"a logger with a trace_id", func(l *slog.Logger, ctx context.Context) {
			l.With("trace_id", "x").With("a", 1).InfoContext(ctx, "cat")
		},
			"msg=cat trace_id=x a=1"},
		{"a logger with a trace_id, and a group", func(l *slog.Logger, ctx context.Context) {
			l.With("trace_id", "x").WithGroup("g").InfoContext(ctx, "cat", "a", 1)
		}, "msg=cat trace_id=x g.a=1"},
		{"a record with a trace_id", func(l *slog.Logger, ctx context.Context) { l.InfoContext(ctx, "cat", "trace_id", "x") }, "msg=cat trace_id=x"},
		{"a record with a trace_id in a group without a name", func(l *slog.Logger, ctx context.Context) {
			l.InfoContext(ctx, "cat", slog.Group("", "trace_id", "x"))
		}, "msg=cat trace_id=x"},
		{"a group with a trace_id", func(l *slog.Logger, ctx context.Context) { l.InfoContext(ctx, "cat", slog.Group("g", "trace_id", "x")) },
			"msg=cat g.trace_id=x " + ids},
		{"a logger with groups", func(l *slog.Logger, ctx context.Context) {
			l.With("a", 1).WithGroup("g").With("b", 2).WithGroup("h").InfoContext(ctx, "cat", "c", 3)
		}, "msg=cat a=1 " + ids + " g.b=2 g.h.c=3"},
		{"a trace_id within a group of the logger", func(l *slog.Logger, ctx context.Context) {
			l.WithGroup("g").With("trace_id", "x").InfoContext(ctx, "cat")
		}, "msg=cat " + ids + " g.trace_id=x"},
		{"a group without a name", func(l *slog.Logger, ctx context.Context) { l.WithGroup("").InfoContext(ctx, "cat", "n", 1) },
			"msg=cat n=1 " + ids},
		{"two loggers of one", func(l *slog.Logger, ctx context.Context) {
			l = l.WithGroup("g").With("a", 1).With("b", 2).With("c", 3)
			l.With("x", 4)
			other := l.With("d", 4)
			l.With("e", 5)
			other.InfoContext(ctx, "cat")
		}, "msg=cat " + ids + " g.a=1 g.b=2 g.c=3 g.d=4"},
		{"below the level", func(l *slog.Logger, ctx context.Context) { l.DebugContext(ctx, "cat") }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			var out bytes.Buffer
			plain := slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
				if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
					return slog.Attr{}
				}
				return a
			}})
			tt.log(slog.New(telemetry.LogHandler(plain)), spanContext())
			if got := strings.TrimSpace(out.String()); got != tt.want {
				t.Errorf("logged\n%s, want\n%s", got, tt.want)
			}
		})
	}
}

// A record that another handler has as well is not changed.
func TestLogHandlerChangesNoRecord(t *testing.T) {
	record := slog.Record{Message: "cat"}
	record.AddAttrs(slog.Int("a", 1), slog.Int("b", 2), slog.Int("c", 3), slog.Int("d", 4), slog.Int("e", 5), slog.Int("f", 6))
	var out bytes.Buffer
	h := telemetry.LogHandler(slog.NewTextHandler(&out, nil))
	for range 2 {
		if err := h.Handle(spanContext(), record); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(out.String(), "trace_id"); n != 2 || record.NumAttrs() != 6 || strings.Contains(out.String(), "BUG") {
		t.Errorf("logged %s", out.String())
	}
}

// inSpan gives each record the context of a span.
type inSpan struct{ slog.Handler }

func (h inSpan) Handle(_ context.Context, r slog.Record) error {
	return h.Handler.Handle(spanContext(), r)
}
func (h inSpan) WithAttrs(attrs []slog.Attr) slog.Handler { return inSpan{h.Handler.WithAttrs(attrs)} }
func (h inSpan) WithGroup(name string) slog.Handler       { return inSpan{h.Handler.WithGroup(name)} }

func TestLogHandlerIsAHandler(t *testing.T) {
	for name, wrap := range map[string]func(slog.Handler) slog.Handler{
		"without spans": telemetry.LogHandler,
		"with spans":    func(h slog.Handler) slog.Handler { return inSpan{telemetry.LogHandler(h)} },
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			slogtest.Run(t, func(*testing.T) slog.Handler {
				out.Reset()
				return wrap(slog.NewJSONHandler(&out, nil))
			}, func(t *testing.T) map[string]any {
				var line map[string]any
				if err := json.Unmarshal(out.Bytes(), &line); err != nil {
					t.Fatal(err)
				}
				return line
			})
		})
	}
}

// The line of slog with the context of a request has the ids once, and so has that of the request's logger.
func TestLogHandlerInAnApp(t *testing.T) {
	log := new(requesttest.Log)
	logger := slog.New(telemetry.LogHandler(log.Logger().Handler()))
	o := newOutgoing(telemetry.Options{}, nil)
	app := soay.New(soay.Options{Logger: logger})
	app.UseTelemetry(telemetry.New(telemetry.Options{TracerProvider: o.provider}))
	app.Get("/", func(req soay.Request) soay.Response {
		logger.InfoContext(req.Context(), "by slog")
		req.Logger().InfoContext(req.Context(), "by the request")
		return response.Text("cat")
	})
	requesttest.New(t, app).Get("/")
	span := o.spans.Ended()[0].SpanContext()
	ids := "trace_id=" + span.TraceID().String() + " span_id=" + span.SpanID().String()
	for _, message := range []string{"by slog", "by the request"} {
		found := false
		for line := range strings.Lines(log.String()) {
			if strings.Contains(line, message) {
				found = strings.Contains(line, ids) && strings.Count(line, "trace_id") == 1
			}
		}
		if !found {
			t.Errorf("%q is not logged with %s once:\n%s", message, ids, log)
		}
	}
}
