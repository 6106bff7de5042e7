package antiforgery_test

import (
	"context"
	"fmt"
	"io"
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

// A file that the handler reads as it comes goes with a token in front of it or in a header. The guard reads no further.
func TestStreamBehindGuard(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, pages)
	soay.Post(app, "/stream", func(_ soay.Request, in struct {
		File soay.FileStream `form:"file" validate:"required" file:"max=1MiB"`
	}) (string, error) {
		n, err := io.Copy(io.Discard, in.File)
		return fmt.Sprint(n, " bytes"), err
	})
	v := newVisitor(t, app)
	token, file := part{name: field, value: v.token()}, part{"file", "a", strings.Repeat("a", 500_000)}
	for name, tt := range map[string]struct {
		parts  []part
		header []string
		want   string
	}{
		"token in front":       {[]part{token, file}, nil, "500000 bytes"},
		"token in a header":    {[]part{file}, []string{antiforgery.DefaultHeaderName, token.value}, "500000 bytes"},
		"token behind":         {[]part{file, token}, nil, `"status":403`},
		"no token":             {[]part{file}, nil, `"status":403`},
		"the app's own page":   {[]part{file}, []string{"Sec-Fetch-Site", "same-origin"}, "500000 bytes"},
		"another site's page":  {[]part{file}, []string{"Sec-Fetch-Site", "cross-site"}, `"status":403`},
		"too large, announced": {[]part{token, {"file", "a", strings.Repeat("a", 40<<20)}}, nil, `"status":413`},
	} {
		body, contentType := multipartBody(tt.parts...)
		w := v.do(attempt{target: "http://localhost/stream", header: append([]string{"Content-Type", contentType}, tt.header...), body: body})
		if !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s: %d %s, want %s", name, w.Code, w.Body, tt.want)
		}
	}
}
