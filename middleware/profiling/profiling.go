// Package profiling serves profiles of the running program to go tool pprof and go tool trace, as package net/http/pprof
// does: the CPU, the heap, goroutines, locks, the program's own profiles and execution traces. Unlike that one it registers nothing
// by being imported, lets nobody in whom the app's rules do not allow, and refuses a second profile of the CPU or trace
// while one runs.
package profiling

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router"
)

// Options sets what clients may ask for.
type Options struct {
	// MaxDuration is how long a profile of the CPU or a trace may last at most. Longer ones are 400. The default is 5
	// minutes; negative means any time.
	MaxDuration time.Duration
}

const (
	defaultMax   = 5 * time.Minute
	defaultCPU   = 30 * time.Second
	defaultTrace = time.Second
)

// Handler returns the handler for App.UseProfiling, which serves the paths below /debug/pprof. It is safe for concurrent use.
// Several Options make it nil, which the app reports at its start.
func Handler(options ...Options) router.Handler {
	if len(options) > 1 {
		return nil
	}
	p := &profiles{limit: defaultMax}
	if len(options) == 1 {
		p.limit = cmp.Or(options[0].MaxDuration, defaultMax)
	}
	return p.serve
}

// profiles serves profiles. Each kind of recording is made by one request at a time.
type profiles struct {
	limit        time.Duration // negative for none
	cpu, tracing atomic.Bool   // is recorded for a request
}

// serve answers by the parameter name of the route, "" for the index.
func (p *profiles) serve(req request.Request) response.Response {
	resp, err := p.answer(req, req.Param("name"))
	if err != nil {
		// go tool pprof shows the text of an error with this header.
		resp = response.Error(err).WithHeader("X-Go-Pprof", "1")
	}
	return resp.WithHeader("Cache-Control", "no-store")
}

func (p *profiles) answer(req request.Request, name string) (response.Response, error) {
	if req.Method() == http.MethodPost {
		addresses, err := req.Bytes()
		return symbols(string(addresses)), err
	}
	switch name {
	case "":
		return index(strings.HasSuffix(req.Path(), "/")), nil
	case "symbol":
		return symbols(req.URL().RawQuery), nil
	case "profile":
		d, err := p.duration(req, defaultCPU)
		return download(name, &cpuProfile{p, d}), err
	case "trace":
		d, err := p.duration(req, defaultTrace)
		return download(name, &executionTrace{p, d}), err
	}
	return snapshotOf(req, name)
}

// duration returns the time that a client asks for.
func (p *profiles) duration(req request.Request, otherwise time.Duration) (time.Duration, error) {
	text := req.Query("seconds")
	if text == "" {
		if p.limit > 0 {
			otherwise = min(otherwise, p.limit)
		}
		return otherwise, nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	const most = 100 * 365 * 24 * 3600 // what a time.Duration holds for sure
	if err != nil || !(seconds > 0) || seconds > most {
		return 0, problem.New(http.StatusBadRequest, "The parameter seconds is no number above 0.")
	}
	d := time.Duration(seconds * float64(time.Second))
	if p.limit > 0 && d > p.limit {
		return 0, problem.New(http.StatusBadRequest, fmt.Sprintf("A profile may last %v at most.", p.limit))
	}
	return d, nil
}

// snapshot is a profile of the present, or of all since the start of the program.
type snapshot struct {
	profile *pprof.Profile
	debug   int
	collect bool // garbage before
}

// snapshotOf returns a profile of package runtime/pprof.
func snapshotOf(req request.Request, name string) (response.Response, error) {
	s := &snapshot{profile: pprof.Lookup(name)}
	if s.profile == nil {
		return response.Response{}, problem.New(http.StatusNotFound, "There is no such profile.")
	}
	if req.Query("seconds") != "" {
		return response.Response{}, problem.New(http.StatusBadRequest,
			"This profile has no seconds. Take two, and compare them by go tool pprof -base.")
	}
	debug, err := numberOf(req, "debug", 2)
	gc, err2 := numberOf(req, "gc", 1)
	if err := errors.Join(err, err2); err != nil {
		return response.Response{}, problem.New(http.StatusBadRequest, "The parameter debug is 0, 1 or 2, and gc is 0 or 1.").WithCause(err)
	}
	s.debug, s.collect = debug, gc > 0
	if debug > 0 {
		return response.Response{}.WithBody("text/plain; charset=utf-8", s), nil
	}
	return download(name, s), nil
}

// numberOf returns the number of a query parameter, 0 without one.
func numberOf(req request.Request, name string, most int) (int, error) {
	text := req.Query(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err == nil && (n < 0 || n > most) {
		err = fmt.Errorf("%s: %d is not from 0 to %d", name, n, most)
	}
	return n, err
}

// Ready implements what bodies promise that look at no session.
func (s *snapshot) Ready() {}

// WriteBody implements [response.Body].
func (s *snapshot) WriteBody(w http.ResponseWriter, r *http.Request, status int) error {
	if !response.HasContent(r.Method, status) {
		return nil
	}
	if s.collect {
		runtime.GC()
	}
	return s.profile.WriteTo(w, s.debug)
}

// download returns a response that browsers save.
func download(name string, body response.Body) response.Response {
	return response.Response{}.WithBody("application/octet-stream", body).AsAttachment(name)
}

// symbols returns the names of functions for addresses with + between them, as go tool pprof asks for them if a profile
// lacks them.
func symbols(addresses string) response.Response {
	var b strings.Builder
	b.WriteString("num_symbols: 1\n") // any number above 0 says that there are some
	for address := range strings.SplitSeq(addresses, "+") {
		pc, err := strconv.ParseUint(strings.TrimSpace(address), 0, 64)
		if err != nil {
			continue
		}
		if f := runtime.FuncForPC(uintptr(pc)); f != nil {
			fmt.Fprintf(&b, "%#x %s\n", pc, f.Name())
		}
	}
	return response.Text(b.String())
}
