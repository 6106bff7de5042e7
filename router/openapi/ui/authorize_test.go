package ui_test

import (
	"context"
	"encoding/base64"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/apikey"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/router/openapi"
)

// ofAuthorization is a scheme of the header Authorization that knows one credential.
type ofAuthorization struct{ scheme, credential string }

func (s ofAuthorization) Presented(req soay.Request) bool { return auth.HasCredentials(req, s.scheme) }

func (s ofAuthorization) Authenticate(req soay.Request) (*soay.Identity, error) {
	switch got, err := auth.Credentials(req, s.scheme); {
	case err != nil:
		return nil, err
	case got != s.credential:
		return nil, auth.Invalid(auth.ReasonInvalid, nil)
	}
	return auth.NewIdentity(auth.Profile{Subject: "ada"})
}

func (s ofAuthorization) Describe() auth.Description {
	return auth.Description{Security: router.SecurityScheme{Type: "http", Scheme: s.scheme}, Ambient: s.scheme == "basic"}
}

// serveGuarded serves an app with a route and a method that changes something for each scheme, and returns its address.
func serveGuarded(t *testing.T, key string) string {
	t.Helper()
	app := soay.New(soay.Options{Env: "development", Logger: slog.New(slog.DiscardHandler), DrainDelay: -1})
	app.UseSessions(soay.NewKey())
	app.UseAuthorization()
	app.UseOpenAPI(openapi.Info{Title: "Guarded", Version: "1"})
	app.AddScheme("key", apikey.New(apikey.Options{Keys: []apikey.Key{{ID: "ada", Secret: key}}}))
	app.AddScheme("query", apikey.New(apikey.Options{Query: "api_key", Keys: []apikey.Key{{ID: "ada", Secret: key}}}))
	app.AddScheme("basic", ofAuthorization{"basic", base64.StdEncoding.EncodeToString([]byte("ada:love:lace"))})
	app.AddScheme("bearer", ofAuthorization{"bearer", "token-of-ada"})
	app.AddScheme("session", auth.Session())
	for name := range strings.FieldsSeq("key query basic bearer session") {
		g := app.Group("/" + name).Auth(soay.Auth{Schemes: []string{name}})
		hello := func(req soay.Request) soay.Response { return response.Text("hello " + soay.User(req).Subject()) }
		g.Get("/", hello).Doc(openapi.Doc{Tags: []string{name}})
		g.Post("/", hello).Doc(openapi.Doc{Tags: []string{name}})
	}
	app.Post("/sign-in", func(req soay.Request) soay.Response {
		id, err := auth.NewIdentity(auth.Profile{Subject: "ada"})
		if err == nil {
			err = auth.SignIn(req, id)
		}
		if err != nil {
			return response.Error(err)
		}
		return response.NoContent()
	}).AllowAnonymous().Doc(openapi.Doc{Hidden: true})

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}

// tryOut sends a request from Swagger UI, and returns the status that it shows.
func tryOut(b *browser, id string) string {
	b.t.Helper()
	block := "#operations-" + id
	if b.eval("!!document.querySelector(%s)", block+" .execute") != "true" {
		b.click(block+" .opblock-summary-control", "")
		b.click(block+" .try-out__btn", "")
	}
	b.eval(`(async () => {
		const clear = document.querySelector(%s);
		if (clear) { clear.click(); }
	})()`, block+" .btn-clear")
	b.click(block+" .execute", "")
	status := b.textOf(block + " .live-responses-table .response .response-col_status")
	status, _, _ = strings.Cut(status, "U") // before Undocumented
	return status
}

// authorize enters credentials into the dialog of an operation.
func authorize(b *browser, id string, fields [][2]string) {
	b.t.Helper()
	b.click("#operations-"+id+" .authorization__btn", "")
	for _, field := range fields {
		b.enter(field[0], field[1])
	}
	b.picture(id + "-authorize")
	b.click(".auth-btn-wrapper .authorize", "")
	b.click(".auth-btn-wrapper .btn-done", "")
}

// With "Authorize" people try out what needs a client. The guard against forged requests lets them change things, and the
// policy of the page lets all of it happen.
func TestAuthorize(t *testing.T) {
	key, _ := apikey.NewKey("test")
	b := newBrowser(t)
	b.open(serveGuarded(t, key)+"/docs", ".opblock")
	for _, tt := range []struct {
		scheme string
		fields [][2]string // of the dialog, and what to enter
	}{
		{"key", [][2]string{{"#api_key_value", key}}},
		{"query", [][2]string{{"#api_key_value", key}}},
		{"basic", [][2]string{{"#auth-basic-username", "ada"}, {"#auth-basic-password", "love:lace"}}},
		{"bearer", [][2]string{{"#auth-bearer-value", "token-of-ada"}}},
		{"session", nil}, // people sign in to the app instead
	} {
		t.Run(tt.scheme, func(t *testing.T) {
			b.t, b.errors = t, nil
			id := func(method string) string {
				return tt.scheme + "-" + method + strings.ToUpper(tt.scheme[:1]) + tt.scheme[1:]
			}
			if got := tryOut(b, id("get")); got != "401" {
				t.Errorf("GET without credentials: %s, want 401", got)
			}
			b.picture(id("get") + "-401")
			if tt.fields != nil {
				authorize(b, id("get"), tt.fields)
			} else if got := b.eval(`fetch("/sign-in", {method: "POST"}).then((r) => r.status)`); got != "204" {
				t.Fatalf("the sign-in: %s", got)
			}
			for _, method := range []string{"get", "post"} {
				if got := tryOut(b, id(method)); got != "200" {
					t.Errorf("%s with credentials: %s, want 200", method, got)
				}
			}
			b.picture(id("get") + "-200")
			for _, wrong := range b.errors {
				if !strings.Contains(wrong, "the server responded with a status of 401") {
					t.Error(wrong)
				}
			}
		})
	}
}
