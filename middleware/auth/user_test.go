package auth_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// The user is known wherever there is a request, and looked up once.
func TestWhereTheUserIsAsked(t *testing.T) {
	inUse := func(note func(string, soay.Request)) soay.Middleware {
		return func(next soay.Handler) soay.Handler {
			return func(req soay.Request) soay.Response { note("use", req); return next(req) }
		}
	}
	tests := []struct {
		name, path string
		scheme     string
		want       []string
	}{
		{"a route", "/", "header", []string{"use tom", "handler tom", "after tom"}},
		{"a guarded route", "/ruled", "header", []string{"use tom", "handler tom", "after tom"}},
		{"an open route", "/open", "header", []string{"use tom", "handler tom", "after tom"}},
		{"a cookie", "/", "cookie", []string{"use tom", "handler tom", "after tom"}},
		{"a function", "/ruled", "func", []string{"use tom", "handler tom", "after tom"}},
		{"no route", "/none", "header", []string{"use tom", "page tom", "after tom"}},
		{"no route, a cookie", "/none", "cookie", []string{"use tom", "page tom", "after tom"}},
		{"a page for an error", "/fails", "cookie", []string{"use tom", "handler tom", "page tom", "after tom"}},
		{"a goroutine", "/goroutine", "cookie", []string{"use tom", "goroutine tom", "after tom"}},
		{"a stream", "/stream", "header", []string{"use tom", "stream tom", "after tom"}},
		{"a stream, a cookie", "/stream", "cookie", []string{"use tom", "stream tom", "after tom"}},
		{"a detached request", "/detached", "cookie", []string{"use tom", "detached tom", "after tom"}},
		{"a handler of net/http", "/http", "header", []string{"use tom", "net/http tom", "after tom"}},
		{"a handler with a time", "/timed", "header", []string{"use tom", "handler tom", "after tom"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, log := loggedApp()
			lookups := 0
			scheme := map[string]auth.Scheme{
				"header": &keys{header: "X-Key", in: "header", asked: func(string) { lookups++ }},
				"cookie": &keys{header: "k", in: "cookie", asked: func(string) { lookups++ }},
				"func": auth.Func(func(req soay.Request) (*soay.Identity, error) {
					lookups++
					return judged(req, req.Header("X-Func"))
				}),
			}[tt.scheme]
			app.AddScheme("s", scheme)
			var got []string
			note := func(where string, req soay.Request) { got = append(got, where+" "+soay.User(req).Subject()) }
			app.Use(func(next soay.Handler) soay.Handler {
				return func(req soay.Request) soay.Response {
					req.AfterResponse(func(request.Outcome) { note("after", req) })
					return next(req)
				}
			}, inUse(note))
			handler := func(req soay.Request) soay.Response { note("handler", req); return response.Text("x") }
			app.Get("/", handler)
			app.Get("/ruled", handler).Auth()
			app.Get("/open", handler).AllowAnonymous()
			app.Get("/timed", handler).Timeout(time.Hour)
			app.Get("/fails", func(req soay.Request) soay.Response { note("handler", req); return response.NotFound() })
			app.Get("/goroutine", func(req soay.Request) soay.Response {
				done := make(chan struct{})
				go func() { defer close(done); note("goroutine", req) }()
				<-done
				return response.Text("x")
			})
			app.Get("/stream", func(req soay.Request) soay.Response {
				return response.Stream("text/plain", func(w io.Writer) error { note("stream", req); return nil })
			})
			app.Get("/detached", func(req soay.Request) soay.Response {
				d := req.Detach()
				note("detached", d)
				return response.Text("x")
			})
			app.Get("/http", func(req soay.Request) soay.Response {
				return soay.FromHTTP(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { note("net/http", req) }))(req)
			})
			app.HandleStatus(404, func(req soay.Request) soay.Response { note("page", req); return response.Text("none") })
			ask(app, "GET", tt.path, "X-Key", "tom", "Cookie", "k=tom", "X-Func", "tom")
			if diff := cmp.Diff(tt.want, got); diff != "" || lookups != 1 {
				t.Errorf("looked up %d times; (-want +got):\n%s\n%s", lookups, diff, log)
			}
		})
	}
}

