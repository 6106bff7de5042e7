// Package telemetry tells OpenTelemetry of the requests of an app: a trace with the spans of a request, its session and
// the stores, metrics, and the ids of the trace in log lines. It uses the API of OpenTelemetry alone; the program chooses
// the SDK and the exporters.
//
//	app.UseTelemetry(telemetry.New())
//
// # Providers
//
// A program makes a provider of traces and one of metrics, by the SDK, with the exporters that it wants, and gives them to
// the package: as [Options], or by otel.SetTracerProvider and otel.SetMeterProvider. Without them nothing is told, and
// requests cost nothing worth mentioning. What a provider has collected when the app stops must be flushed after the last
// request, so it belongs into a hook, which runs then:
//
//	tracing := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
//	app.OnStop(tracing.Shutdown)
//
// Hooks run last first. Register that one first, so that the hooks of everything that makes spans run before it. Use a
// batcher: with it, a collector that hangs or is away costs a request nothing, and spans that are too many are dropped. A
// syncer makes each client wait for the collector.
//
// # Spans
//
// A request has a span of the kind server. Its name is the method and the pattern of the route, such as GET /cats/{id}, the
// method alone where no route matches, and HTTP for methods that nobody knows. It has the stable attributes of the semantic
// conventions for HTTP; texts of clients are cut at 1 KiB, and made UTF-8. It begins when the route is known, outside of all
// middleware but the recovery from panics, and ends when the response has been written or the connection was cut. Handlers
// find it in the context of the request, by trace.SpanFromContext, and what they begin with that context is within it.
//
// Neither the query nor headers are told unless [Options.Query] and [Options.RequestHeaders] say so, and cookies, bodies and
// credentials never. The texts of errors are, as they are in the log: give traces to those who may read the log.
//
// Sessions and the stores of rate limits have spans of their own: session.load, session.save, session.modify and
// ratelimit.take. They have soay.store, the type of the store, or cookie for a session that is kept in one.
//
// # Failures
//
// Status 500 and above, panics and cut connections are failures: the span's status is Error, and it and the metrics have
// error.type. That is the type of the error, such as middleware.TimeoutError, behind wrappers of fmt and errors that say
// nothing; else one of these:
//
//	the status, as 503  the error has no type that says something
//	panic               a panic with a value that is no error
//	timeout             context.DeadlineExceeded
//	client_closed       the client has gone
//	write_timeout       the client did not take the response in its time
//	aborted             the handler asked for the cut, by http.ErrAbortHandler
//	response_cut        a body failed when the status had been sent
//
// Status 400 to 499 is the client's failure, so it leaves the span's status unset.
//
// # Traces from and to others
//
// A request continues the trace that its traceparent names, by the rules of W3C Trace Context, Level 2. What is malformed,
// or there twice, is ignored, and the request begins a trace. A malformed tracestate, or one with more than 32 entries, is
// ignored alone; of one that has a key twice the first entry counts. Up to 512 characters are kept: of more, entries larger
// than 128 are left out first, and then others, each time from the end. [Options.Propagator] reads other headers.
//
// [Telemetry.Transport] makes requests that handlers send part of the trace, and [LogHandler] gives its ids to the lines
// that package slog logs with the context of a request; those of Request.Logger have them.
//
// # Metrics
//
// http.server.request.duration is a histogram in seconds, by method, scheme, route, status, error.type and version of HTTP.
// [Options.Development] adds others. All values are the program's: a client that asks for a million paths, by methods of its
// own, makes no new series.
//
// # Faults
//
// Code that the program plugs in, such as [Options.Skip], samplers and processors of spans, runs on the way of requests and
// must not wait. If it panics, the log tells of it, and the request goes on.
package telemetry
