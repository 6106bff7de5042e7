package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/sessions"
)

// cats shows cats, with facts of another service.
type cats struct {
	facts  service
	tracer trace.Tracer
	shown  metric.Int64Counter
}

func newCats(s *signals, facts service) *cats {
	c := &cats{facts: facts, tracer: s.traces.Tracer("cats")}
	// A name that is wrong is an error; the counter works all the same, and counts nothing.
	c.shown, _ = s.metrics.Meter("cats").Int64Counter("cats.shown", metric.WithDescription("Cats that were shown."))
	return c
}

func (c *cats) show(req soay.Request) soay.Response {
	name := req.Param("name")
	c.find(req.Context(), name)
	text, err := c.facts.get(req.Context(), "/facts/"+url.PathEscape(name))
	if err != nil {
		return response.Error(problem.New(http.StatusBadGateway, "there are no facts now").WithCause(err))
	}
	c.shown.Add(req.Context(), 1) // the values of attributes would be the program's, never a client's: each is a series
	return response.Text(text)
}

// find has a span of its own, within that of the request.
func (c *cats) find(ctx context.Context, name string) {
	ctx, span := c.tracer.Start(ctx, "find the cat", trace.WithAttributes(attribute.String("cat.name", name)))
	defer span.End()
	slog.InfoContext(ctx, "looking for a cat", "name", name) // with the ids of the trace, by the LogHandler
}

// visit counts the visits of a browser in its session.
func visit(req soay.Request) soay.Response {
	n := sessions.GetOr(req.Session, "visits", 0) + 1
	req.Session.Set("visits", n)
	return response.Text(fmt.Sprintf("Visit number %d\n", n))
}

// fact is what the program asks itself for: it stands for another service.
func fact(req soay.Request) soay.Response {
	return response.Text(fmt.Sprintf("%s sleeps for 15 hours a day.\n", req.Param("name")))
}

// service is a server that the program asks.
type service struct {
	url    string
	client *http.Client
}

// get returns what the service answers. ctx has the trace, which the client passes on.
func (s service) get(ctx context.Context, path string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
	if err != nil {
		return "", err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", path, resp.Status)
	}
	return string(text), err
}

// check reports that the service is away.
func (s service) check(ctx context.Context) error {
	_, err := s.get(ctx, "/health/live")
	return err
}
