// Command observed is a program whose operators see what it does: traces, metrics, logs that name their traces, health
// checks and profiles.
//
//	APP_ENV=development go run .            # prints the key of the operators
//	curl http://127.0.0.1:8000/cats/minka   # a trace with two requests: the program asks itself for a fact
//	curl -H "Authorization: Bearer $KEY" http://127.0.0.1:8000/metrics
//	curl http://127.0.0.1:8000/health/ready
//
// Traces and metrics go to the collector that the usual variables name, and nowhere without them:
//
//	OTEL_SERVICE_NAME=cats OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 go run .
//
// Outside of development APP_OPS_DIGEST is the digest of the operators' key, which examples/newkey makes. The page
// docs/observability.md explains all this.
//
//   - main.go: what the operators get
//   - signals.go: OpenTelemetry and where it sends to, a file to copy
//   - cats.go: the handlers, with a span, a metric and a log line of their own
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/auth/apikey"
	"github.com/soay-go/soay/middleware/health"
	"github.com/soay-go/soay/middleware/profiling"
	"github.com/soay-go/soay/middleware/telemetry"
	"github.com/soay-go/soay/sessions/memstore"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "the address to serve on")
	facts := flag.String("facts", "http://127.0.0.1:8000", "the server to ask for facts, which this program is, too")
	flag.Parse()
	slog.SetDefault(slog.New(telemetry.LogHandler(slog.NewTextHandler(os.Stderr, nil))))
	s, err := newSignals(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	s.useGlobally()
	if err := newApp(s, *facts, opsDigest(os.Stderr)).Run(*addr); err != nil {
		log.Fatal(err)
	}
}

// opsDigest returns the digest of the operators' key from the environment. In development a key is made and printed.
func opsDigest(w io.Writer) string {
	digest := os.Getenv("APP_OPS_DIGEST")
	if digest == "" && os.Getenv("APP_ENV") == "development" {
		var key string
		key, digest = apikey.NewKey("ops")
		fmt.Fprintf(w, "The operators have the key %s until the app stops.\n", key)
	}
	return digest
}

func newApp(s *signals, facts, opsDigest string, options ...soay.Options) *soay.App {
	t := telemetry.New(telemetry.Options{
		TracerProvider: s.traces,
		MeterProvider:  s.metrics,
		Skip:           soay.IsProbe, // load balancers ask all the time
	})
	c := newCats(s, service{facts, &http.Client{Transport: t.Transport(nil), Timeout: 5 * time.Second}})

	app := soay.New(options...)
	app.OnStop(s.stop) // the first, so that it runs last and sends what others have told
	app.UseTelemetry(t)
	app.UseAccessLog(middleware.AccessLogOptions{
		Fields: []middleware.AccessLogField{middleware.AccessLogMethod, middleware.AccessLogPath, middleware.AccessLogQuery,
			middleware.AccessLogStatus, middleware.AccessLogDuration, middleware.AccessLogRoute},
		Skip: soay.IsProbe,
		Slow: time.Second,
	})
	app.UseSessionStore(memstore.New()) // its loads and saves have spans
	// All instances ask the same service. If it is away, none is readier than another: the log has it, and that is all.
	app.UseHealth(health.Options{LogOnly: []string{"facts"}})
	app.AddHealthCheck("facts", service{facts, &http.Client{}}.check)

	// One key opens what only operators may see: it is Prometheus's, too.
	app.AddScheme("ops", apikey.New(apikey.Options{Authorization: "Bearer", Keys: []apikey.Key{{ID: "ops", Digest: opsDigest}}}))
	ops := soay.Auth{Schemes: []string{"ops"}}
	app.Get("/metrics", soay.FromHTTP(s.page)).Auth(ops)
	app.UseProfiling(profiling.Handler(), ops)

	app.Get("/", visit)
	app.Get("/cats/{name}", c.show)
	app.Get("/facts/{name}", fact)
	return app
}
