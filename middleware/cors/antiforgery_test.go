package cors_test

import (
	"net/http"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// A policy lets scripts read answers, and the check of forged requests decides what they may do for a visitor. Scripts can read
// its refusals.
func TestAntiForgery(t *testing.T) {
	const origin = "https://app.example.com"
	header := func(name, value string) http.Header {
		return http.Header{"Origin": {origin}, "Sec-Fetch-Site": {"same-site"}, name: {value}}
	}
	for _, tt := range []struct {
		description string
		trusted     []string
		header      http.Header
		visited     bool // the visitor has a session
		want        int
	}{
		{"cookies of an origin that is not trusted", nil, header("X-A", "1"), true, 403},
		{"cookies of a trusted origin", []string{origin}, header("X-A", "1"), true, 204},
		{"a token and no cookie", nil, header("Authorization", "Bearer abc"), false, 204},
	} {
		t.Run(tt.description, func(t *testing.T) {
			app, _ := newApp()
			app.UseSessions(soay.NewKey())
			app.UseCORS(soay.CORS{Origins: []string{origin}, Credentials: true, RequestHeaders: []string{"Authorization", "X-A"}})
			app.UseAntiForgery(antiforgery.Options{TrustedOrigins: tt.trusted})
			app.Get("/", func(req soay.Request) soay.Response { req.Session.Set("a", 1); return response.NoContent() })
			app.Post("/", func(soay.Request) soay.Response { return response.NoContent() })
			c := requesttest.New(t, app)
			if tt.visited {
				c.Get("/")
			}
			resp := c.Post("/", requesttest.With{Header: tt.header})
			if got := resp.Header.Get(prefix + "Allow-Origin"); resp.Status != tt.want || got != origin {
				t.Errorf("status %d for the origin %q, want %d", resp.Status, got, tt.want)
			}
		})
	}
}
