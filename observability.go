package soay

import (
	"reflect"

	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/request"
)

// Telemetry observes the requests of an app: traces, metrics and the ids of traces in log lines. Package
// middleware/telemetry makes one of OpenTelemetry.
type Telemetry = request.Telemetry

// UseTelemetry tells t of every request, also of those that no route matches, and of what their sessions and the stores
// of rate limits wait for. Package middleware/telemetry makes one of OpenTelemetry; a program that does not import it
// links nothing of that. Call it once. If t has a method Check() error, its error stops the start of the app.
func (a *App) UseTelemetry(t Telemetry) {
	if v := reflect.ValueOf(t); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		a.fail("UseTelemetry: the telemetry is nil")
		return
	}
	if c, ok := t.(interface{ Check() error }); ok {
		if err := c.Check(); err != nil {
			a.failEach("UseTelemetry", err)
			return
		}
	}
	if a.isOpen() && a.telemetry == nil {
		a.telemetry = t
	}
	a.install(phaseTelemetry, "UseTelemetry", middleware.Observe)
}
