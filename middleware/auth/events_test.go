package auth_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// eventApp has everything that events are told of, and keeps them.
func eventApp() (*soay.App, *requesttest.Log, *[]auth.Event) {
	var events []auth.Event
	app, log := loggedApp()
	app.UseRequestID()
	app.UseSessions(soay.NewKey())
	app.UseAuthentication(auth.Options{OnEvent: func(e auth.Event) { events = append(events, e) }})
	app.AddScheme("key", inHeader("X-Key"))
	app.AddScheme("query", &keys{header: "k", in: "query"})
	app.AddScheme("token", token{})
	app.AddScheme("session", auth.Session())
	app.AddPolicy("none", func(soay.Request, *soay.Identity) error { return auth.ErrDenied })
	app.Get("/ruled", hello).Auth()
	app.Get("/role", hello).Auth(soay.Auth{Roles: []string{"admin"}})
	app.Get("/scope", hello).Auth(soay.Auth{Scopes: []string{"write"}})
	app.Get("/fresh", hello).Auth(soay.Auth{MaxAge: 1})
	app.Get("/denied", hello).Auth(soay.Auth{Policies: []string{"none"}})
	app.Get("/asks/{id}", func(req soay.Request) soay.Response { return response.Error(auth.Authorize(req, "none")) })
	app.Post("/sign-in", func(req soay.Request) soay.Response {
		id, _ := auth.NewIdentity(auth.Profile{Subject: "tom"})
		if err := auth.SignIn(req, id); err != nil {
			return response.Error(err)
		}
		return response.NoContent()
	})
	app.Post("/sign-out", func(req soay.Request) soay.Response { auth.SignOut(req); return response.NoContent() })
	return app, log, &events
}

