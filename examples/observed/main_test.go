//go:build unix

package main

import (
	"context"
	"net"
	"regexp"
	"strings"
	"testing"

	traces "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
)

// pair starts two instances, of which the first asks the second for facts. Both send to the collector.
func pair(t *testing.T, c *collector) (cats, facts *program) {
	t.Helper()
	env := func(name string) []string {
		return []string{"OTEL_SERVICE_NAME=" + name, "OTEL_EXPORTER_OTLP_ENDPOINT=" + c.url}
	}
	facts = start(t, env("facts"))
	return start(t, env("cats"), "-facts", facts.url), facts
}

func TestOneTraceOfTwoServices(t *testing.T) {
	c := newCollector(t)
	cats, facts := pair(t, c)
	cats.want(200, "minka sleeps", "/cats/minka?token=hush")
	cats.want(200, "Visit number 1", "/")
	cats.want(200, "ok", "/health/ready")
	cats.want(404, "", "/nowhere")
	cats.stop() // sends what it has
	facts.stop()

	const server, client, inside = traces.Span_SPAN_KIND_SERVER, traces.Span_SPAN_KIND_CLIENT, traces.Span_SPAN_KIND_INTERNAL
	page := c.find(t, "cats", server, "GET /cats/{name}")
	find := c.find(t, "cats", inside, "find the cat")
	out := c.find(t, "cats", client, "GET")
	fact := c.find(t, "facts", server, "GET /facts/{name}")
	save := c.find(t, "cats", inside, "session.save")
	for _, s := range []span{find, out, fact} {
		if s.trace != page.trace {
			t.Errorf("the span %q is of another trace than the request", s.name)
		}
	}
	if find.parent != page.id || out.parent != page.id || fact.parent != out.id || page.parent != "" {
		t.Errorf("the spans do not hang together: %v", []span{page, find, out, fact})
	}
	if root := c.find(t, "cats", server, "GET /"); save.trace != root.trace {
		t.Error("saving the session is of another trace than its request")
	}
	for key, want := range map[string]string{"http.route": "/cats/{name}", "http.response.status_code": "200", "url.path": "/cats/minka"} {
		if got := page.attributes[key]; got != want {
			t.Errorf("the request has %s %q, want %q", key, got, want)
		}
	}
	for _, s := range c.spans {
		if strings.Contains(s.attributes["http.route"], "/health") {
			t.Errorf("a health check has a span: %v", s)
		}
	}
	for _, want := range []string{"cats http.server.request.duration /cats/{name}", "facts http.server.request.duration /facts/{name}",
		"cats http.client.request.duration", "cats cats.shown", "cats go.goroutine.count"} {
		if !c.series[want] {
			t.Errorf("there is no metric %s", want)
		}
	}
	for _, want := range []string{
		`msg="looking for a cat" name=minka trace_id=` + page.trace + ` span_id=` + find.id,
		`msg=request .*trace_id=` + page.trace + ` span_id=` + page.id + `.* query="?token=REDACTED"? status=200 .*route=/cats/{name}`,
	} {
		if !regexp.MustCompile(want).MatchString(cats.log()) {
			t.Errorf("the log has no line %s:\n%s", want, cats.log())
		}
	}
}

func TestOnlyOperatorsSeeIt(t *testing.T) {
	p := start(t, nil)
	for _, path := range []string{"/metrics", "/debug/pprof/goroutine"} {
		p.want(401, "", path)
		p.want(401, "", path, "Authorization", "Bearer ops_0123456789012345678901234567890123456789012")
		p.want(200, "", path, p.authorization()...)
	}
	p.stop()
}

func TestFactsAreAway(t *testing.T) {
	facts := start(t, nil)
	cats := start(t, nil, "-facts", facts.url)
	cats.want(200, "ok", "/health/live")
	facts.stop()
	cats.want(200, "ok", "/health/ready") // other instances would have no facts either
	cats.want(502, "", "/cats/minka")
	cats.stop() // the access log is written when the client has its answer
	for _, want := range []string{`check=facts .*connection refused`, `status=502 .*connection refused`} {
		if log := cats.log(); !regexp.MustCompile(want).MatchString(log) {
			t.Errorf("the log has no line %s:\n%s", want, log)
		}
	}
}

func TestCollectorIsAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + l.Addr().String()
	l.Close()
	p := start(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + nobody})
	for range 20 {
		p.want(200, "Visit", "/")
	}
	p.stop()
	if log := p.log(); !strings.Contains(log, "the last of it is lost") {
		t.Errorf("the log does not tell that traces were lost:\n%s", log)
	}
}

func TestNoKeyIsAStartUpError(t *testing.T) {
	s, err := newSignals(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.stop(context.Background()) })
	app := newApp(s, "http://127.0.0.1:8000", "", soay.Options{Env: "production", Logger: new(requesttest.Log).Logger()})
	if err := app.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "ops") {
		t.Errorf("the app starts without a digest of the key: %v", err)
	}
}
