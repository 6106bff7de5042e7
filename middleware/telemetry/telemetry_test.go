package telemetry_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/telemetry"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

func hello(soay.Request) soay.Response { return response.Text("hello") }

// What the span of a request has, all of it.
func TestSpanAttributes(t *testing.T) {
	long := strings.Repeat("é", 2000)
	for _, tt := range []struct {
		name    string
		options telemetry.Options
		method  string
		target  string
		header  []string
		change  func(*http.Request)
		want    string         // the name
		attrs   map[string]any // beside those that all have; nil takes one away
	}{
		{"a route", telemetry.Options{}, "GET", "/cats/7", nil, nil, "GET /cats/{id}",
			map[string]any{"http.route": "/cats/{id}", "url.path": "/cats/7"}},
		{"HEAD of a group's route", telemetry.Options{}, "HEAD", "/api/dogs/7", nil, nil, "HEAD /api/dogs/{id}",
			map[string]any{"http.request.method": "HEAD", "http.route": "/api/dogs/{id}", "url.path": "/api/dogs/7"}},
		{"no route", telemetry.Options{}, "GET", "/none", nil, nil, "GET",
			map[string]any{"url.path": "/none", "http.response.status_code": int64(404)}},
		{"a method that the path lacks", telemetry.Options{}, "DELETE", "/cats/7", nil, nil, "DELETE",
			map[string]any{"http.request.method": "DELETE", "url.path": "/cats/7", "http.response.status_code": int64(405)}},
		{"OPTIONS", telemetry.Options{}, "OPTIONS", "/cats/7", nil, nil, "OPTIONS",
			map[string]any{"http.request.method": "OPTIONS", "url.path": "/cats/7", "http.response.status_code": int64(204)}},
		{"a preflight", telemetry.Options{}, "OPTIONS", "/cats/7", []string{"Origin", "https://a.example", "Access-Control-Request-Method", "PURGE"},
			nil, "OPTIONS /cats/{id}", map[string]any{"http.request.method": "OPTIONS", "http.route": "/cats/{id}", "url.path": "/cats/7",
				"http.response.status_code": int64(204)}},
		{"a method of the program's own", telemetry.Options{}, "PURGE", "/cats/7", nil, nil, "PURGE /cats/{id}",
			map[string]any{"http.request.method": "PURGE", "http.route": "/cats/{id}", "url.path": "/cats/7"}},
		{"a method that nobody knows", telemetry.Options{}, strings.Repeat("X", 99), "/cats/7", nil, nil, "HTTP",
			map[string]any{"http.request.method": "_OTHER", "http.request.method_original": strings.Repeat("X", 32),
				"url.path": "/cats/7", "http.response.status_code": int64(405)}},
		{"a method is case-sensitive", telemetry.Options{}, "get", "/none", nil, nil, "HTTP",
			map[string]any{"http.request.method": "_OTHER", "http.request.method_original": "get",
				"url.path": "/none", "http.response.status_code": int64(404)}},
		{"https, a port, HTTP/1.0", telemetry.Options{}, "GET", "https://cats.example:8443/none", nil,
			func(r *http.Request) { r.TLS, r.ProtoMinor = &tls.ConnectionState{}, 0 }, "GET",
			map[string]any{"url.scheme": "https", "server.address": "cats.example", "server.port": int64(8443), "url.path": "/none",
				"http.response.status_code": int64(404), "network.protocol.version": "1.0"}},
		{"IPv6, and a version that there is not", telemetry.Options{}, "GET", "/none", nil, func(r *http.Request) {
			r.Host, r.RemoteAddr, r.ProtoMajor = "[::1]", "[2001:db8::1]:99", 7
		}, "GET", map[string]any{"server.address": "::1", "client.address": "2001:db8::1", "network.peer.address": "2001:db8::1",
			"network.peer.port": int64(99), "url.path": "/none", "http.response.status_code": int64(404), "network.protocol.version": nil}},
		{"a unix socket, and a host that is none", telemetry.Options{}, "GET", "/none", nil,
			func(r *http.Request) { r.Host, r.RemoteAddr = "no host", "@" }, "GET",
			map[string]any{"server.address": nil, "server.port": nil, "client.address": nil, "network.peer.address": nil,
				"network.peer.port": nil, "url.path": "/none", "http.response.status_code": int64(404)}},
		{"secrets", telemetry.Options{}, "GET", "/none?token=hush&q=1", []string{"Authorization", "Bearer hush", "Cookie", "session=hush"}, nil, "GET",
			map[string]any{"url.path": "/none", "http.response.status_code": int64(404)}},
		{"a query", telemetry.Options{Query: true, Redact: []string{"Pet"}}, "GET", "/none?q=1&access_token=hush&pet=Tom&X-Amz-Signature=hush", nil, nil, "GET",
			map[string]any{"url.path": "/none", "http.response.status_code": int64(404),
				"url.query": "q=1&access_token=REDACTED&pet=REDACTED&X-Amz-Signature=REDACTED"}},
		{"headers", telemetry.Options{RequestHeaders: []string{"x-tenant", "X-None"}}, "GET", "/none",
			[]string{"X-Tenant", "a", "X-Tenant", "b\xff"}, nil, "GET",
			map[string]any{"url.path": "/none", "http.response.status_code": int64(404), "http.request.header.x-tenant": []string{"a", "b\uFFFD"}}},
		{"at the start", telemetry.Options{AttributesAtStart: true}, "GET", "/cats/7", nil, nil, "GET /cats/{id}",
			map[string]any{"http.route": "/cats/{id}", "url.path": "/cats/7"}},
		{"texts that are no UTF-8, and long ones", telemetry.Options{Query: true}, "GET", "/%ff/" + strings.Repeat("a", 5000) + "?q=\xff\xfe",
			[]string{"User-Agent", "\xff" + long}, nil, "GET",
			map[string]any{"url.path": "/%ff/" + strings.Repeat("a", 1024-5), "http.response.status_code": int64(400),
				"url.query": "q=\uFFFD", "user_agent.original": "\uFFFD" + strings.Repeat("é", 511)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := newObserved(t, tt.options)
			app.Get("/cats/{id}", hello)
			app.Handle("PURGE", "/cats/{id}", hello).CORS(soay.CORS{Origins: []string{"*"}})
			app.Group("/api").Get("/dogs/{id}", hello)
			r := httptest.NewRequest(tt.method, tt.target, nil)
			for i := 0; i < len(tt.header); i += 2 {
				r.Header.Add(tt.header[i], tt.header[i+1])
			}
			if tt.change != nil {
				tt.change(r)
			}
			app.ServeHTTP(httptest.NewRecorder(), r)
			want := map[string]any{
				"http.request.method": "GET", "url.scheme": "http", "server.address": "example.com", "server.port": int64(80),
				"client.address": "192.0.2.1", "network.peer.address": "192.0.2.1", "network.peer.port": int64(1234),
				"network.protocol.version": "1.1", "http.response.status_code": int64(200),
			}
			maps.Copy(want, tt.attrs)
			maps.DeleteFunc(want, func(_ string, v any) bool { return v == nil })
			span := app.span(t)
			if diff := cmp.Diff(want, attributesOf(span)); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if span.Name != tt.want || span.SpanKind != trace.SpanKindServer || len(span.Events) > 0 || span.Status.Code != 0 {
				t.Errorf("span %q of kind %v, want %q of a server; events %v, status %v", span.Name, span.SpanKind, tt.want, span.Events, span.Status)
			}
		})
	}
}