// The app and the log are told of all that happens, in the same words.
func TestEvents(t *testing.T) {
	const refused, info = auth.EventRefused, "INFO"
	tests := []struct {
		name, method, path string
		key                string
		want               []auth.Event
	}{
		{"nobody", "GET", "/ruled", "", []auth.Event{{Kind: refused, Reason: auth.ReasonMissing, Route: "/ruled"}}},
		{"a bad key", "GET", "/ruled", "bad", []auth.Event{{Kind: refused, Scheme: "key", Reason: auth.ReasonInvalid, Route: "/ruled"}}},
		{"an expired key", "GET", "/ruled", "expired", []auth.Event{{Kind: refused, Scheme: "key", Reason: auth.ReasonExpired, Route: "/ruled"}}},
		{"a broken key", "GET", "/ruled", "malformed", []auth.Event{{Kind: refused, Scheme: "key", Reason: auth.ReasonMalformed, Route: "/ruled"}}},
		{"the key of nobody here", "GET", "/ruled", "not-mine", []auth.Event{{Kind: refused, Reason: auth.ReasonInvalid, Route: "/ruled"}}},
		{"no role", "GET", "/role", "eve", []auth.Event{{Kind: refused, Scheme: "key", Reason: auth.ReasonNotAllowed, Subject: "eve", Route: "/role"}}},
		{"no scope", "GET", "/scope", "eve", []auth.Event{{Kind: refused, Scheme: "key", Reason: auth.ReasonScopeMissing, Subject: "eve", Route: "/scope"}}},
		{"too old", "GET", "/fresh", "eve", []auth.Event{{Kind: refused, Scheme: "key", Reason: auth.ReasonTooOld, Subject: "eve", Route: "/fresh"}}},
		{"a policy", "GET", "/denied", "eve", []auth.Event{{Kind: refused, Scheme: "key", Reason: auth.ReasonNotAllowed, Subject: "eve", Route: "/denied"}}},
		{"a handler", "GET", "/asks/7", "eve", []auth.Event{{Kind: refused, Scheme: "key", Reason: auth.ReasonNotAllowed, Subject: "eve", Route: "/asks/{id}"}}},
		{"somebody", "GET", "/ruled", "eve", nil},
		{"no route", "GET", "/none", "bad", nil},
		{"a sign-in", "POST", "/sign-in", "", []auth.Event{{Kind: auth.EventSignedIn, Scheme: "session", Subject: "tom", Route: "/sign-in"}}},
		{"an outage", "GET", "/ruled", "outage", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, log, events := eventApp()
			for i := range tt.want {
				tt.want[i].Client, tt.want[i].RequestID = "192.0.2.1", "req-1"
			}
			ask(app, tt.method, tt.path, "X-Key", tt.key, "X-Request-Id", "req-1")
			if diff := cmp.Diff(tt.want, *events); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			for _, e := range tt.want {
				lines := log.Records("auth: " + string(e.Kind))
				if len(lines) != 1 {
					t.Fatalf("%d lines, want one:\n%s", len(lines), log)
				}
				got := map[string]string{}
				for _, name := range []string{"level", "scheme", "reason", "subject", "client", "route", "request_id"} {
					if v, ok := lines[0][name]; ok {
						got[name] = fmt.Sprint(v)
					}
				}
				want := map[string]string{"level": info, "client": e.Client, "route": e.Route, "request_id": e.RequestID}
				for name, v := range map[string]string{"scheme": e.Scheme, "reason": string(e.Reason), "subject": e.Subject} {
					if v != "" {
						want[name] = v
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("line (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// Who signs out is told by name.
func TestEventsOfASession(t *testing.T) {
	app, _, events := eventApp()
	client := requesttest.New(t, app)
	client.Post("/sign-in")
	client.Get("/role")
	client.Post("/sign-out")
	client.Get("/role")
	var got []string
	for _, e := range *events {
		got = append(got, string(e.Kind)+" "+e.Scheme+" "+e.Subject+" "+string(e.Reason))
	}
	want := []string{
		"signed-in session tom ", "refused session tom not-allowed", "signed-out session tom ", "refused   credentials-missing",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// Whatever happens to credentials, neither the log, nor an event, nor the client gets them.
func TestCredentialsAreNeverTold(t *testing.T) {
	app, log, events := eventApp()
	app.UseAccessLog()
	secrets := 0
	var answers strings.Builder
	try := func(path string, header ...string) {
		secrets++
		mark := "hunter2-" + strconv.Itoa(secrets)
		for i := range header {
			header[i] = strings.ReplaceAll(header[i], "SECRET", mark)
		}
		w := ask(app, "GET", strings.ReplaceAll(path, "SECRET", mark), header...)
		answers.WriteString(w.Body.String() + fmt.Sprint(w.Header()))
	}
	for _, path := range []string{"/ruled", "/role", "/scope", "/fresh", "/denied", "/asks/1", "/none"} {
		try(path, "Authorization", "Token SECRET")
		try(path, "Authorization", "Basic SECRET")
		try(path, "Authorization", "Token SECRET", "Authorization", "Token SECRET")
		try(path, "Authorization", "Token\tSECRET")
		try(path, "Authorization", "SECRET")
		try(path, "Authorization", "Token "+strings.Repeat("SECRET", 3000))
		try(path, "X-Key", "bad", "Authorization", "Token SECRET")
		try(path, "X-Key", "outage", "Authorization", "Token SECRET")
		try(path, "X-Key", "panic", "Authorization", "Token SECRET")
		try(path, "Cookie", "session=SECRET; __Host-session=SECRET")
		try(path+"?k=bad&x=1", "X-Other", "SECRET")
	}
	told := log.String() + fmt.Sprint(*events) + answers.String()
	for line := range strings.SplitSeq(told, "\n") {
		if strings.Contains(line, "hunter2") {
			t.Errorf("a secret is told: %.300s", line)
		}
	}
}

// Authorization must be one header of one scheme with something behind it.
func TestAuthorizationHeader(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		want  string
	}{
		{"none", nil, "401 credentials-missing"},
		{"one", []string{"Token tom"}, "200 user tom"},
		{"in other letters", []string{"tOKEN tom"}, "200 user tom"},
		{"several blanks", []string{"Token   tom"}, "200 user tom"},
		{"nothing behind it", []string{"Token"}, "400 credentials-malformed"},
		{"a blank behind it", []string{"Token "}, "400 credentials-malformed"},
		{"two lines", []string{"Token tom", "Token tom"}, "400 credentials-malformed"},
		{"two lines of two schemes", []string{"Other x", "Token tom"}, "400 credentials-malformed"},
		{"a longer name", []string{"Tokens tom"}, "401 credentials-missing"},
		{"another scheme", []string{"Other tom"}, "401 credentials-missing"},
		{"nothing", []string{""}, "401 credentials-missing"},
		{"a scheme with a colon", []string{"Token: tom"}, "400 credentials-malformed"},
		{"a tab", []string{"Token\ttom"}, "400 credentials-malformed"},
		{"a control character", []string{"Token t\x01m"}, "400 credentials-malformed"},
		{"16 KiB", []string{"Token " + strings.Repeat("x", 16<<10-6)}, "200 user " + strings.Repeat("x", 16<<10-6)},
		{"a byte more", []string{"Token " + strings.Repeat("x", 16<<10-5)}, "400 credentials-malformed"},
	}
	app, _ := loggedApp()
	app.AddScheme("token", token{})
	app.Get("/", whoIs).Auth()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header := []string{"Accept", "application/json"}
			for _, line := range tt.lines {
				header = append(header, "Authorization", line)
			}
			w := ask(app, "GET", "/", header...)
			if got := statusAndReason(w.Code, w.Body.String()); got != tt.want {
				t.Errorf("got %.60q, want %.60q", got, tt.want)
			}
		})
	}
}

// Many clients at once are never taken for one another.
func TestParallelRequests(t *testing.T) {
	app := soay.New(soay.Options{Env: "production", Logger: discardLogger, DrainDelay: -1, StandardServer: standardServer})
	app.UseSessions(soay.NewKey())
	app.AddScheme("key", inHeader("X-Key"))
	app.AddScheme("cookie", &keys{header: "k", in: "cookie"})
	app.AddScheme("session", auth.Session())
	app.AddPolicy("owner", func(req soay.Request, id *soay.Identity) error {
		if req.Param("name") != id.Subject() {
			return auth.ErrDenied
		}
		return nil
	})
	app.Get("/of/{name}", whoIs).Auth(soay.Auth{Policies: []string{"owner"}})
	app.Get("/free/{name}", whoIs)
	addr := "http://" + listening(t, app)
	var wg sync.WaitGroup
	for client := range 8 {
		wg.Go(func() {
			c := &http.Client{Transport: &http.Transport{}}
			defer c.CloseIdleConnections()
			for i := range 50 {
				name := "user" + strconv.Itoa(client*100+i)
				for path, want := range map[string]string{
					"/of/" + name: "200 user " + name, "/free/" + name: "200 user " + name, "/of/other": "403",
				} {
					r, err := http.NewRequest("GET", addr+path, nil)
					if err != nil {
						t.Error(err)
						return
					}
					if i%2 == 0 {
						r.Header.Set("X-Key", name)
					} else {
						r.Header.Set("Cookie", "k="+name)
					}
					resp, err := c.Do(r)
					if err != nil {
						t.Error(err)
						return
					}
					got := strconv.Itoa(resp.StatusCode)
					if resp.StatusCode == 200 {
						body, _ := io.ReadAll(resp.Body)
						got += " " + string(body)
					}
					resp.Body.Close()
					if got != want {
						t.Errorf("GET %s as %s: %q, want %q", path, name, got, want)
					}
				}
			}
		})
	}
	wg.Wait()
}

// A function of the app that panics opens nothing: the request is a 500, and who signed in meanwhile is not signed in.
func TestEventFunctionThatPanics(t *testing.T) {
	app, _ := loggedApp()
	app.UseSessions(soay.NewKey())
	app.UseAuthentication(auth.Options{OnEvent: func(auth.Event) { panic("no room") }})
	app.AddScheme("key", inHeader("X-Key"))
	app.AddScheme("session", auth.Session())
	app.Get("/closed", hello).Auth()
	app.Get("/sign-in", func(req soay.Request) soay.Response {
		id, err := auth.NewIdentity(auth.Profile{Subject: "ada"})
		if err == nil {
			err = auth.SignIn(req, id)
		}
		if err != nil {
			return response.Error(err)
		}
		return response.Text("welcome")
	})
	for _, path := range []string{"/closed", "/sign-in"} {
		w := ask(app, "GET", path)
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "hello") || len(w.Result().Cookies()) > 0 {
			t.Errorf("GET %s: %d %q with cookies %v, want 500 and no cookie", path, w.Code, w.Body, w.Result().Cookies())
		}
	}
}
