package auth_test

import (
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/router"
)

// naive is a scheme that takes the first header Authorization as it comes.
type naive struct{ security router.SecurityScheme }

func (naive) Presented(req soay.Request) bool {
	return strings.HasPrefix(req.Header("Authorization"), "Token")
}

func (naive) Authenticate(req soay.Request) (*soay.Identity, error) {
	return judged(req, strings.TrimPrefix(req.Header("Authorization"), "Token "))
}

func (n naive) Describe() auth.Description { return auth.Description{Security: n.security} }

func TestHeadersThatNoSchemeShouldJudge(t *testing.T) {
	const good = "Token ada"
	long := "Token " + strings.Repeat("a", 16<<10)
	lines := func(values ...string) (header []string) {
		for _, v := range values {
			header = append(header, "Authorization", v)
		}
		return append(header, "Accept", "application/json")
	}
	tests := []struct {
		description string
		path        string
		header      []string
		want        string // what is in the response
	}{
		{"one", "/user", lines(good), "200 user ada"},
		{"a long one", "/user", lines(long[:16<<10]), "200 user aaaa"},
		{"the same one twice", "/user", lines(good, good), "400 credentials-malformed"},
		{"one of another scheme behind it", "/user", lines(good, "Other ada"), "400 credentials-malformed"},
		{"two of other schemes", "/user", lines("Other ada", "Another ada"), "400 credentials-malformed"},
		{"too long", "/user", lines(long), "400 credentials-malformed"},
		{"too long, of another scheme", "/user", lines("Other" + long), "400 credentials-malformed"},
		{"a tab", "/user", lines(good + "\tadmin"), "400 credentials-malformed"},
		{"a line break", "/user", lines(good + "\nadmin"), "400 credentials-malformed"},
		{"nothing behind the name", "/user", lines("Token"), "400 credentials-malformed"},
		{"a space behind the name, which has other letters", "/user", lines("tOKEN "), "400 credentials-malformed"},
		{"nothing behind the name of another scheme", "/user", lines("Other"), "401 credentials-missing"},
		{"two, where no rule asks", "/hello", lines(good, good), "400 credentials-malformed"},
		{"two, where everybody may come", "/open", lines(good, good), "200 hello"},
		{"two, where no route is", "/nowhere", lines(good, good), "404"},
		{"two, where another scheme counts", "/keys", append(lines(good, good), "X-Key", "bo"), "200 user bo"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app, log := keyedApp()
			app.UseAuthentication(unthrottled)
			app.AddScheme("token", naive{router.SecurityScheme{Type: "http", Scheme: "token"}})
			app.Get("/user", whoIs).Auth()
			app.Get("/hello", hello)
			app.Get("/open", hello).AllowAnonymous()
			app.Get("/keys", whoIs).Auth(soay.Auth{Schemes: []string{"key"}})
			w := ask(app, "GET", tt.path, tt.header...)
			status, text, _ := strings.Cut(tt.want, " ")
			if got := w.Result().Status[:3]; got != status || !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s %.200s, want %s", got, w.Body, tt.want)
			}
			if strings.Contains(log.String(), "admin") {
				t.Errorf("a credential is in the log: %s", log)
			}
		})
	}
}

// An app whose schemes have nothing to do with Authorization leaves it to its handlers.
func TestHeadersOfTheAppsOwn(t *testing.T) {
	app, _ := keyedApp()
	app.Get("/hello", hello)
	if got := ask(app, "GET", "/hello", "Authorization", "a", "Authorization", "b").Code; got != 200 {
		t.Errorf("two headers are %d, want 200", got)
	}
}
