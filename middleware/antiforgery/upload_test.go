package antiforgery_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// observed gives each request a context of its own, as telemetry does.
type observed struct{}

type observedKey struct{}

func (observed) Begin(r request.Request) (context.Context, request.Observation) {
	return context.WithValue(request.StateOf(r).Context(), observedKey{}, true), nil
}

func (observed) Operation(ctx context.Context, _, _ string) (context.Context, func(error)) {
	return ctx, func(error) {}
}

func (observed) LogAttrs(context.Context) (none []slog.Attr) { return none }

// The handler gets a whole form of which the guard has read the beginning, also where the context of the request was
// replaced.
func TestUploadBehindGuard(t *testing.T) {
	for _, isObserved := range []bool{false, true} {
		app := newApp(t, antiforgery.Options{}, func(req soay.Request) soay.Response {
			if req.Method() == "GET" {
				return pages(req)
			}
			form, err := req.Multipart()
			if err != nil {
				return response.Error(err)
			}
			file, _ := form.File("file")
			return response.Text(fmt.Sprint(len(form.Values), file.Size()))
		})
		if isObserved {
			app.UseTelemetry(observed{})
		}
		v := newVisitor(t, app)
		body, contentType := multipartBody(part{name: field, value: v.token()}, part{"file", "a", strings.Repeat("a", 500_000)})
		if w := v.do(attempt{header: []string{"Content-Type", contentType}, body: body}); w.Body.String() != "1 500000" {
			t.Errorf("observed %v: %d %s", isObserved, w.Code, w.Body)
		}
	}
}