// The user's scheme fails: User ends what asks for it with 503, wherever that is, and the log has one line of it.
func TestUserWhoseSchemeFails(t *testing.T) {
	tests := []struct {
		name, path string
		want       int
	}{
		{"a handler", "/", 503},
		{"a handler with a time", "/timed", 503},
		{"middleware of a group", "/group/x", 503},
		{"a goroutine that passes it on", "/goroutine", 503},
		{"a service", "/service", 503},
		{"an input", "/input", 503},
		{"an error in place of the panic", "/identify", 200},
		{"Authorize", "/authorize", 503},
		{"a handler of net/http", "/http", 503},
		{"a page for another error", "/fails", 409},
		{"a page where no route matches", "/none", 404},
		{"a limit by user", "/limited", 503},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, log := loggedApp()
			lookups := 0
			app.AddScheme("cookie", &keys{header: "k", in: "cookie", asked: func(string) { lookups++ }})
			soay.AddScoped[*account](app, func(id *soay.Identity) *account { return &account{id.Subject()} })
			app.Get("/", whoIs)
			app.Get("/timed", whoIs).Timeout(time.Hour)
			app.Group("/group", func(next soay.Handler) soay.Handler {
				return func(req soay.Request) soay.Response { soay.User(req); return next(req) }
			}).Get("/x", hello)
			app.Get("/goroutine", func(req soay.Request) soay.Response {
				failed := make(chan any)
				go func() { defer func() { failed <- recover() }(); soay.User(req) }()
				panic(<-failed)
			})
			app.Get("/service", func(req soay.Request) soay.Response {
				_, err := soay.Resolve[*account](req)
				return response.Error(err)
			})
			soay.Get(app, "/input", func(soay.Request, struct {
				Me *soay.Identity `inject:""`
			}) (string, error) {
				return "x", nil
			})
			app.Get("/identify", func(req soay.Request) soay.Response {
				_, err := auth.Identify(req)
				var away *auth.UnavailableError
				if !errors.As(err, &away) {
					return response.Error(errors.New("no outage"))
				}
				return response.Text("x")
			})
			app.Get("/authorize", func(req soay.Request) soay.Response { return response.Error(auth.Authorize(req)) })
			app.Get("/http", func(req soay.Request) soay.Response {
				return soay.FromHTTP(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { soay.User(req) }))(req)
			})
			app.Get("/fails", func(soay.Request) soay.Response { return response.Conflict() })
			for _, status := range []int{404, 409} {
				app.HandleStatus(status, func(req soay.Request) soay.Response { return whoIs(req) })
			}
			app.Get("/limited", hello).RateLimit(soay.Rate{Requests: 100, Per: time.Minute, By: router.ByUser})
			w := ask(app, "GET", tt.path, "Cookie", "k=outage")
			if w.Code != tt.want || w.Code == 503 && w.Header().Get("Retry-After") != "1" {
				t.Errorf("got %d with Retry-After %q, want %d: %s", w.Code, w.Header().Get("Retry-After"), tt.want, w.Body)
			}
			if strings.Contains(w.Body.String(), "store is away") || strings.Contains(w.Body.String(), "user ") {
				t.Errorf("the client sees %q", w.Body)
			}
			if n := len(log.Records("auth: a scheme failed")); n != 1 || lookups != 1 || strings.Contains(log.String(), "request failed") {
				t.Errorf("%d lookups and %d lines of them, want one and no more:\n%s", lookups, n, log)
			}
		})
	}
}

type account struct{ name string }

// A stream that asks for the user is cut off if the scheme fails, rather than go on as nobody's.
func TestStreamWhoseSchemeFails(t *testing.T) {
	app, log := loggedApp()
	app.AddScheme("cookie", &keys{header: "k", in: "cookie"})
	app.Get("/", func(req soay.Request) soay.Response {
		return response.Stream("text/plain", func(w io.Writer) error {
			_, err := io.WriteString(w, "hello "+soay.User(req).Subject())
			return err
		})
	})
	server := httptest.NewServer(app)
	defer server.Close()
	r, err := http.NewRequest("GET", server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Cookie", "k=outage")
	resp, err := server.Client().Do(r)
	if err != nil {
		return // cut before the first byte
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if resp.StatusCode == 200 && err == nil || strings.Contains(string(body), "hello") {
		t.Errorf("got %d %q, want none of it\n%s", resp.StatusCode, body, log)
	}
}

// A handler that is given up learns nothing of another request's user.
func TestUserOfAbandonedHandlers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, _ := keyedApp()
		late := make(chan string, 1)
		app.Get("/slow", func(req soay.Request) soay.Response {
			time.Sleep(time.Minute)
			func() {
				defer func() { _ = recover() }() // a misuse panics in tests
				late <- soay.User(req).Subject()
			}()
			select {
			case late <- "panicked":
			default:
			}
			return response.Text("x")
		}).Timeout(time.Second)
		app.Get("/", whoIs).Auth()
		if w := ask(app, "GET", "/slow", "X-Key", "tom"); w.Code != 503 {
			t.Errorf("GET /slow = %d, want 503", w.Code)
		}
		for range 5 {
			if w := ask(app, "GET", "/", "X-Key", "eve"); w.Body.String() != "user eve" {
				t.Errorf("got %q, want eve", w.Body)
			}
		}
		time.Sleep(2 * time.Minute)
		if got := <-late; got == "eve" || got == "tom" {
			t.Errorf("the late handler sees %q", got)
		}
	})
}