// diskError is an error with a type.
type diskError struct{ code int }

func (diskError) Error() string { return "no disk" }

// hostileError is an error of which every method panics.
type hostileError struct{}

func (hostileError) Error() string { panic("error of an error") }
func (hostileError) Unwrap() error { panic("unwrap of an error") }

func TestFailures(t *testing.T) {
	plain := errors.New("no disk")
	for _, tt := range []struct {
		name      string
		handler   soay.Handler
		want      string // see summary
		exception string // type and message, "" for no event
		stack     bool
	}{
		{"a client's mistake", func(soay.Request) soay.Response { return response.Error(problem.New(404, "no cat")) }, "GET / 404 - Unset", "", false},
		{"a status", func(soay.Request) soay.Response { return response.Status(503) }, "GET / 503 503 Error", "", false},
		{"a text with a status", func(soay.Request) soay.Response { return response.Text("later").WithStatus(503) }, "GET / 503 503 Error", "", false},
		{"an error without a type", func(soay.Request) soay.Response { return response.Error(plain) }, "GET / 500 500 Error", "500: no disk", false},
		{"an error with a type", func(soay.Request) soay.Response { return response.Error(diskError{1}) },
			"GET / 500 telemetry_test.diskError Error", "telemetry_test.diskError: no disk", false},
		{"one in others", func(soay.Request) soay.Response {
			return response.Error(errors.Join(plain, fmt.Errorf("load: %w", problem.New(502, "").WithCause(&diskError{1}))))
		}, "GET / 502 telemetry_test.diskError Error", "telemetry_test.diskError: no disk\nload: 502 Bad Gateway: no disk", false},
		{"a deadline", func(soay.Request) soay.Response {
			return response.Error(fmt.Errorf("load: %w", context.DeadlineExceeded))
		},
			"GET / 500 timeout Error", "timeout: load: context deadline exceeded", false},
		{"a panic", func(soay.Request) soay.Response { panic("at the disco") }, "GET / 500 panic Error", "panic: panic: at the disco", true},
		{"a panic with an error", func(soay.Request) soay.Response { panic(diskError{1}) },
			"GET / 500 telemetry_test.diskError Error", "telemetry_test.diskError: panic: no disk", true},
		{"a panic of the runtime", func(soay.Request) soay.Response { return response.Text(make([]string, 0)[len("x")]) },
			"GET / 500 runtime.boundsError Error", "runtime.boundsError: panic: runtime error: index out of range [1] with length 0", true},
		{"a text that is no UTF-8", func(soay.Request) soay.Response {
			return response.Error(errors.New("\xff" + strings.Repeat("é", 5000)))
		},
			"GET / 500 500 Error", "500: \uFFFD" + strings.Repeat("é", 1023), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := newObserved(t, telemetry.Options{})
			app.Get("/", tt.handler)
			do(app, "GET", "/")
			span := app.span(t)
			if got := summary(span); got != tt.want || span.Status.Description != "" {
				t.Errorf("span %q %q, want %q", got, span.Status.Description, tt.want)
			}
			exception, stack := exceptionOf(span)
			if exception != tt.exception || strings.Contains(stack, "telemetry_test") != tt.stack {
				t.Errorf("exception %q, want %q; stack %q, want one: %v", exception, tt.exception, stack, tt.stack)
			}
			points := app.points(t, "http.server.request.duration")
			if len(points) != 1 || points[0].Count != 1 || points[0].Labels["error.type"] != attributesOf(span)["error.type"] {
				t.Errorf("duration %+v", points)
			}
		})
	}
}

