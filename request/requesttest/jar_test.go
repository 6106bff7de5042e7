package requesttest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// A cookie in the header of a test replaces the kept one of the same name.
func TestCookieInTheHeader(t *testing.T) {
	app := newApp()
	show := func(req soay.Request) soay.Response { return response.Text(fmt.Sprintf("%q", req.Headers()["Cookie"])) }
	app.Get("/show", show)
	app.Get("/go", func(soay.Request) soay.Response { return response.SeeOther("/show") })
	app.Get("/change", func(soay.Request) soay.Response {
		return response.SeeOther("/show").WithCookie(response.NewCookie("a", "changed"))
	})
	for _, tt := range []struct {
		description, path string
		header            http.Header
		want              string
	}{
		{"none", "/show", nil, `["a=1; b=2"]`},
		{"another header", "/show", http.Header{"X-A": {"1"}}, `["a=1; b=2"]`},
		{"one of the same name", "/show", http.Header{"Cookie": {"a=mine"}}, `["a=mine; b=2"]`},
		{"spelled in lower case", "/show", http.Header{"cookie": {"a=mine"}}, `["a=mine; b=2"]`},
		{"several", "/show", http.Header{"Cookie": {"b=mine; a=mine"}}, `["b=mine; a=mine"]`},
		{"several lines", "/show", http.Header{"Cookie": {"b=mine", "a=mine"}}, `["b=mine" "a=mine"]`},
		{"several lines and more", "/show", http.Header{"Cookie": {"c=mine", "a=mine"}}, `["c=mine; a=mine; b=2"]`},
		{"twice", "/show", http.Header{"Cookie": {"a=mine; a=other"}}, `["a=mine; a=other; b=2"]`},
		{"another name", "/show", http.Header{"Cookie": {"c=mine"}}, `["c=mine; a=1; b=2"]`},
		{"nothing is sent", "/show", http.Header{"Cookie": nil}, `[]`},
		{"over a redirect", "/go", http.Header{"Cookie": {"a=mine"}}, `["a=mine; b=2"]`},
		{"over a redirect that sets another", "/change", http.Header{"Cookie": {"a=mine"}}, `["a=changed; b=2"]`},
	} {
		t.Run(tt.description, func(t *testing.T) {
			c := requesttest.New(t, app)
			c.SetCookie(&http.Cookie{Name: "a", Value: "1", Path: "/"})
			c.SetCookie(&http.Cookie{Name: "b", Value: "2", Path: "/"})
			got := c.Get(tt.path, requesttest.With{Header: tt.header, FollowRedirects: true}).Text()
			if got != tt.want {
				t.Errorf("sent %s, want %s", got, tt.want)
			}
			if again := c.Get("/show").Text(); tt.path != "/change" && again != `["a=1; b=2"]` {
				t.Errorf("the next request sends %s, want what the client keeps", again)
			}
		})
	}
}

// So a client with a session can try a session that was stolen from another client.
func TestStolenSession(t *testing.T) {
	app := newApp()
	app.UseSessions(soay.NewKey())
	app.Get("/login/{name}", func(req soay.Request) soay.Response {
		req.Session.SetUser(req.Param("name"))
		return response.NoContent()
	})
	app.Get("/", func(req soay.Request) soay.Response { return response.Text(req.Session.User()) })
	ada, eve := requesttest.New(t, app), requesttest.New(t, app)
	stolen := ada.Get("/login/ada").Cookie("session")
	eve.Get("/login/eve")
	if got := eve.Get("/", requesttest.With{Header: http.Header{"Cookie": {"session=" + stolen.Value}}}).Text(); got != "ada" {
		t.Errorf("with the cookie of ada the user is %q, want ada", got)
	}
	if got := eve.Get("/").Text(); got != "eve" {
		t.Errorf("without it the user is %q, want eve", got)
	}
}