// Limits by user tell users apart by what proves them, and count strangers by their address.
func TestLimitsByUser(t *testing.T) {
	app, _ := keyedApp()
	app.Get("/", hello).RateLimit(soay.Rate{Requests: 1, Per: time.Hour, By: router.ByUser})
	tests := []struct {
		key  string
		want int
	}{{"tom", 200}, {"tom", 429}, {"eve", 200}, {"", 200}, {"", 429}, {"bad", 401}, {"bad", 401}, {"eve", 429}}
	for i, tt := range tests {
		if w := ask(app, "GET", "/", "X-Key", tt.key); w.Code != tt.want {
			t.Errorf("request %d of %q = %d, want %d", i, tt.key, w.Code, tt.want)
		}
	}
}

// The user as an input, nil for nobody, and as what the app's own user is made of.
func TestUserAsInput(t *testing.T) {
	type input struct {
		Me    *soay.Identity `inject:""`
		Mine  *account       `inject:""`
		Again *account       `inject:""`
		Body  struct {
			Name string `json:"name"`
		} `body:"json"`
	}
	loads, reads := 0, 0
	app, _ := keyedApp()
	soay.AddScoped[*account](app, func(req soay.Request, id *soay.Identity) (*account, error) {
		loads++
		switch id.Subject() {
		case "away":
			return nil, &auth.UnavailableError{Err: errors.New("no accounts")}
		case "banned":
			return nil, &auth.RefusedError{Reason: auth.ReasonNotAllowed, Status: 403, Subject: "banned"}
		}
		return &account{"account of " + id.Subject()}, nil
	})
	soay.Post(app, "/", func(_ soay.Request, in input) (string, error) {
		if in.Mine != in.Again {
			return "", errors.New("two accounts")
		}
		return in.Me.Subject() + ", " + in.Mine.name + ", " + in.Body.Name, nil
	})
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, key, body string
		want            string
		wantReads       bool
	}{
		{"somebody", "tom", `{"name":"x"}`, "200 tom, account of tom, x", true},
		{"nobody", "", `{"name":"x"}`, "200 , account of , x", true},
		{"wrong credentials", "bad", `{"name":"x"}`, "401 ", false},
		{"an outage of the scheme", "outage", `{"name":"x"}`, "503 ", false},
		{"an outage of the accounts", "away", `{"name":"x"}`, "503 ", false},
		{"an account that may not", "banned", `{"name":"x"}`, "403 ", false},
		{"an account that may not, with a broken body", "banned", `{"name":`, "403 ", false},
		{"somebody with a broken body", "tom", `{"name":`, "400 ", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			loads, reads = 0, 0
			body := &readCounter{Reader: strings.NewReader(tt.body), reads: &reads}
			r := httptest.NewRequest("POST", "/", body)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("X-Key", tt.key)
			w := httptest.NewRecorder()
			app.ServeHTTP(w, r)
			got := statusAndReason(w.Code, "")
			if w.Code == 200 {
				got = "200 " + w.Body.String()
			}
			if got != tt.want || reads > 0 != tt.wantReads || loads > 1 {
				t.Errorf("got %q after %d loads and %d reads, want %q, reads %v: %s", got, loads, reads, tt.want, tt.wantReads, w.Body)
			}
		})
	}
}

// readCounter counts the reads of a body.
type readCounter struct {
	io.Reader
	reads *int
}

func (r *readCounter) Read(b []byte) (int, error) { *r.reads++; return r.Reader.Read(b) }

func (r *readCounter) Close() error { return nil }

// Without schemes there is nobody.
func TestUserWithoutSchemes(t *testing.T) {
	app, _ := loggedApp()
	app.Get("/", func(req soay.Request) soay.Response {
		err := auth.Authorize(req)
		return response.Text(soay.User(req).String() + ": " + err.Error())
	})
	if got, want := requesttest.New(t, app).Get("/").Text(), "nobody: auth: the app has no schemes; call AddScheme"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