// exceptionOf returns the exception that a span has, "" for none.
func exceptionOf(span tracetest.SpanStub) (text, stack string) {
	for _, e := range span.Events {
		m := make(map[string]string)
		for _, kv := range e.Attributes {
			m[string(kv.Key)] = kv.Value.AsString()
		}
		text += m["exception.type"] + ": " + m["exception.message"]
		stack += m["exception.stacktrace"]
	}
	return text, stack
}

// An error that the app's own handler answers with a page is no failure, but a panic is.
func TestFailuresWithPages(t *testing.T) {
	app := newObserved(t, telemetry.Options{})
	soay.HandleError(app.App, func(soay.Request, diskError) soay.Response { return response.Text("no cat").WithStatus(404) })
	app.Get("/error", func(soay.Request) soay.Response { return response.Error(diskError{1}) })
	app.Get("/panic", func(soay.Request) soay.Response { panic(diskError{1}) })
	for path, want := range map[string]string{
		"/error": "GET /error 404 - Unset", "/panic": "GET /panic 404 telemetry_test.diskError Error",
	} {
		app.spans.Reset()
		do(app, "GET", path)
		if got := summary(app.span(t)); got != want {
			t.Errorf("span %q, want %q", got, want)
		}
	}
}

// Errors of the program that misbehave themselves end a span as well.
func TestHostileErrors(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{hostileError{}, "GET 500 500 Error"},
		{fmt.Errorf("in: %w", hostileError{}), "GET 500 500 Error"},
		{wrapping(100), "GET 500 500 Error"},
	} {
		spans := tracetest.NewInMemoryExporter()
		observer := telemetry.New(telemetry.Options{TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))})
		exchange := request.NewExchange(&request.Settings{Telemetry: observer, Strict: true})
		request.StateOf(exchange.Begin(httptest.NewRequest("GET", "/none", nil))).Observe()
		exchange.Finish(request.Outcome{Status: 500, Err: tt.err})
		if got := spans.GetSpans(); len(got) != 1 || summary(got[0]) != tt.want {
			t.Errorf("spans %v, want one %q", got, tt.want)
		}
	}
}

