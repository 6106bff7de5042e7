package request

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"sync/atomic"

	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/response"
)

// Settings is what an app tells all of its requests, for the framework. It must not change once an Exchange has been
// made with it.
type Settings struct {
	// Logger is the logger of requests to which middleware adds none. nil means slog.Default().
	Logger *slog.Logger
	// MaxBody limits the body in bytes for routes without a limit of their own. 0 means 1 MiB.
	MaxBody int64
	// Strict makes misuses panic rather than be logged.
	Strict bool
	// Stopping ends when the app stops; nil means never.
	Stopping context.Context
	// Complete gives an error response a body; see State.Complete. nil means that it stays without one.
	Complete func(Request, response.Response) response.Response
	// Services has the app's services. nil means that there are none.
	Services *inject.Provider
	// URL returns the path of a named route; see Request.URLFor. nil means that there are no routes.
	URL func(name string, args ...any) (string, error)
	// Assets knows the URLs of static files; see Request.Asset. nil means that there are none.
	Assets Assets
	// Inputs fills the inputs that handlers bind themselves; see soay.Bind. nil means one with the rules of the
	// validator's library.
	Inputs Inputs
	// Telemetry observes the requests that State.Observe is called for. nil means that nobody does.
	Telemetry Telemetry
	// App is the file and line where the app was made, for reports of misuses. "" leaves it out of them.
	App string

	lateOrigins atomic.Bool  // a late change of the scheme or the host has been reported
	abandoned   atomic.Int64 // handlers that were abandoned and have not returned
}

// Inputs fills inputs from requests, for the framework. It is implemented by package bind. An interface, unlike a
// function, leaves the code for it out of programs that do not call it.
type Inputs interface {
	Fill(Request, reflect.Value) error
}

// Assets are the static files of an app, for the framework. Its methods take the plain path of a file, such as
// /static/app.css, and are false for one that is not there.
type Assets interface {
	// URL returns the URL of a file, which changes with its content.
	URL(path string) (string, bool)
	// Integrity returns the hash of a file for the attribute integrity.
	Integrity(path string) (string, bool)
}

// DefaultMaxBody is the limit of a body in bytes unless the app or the route sets another.
const DefaultMaxBody = 1 << 20

func (s *Settings) logger() *slog.Logger {
	if s.Logger == nil {
		return slog.Default()
	}
	return s.Logger
}

// named adds the place of the app to an error.
func (s *Settings) named(err error) error {
	if s.App == "" {
		return err
	}
	return fmt.Errorf("%w (in the app made at %s)", err, s.App)
}
