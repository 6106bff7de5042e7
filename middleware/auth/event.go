package auth

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/request"
)

// EventKind says what has happened.
type EventKind string

// The kinds of events.
const (
	EventSignedIn  EventKind = "signed-in"
	EventSignedOut EventKind = "signed-out"
	EventRefused   EventKind = "refused"
)

// Event is a sign-in, a sign-out or a refusal, for Options.OnEvent. It has nothing of credentials.
type Event struct {
	Kind EventKind
	// Scheme is the name of the scheme, "" for none.
	Scheme string
	// Reason is why a request was refused, "" for the other kinds.
	Reason Reason
	// Subject is who it was, "" for nobody.
	Subject string
	// Client is the address of the client, RequestID the id of the request, "" without one, and Route the pattern of
	// its route, "" without one.
	Client, RequestID, Route string
}

// events tells the log, and the app, what happens.
type events struct {
	tell func(Event) // nil for none
}

func (e *events) refused(req request.Request, r *RefusedError) {
	level := slog.LevelInfo
	if r.Reason == ReasonTooMany {
		level = slog.LevelWarn
	}
	e.note(req, level, Event{Kind: EventRefused, Scheme: r.Scheme, Reason: r.Reason, Subject: r.Subject}, r.Err)
}

func (e *events) signed(req request.Request, kind EventKind, scheme, subject string) {
	e.note(req, slog.LevelInfo, Event{Kind: kind, Scheme: scheme, Subject: subject}, nil)
}

func (e *events) note(req request.Request, level slog.Level, event Event, err error) {
	event.Client, event.RequestID = req.ClientIP(), middleware.RequestID(req)
	if route := req.Route(); route != nil {
		event.Route = route.Pattern
	}
	if log, ctx := req.Logger(), request.StateOf(req).Context(); log.Enabled(ctx, level) {
		attrs := make([]slog.Attr, 0, 7)
		for _, a := range [...]slog.Attr{
			slog.String("scheme", event.Scheme), slog.String("reason", string(event.Reason)), slog.String("subject", event.Subject),
			slog.String("client", event.Client), slog.String("route", event.Route),
		} {
			if a.Value.String() != "" {
				attrs = append(attrs, a)
			}
		}
		if err != nil {
			attrs = append(attrs, slog.Any("error", err))
		}
		log.LogAttrs(ctx, level, "auth: "+string(event.Kind), attrs...)
	}
	if e.tell != nil {
		e.tell(event)
	}
}

// outages logs failures of a scheme, at most one in a second.
type outages struct{ last atomic.Int64 }

// of returns the error of a scheme that has failed.
func (o *outages) of(req request.Request, scheme string, err error) *UnavailableError {
	e := &UnavailableError{Scheme: scheme, Err: err, logged: true}
	level, ctx := slog.LevelError, request.StateOf(req).Context()
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		level = slog.LevelDebug // the client has gone, which says nothing of the scheme
	} else if !o.isDue(time.Now()) {
		return e
	}
	req.Logger().LogAttrs(ctx, level, "auth: a scheme failed", slog.String("scheme", scheme), slog.Any("error", err))
	return e
}

// isDue reports whether the last line is a second old, or of a clock that was ahead. Of several goroutines that ask at
// once one is told so.
func (o *outages) isDue(now time.Time) bool {
	last := o.last.Load()
	age := time.Duration(now.UnixNano() - last)
	return (last == 0 || age < 0 || age >= time.Second) && o.last.CompareAndSwap(last, now.UnixNano())
}