// wrapping returns an error in so many others.
func wrapping(depth int) error {
	err := error(diskError{1})
	for range depth {
		err = fmt.Errorf("in: %w", err)
	}
	return err
}

func TestParents(t *testing.T) {
	const remote = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for _, tt := range []struct {
		name       string
		options    telemetry.Options
		wantParent bool
		wantLink   bool
	}{
		{"by default", telemetry.Options{}, true, false},
		{"public", telemetry.Options{Public: true}, false, true},
		{"public, with attributes at the start", telemetry.Options{Public: true, AttributesAtStart: true}, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := newObserved(t, tt.options)
			do(app, "GET", "/none", "Traceparent", remote)
			span := app.span(t)
			if got := span.Parent.SpanID().String() == "b7ad6b7169203331" && span.SpanContext.TraceID() == span.Parent.TraceID(); got != tt.wantParent {
				t.Errorf("the span %v is a child of %v: %v, want %v", span.SpanContext, span.Parent, got, tt.wantParent)
			}
			if got := len(span.Links) == 1 && span.Links[0].SpanContext.SpanID().String() == "b7ad6b7169203331"; got != tt.wantLink {
				t.Errorf("links %v, want one: %v", span.Links, tt.wantLink)
			}
		})
	}
}

// A span of a server around the app is nearer than one that a header names.
func TestParentAroundTheApp(t *testing.T) {
	app := newObserved(t, telemetry.Options{})
	ctx, outer := sdktrace.NewTracerProvider().Tracer("test").Start(context.Background(), "outer")
	r := httptest.NewRequestWithContext(ctx, "GET", "/none", nil)
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	app.ServeHTTP(httptest.NewRecorder(), r)
	if got := app.span(t).Parent; got.SpanID() != outer.SpanContext().SpanID() {
		t.Errorf("parent %v, want %v", got, outer.SpanContext())
	}
}

// sampler notes what it is asked.
type sampler struct{ asked []sdktrace.SamplingParameters }

func (s *sampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	s.asked = append(s.asked, p)
	return sdktrace.SamplingResult{Decision: sdktrace.Drop}
}
func (s *sampler) Description() string { return "test" }

func TestAttributesAtStart(t *testing.T) {
	for _, atStart := range []bool{false, true} {
		s := new(sampler)
		app := newObserved(t, telemetry.Options{TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSampler(s)), AttributesAtStart: atStart})
		app.Get("/cats/{id}", hello)
		do(app, "GET", "/cats/7")
		if len(s.asked) != 1 || s.asked[0].Name != "GET /cats/{id}" || len(s.asked[0].Attributes) > 0 != atStart {
			t.Errorf("AttributesAtStart %v: asked %+v", atStart, s.asked)
		}
	}
}

func TestSkip(t *testing.T) {
	app := newObserved(t, telemetry.Options{Skip: func(req soay.Request) bool {
		_ = req.Context() // asks before the observation
		if req.Path() == "/broken" {
			panic("skip")
		}
		return req.Path() == "/live"
	}})
	var sampled bool
	for _, path := range []string{"/cats", "/live", "/broken"} {
		app.Get(path, func(req soay.Request) soay.Response {
			sampled = trace.SpanFromContext(req.Context()).IsRecording()
			return response.Text("hello")
		})
	}
	for path, want := range map[string]int{"/live": 0, "/broken": 0, "/cats": 1} {
		app.spans.Reset()
		if w := do(app, "GET", path); w.Code != 200 || len(app.spans.GetSpans()) != want || sampled != (want == 1) {
			t.Errorf("%s: status %d, %d spans, sampled %v; want %d", path, w.Code, len(app.spans.GetSpans()), sampled, want)
		}
	}
	if points := app.points(t, "http.server.request.duration"); len(points) != 1 || points[0].Labels["http.route"] != "/cats" {
		t.Errorf("durations %+v, want that of /cats", points)
	}
}
