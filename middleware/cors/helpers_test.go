package cors_test

import (
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

func newApp() *soay.App {
	return soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler), DrainDelay: -1})
}

func hello(soay.Request) soay.Response { return response.Text("hello") }

// do lets an app answer a request without a network. header has names and values in turn.
func do(app http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

// ask asks whether a script may send a request.
func ask(app http.Handler, target, origin, method string, headers ...string) *httptest.ResponseRecorder {
	fields := []string{"Origin", origin, "Access-Control-Request-Method", method}
	for _, line := range headers {
		fields = append(fields, "Access-Control-Request-Headers", line)
	}
	return do(app, "OPTIONS", target, fields...)
}

// told returns what an answer says to browsers, as lines.
func told(w *httptest.ResponseRecorder) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(w.Header())) {
		if short, ok := strings.CutPrefix(name, "Access-Control-"); ok || name == "Vary" {
			lines = append(lines, short+": "+strings.Join(w.Header()[name], " & "))
		}
	}
	return strings.Join(lines, "\n")
}

// lines joins what told returns.
func lines(list ...string) string { return strings.Join(list, "\n") }

const (
	varyOfPreflights = "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
	varyOfRefusals   = "Vary: Accept, Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
)
