package telemetry_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/middleware/telemetry"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

// failing is a store for sessions and limits of which every call fails, and that notes the span of its context.
type failing struct {
	sessions.Store
	within trace.SpanContext
}

var errAway = errors.New("the store is away")

func (f *failing) Load(ctx context.Context, _ string) (sessions.Record, error) {
	f.within = trace.SpanContextFromContext(ctx)
	return sessions.Record{}, errAway
}

func (f *failing) Take(context.Context, string, int, []router.Rate) (ratelimit.Result, error) {
	return ratelimit.Result{}, errAway
}

func TestOperations(t *testing.T) {
	app := newObserved(t, telemetry.Options{})
	store := memstore.New()
	t.Cleanup(func() { store.Close() })
	app.UseSessionStore(store)
	app.Get("/set", func(req soay.Request) soay.Response { req.Session.Set("a", 1); return response.NoContent() })
	app.Get("/modify", func(req soay.Request) soay.Response {
		if err := sessions.Modify(req.Session, "a", func(n int) int { return n + 1 }); err != nil {
			return response.Error(err)
		}
		return response.NoContent()
	})
	cookie := do(app, "GET", "/set").Result().Cookies()[0]
	if diff := cmp.Diff([]string{"session.save Unset memstore.Store", "GET /set"}, app.names(t)); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	app.spans.Reset()
	do(app, "GET", "/modify", "Cookie", cookie.Name+"="+cookie.Value)
	want := []string{"session.load Unset memstore.Store", "session.modify Unset memstore.Store", "GET /modify"}
	if diff := cmp.Diff(want, app.names(t)); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

// names returns the names of the spans in the order of their ends; operations come with their status and the store. All
// belong to the last one.
func (a *observed) names(t *testing.T) (names []string) {
	t.Helper()
	spans := a.spans.GetSpans()
	for i, span := range spans {
		if i == len(spans)-1 {
			return append(names, span.Name)
		}
		store, _ := attributesOf(span)["soay.store"].(string)
		names = append(names, span.Name+" "+span.Status.Code.String()+" "+store)
		if parent := spans[len(spans)-1].SpanContext; span.Parent.SpanID() != parent.SpanID() || span.SpanKind != trace.SpanKindInternal {
			t.Errorf("span %s of kind %v has the parent %v, want %v", span.Name, span.SpanKind, span.Parent, parent)
		}
	}
	return names
}

// What fails in a store is told, and the store gets the context of its operation.
func TestFailingOperations(t *testing.T) {
	app := newObserved(t, telemetry.Options{})
	store := new(failing)
	app.UseSessionStore(store)
	app.UseRateLimit(soay.Rate{Requests: 10, Per: 1e9}, ratelimit.Options{Store: store})
	app.Get("/", func(req soay.Request) soay.Response { return response.Text(sessions.GetOr(req.Session, "a", "")) })
	do(app, "GET", "/", "Cookie", "session="+sessionCookie)
	want := []string{"ratelimit.take Error telemetry_test.failing", "session.load Error telemetry_test.failing", "GET /"}
	if diff := cmp.Diff(want, app.names(t)); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	spans := app.spans.GetSpans()
	if got := attributesOf(spans[1])["error.type"]; got != "sessions.UnavailableError" || spans[0].Status.Description != errAway.Error() {
		t.Errorf("error.type %v, description %q", got, spans[0].Status.Description)
	}
	if store.within.SpanID() != spans[1].SpanContext.SpanID() {
		t.Errorf("the store was called within %v, want %v", store.within, spans[1].SpanContext)
	}
}

// sessionCookie is a value that a cookie of a session in a store may have.
const sessionCookie = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// Operations of a request that is not recorded, and those behind its end, cost nothing and have no spans.
func TestOperationsThatNobodyRecords(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	recording := telemetry.New(telemetry.Options{TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))})
	ended, span := sdktrace.NewTracerProvider().Tracer("test").Start(t.Context(), "ended")
	span.End()
	dropped, _ := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())).Tracer("test").Start(t.Context(), "dropped")
	for name, ctx := range map[string]context.Context{"no span": t.Context(), "one that has ended": ended, "one that is not sampled": dropped} {
		allocs := testing.AllocsPerRun(100, func() {
			got, end := recording.Operation(ctx, "session.load", "store")
			if got != ctx {
				t.Errorf("%s: got another context", name)
			}
			end(http.ErrAbortHandler)
		})
		if len(spans.GetSpans()) > 0 || allocs > 0 && !raceEnabled {
			t.Errorf("%s: spans %v, %v allocations", name, spans.GetSpans(), allocs)
		}
	}
}
