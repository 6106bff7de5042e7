package profiling_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"reflect"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/profiling"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/router"
)

// do lets an app answer olga without a network.
func do(app *soay.App, method, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:1234"
	r.SetBasicAuth("olga", password)
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

func TestProfiles(t *testing.T) {
	own := pprof.NewProfile("example.com/cats.open")
	own.Add(own, 0)
	t.Cleanup(func() { own.Remove(own) })
	const binary, text = "application/octet-stream", "text/plain; charset=utf-8"
	tests := []struct {
		target, wantType, wantName, wantBegin string
	}{
		{"heap", binary, "heap", "\x1f\x8b"},
		{"heap?gc=1", binary, "heap", "\x1f\x8b"},
		{"heap?debug=1", text, "", "heap profile: "},
		{"heap?debug=0", binary, "heap", "\x1f\x8b"},
		{"allocs", binary, "allocs", "\x1f\x8b"},
		{"goroutine", binary, "goroutine", "\x1f\x8b"},
		{"goroutine?debug=1", text, "", "goroutine profile: total "},
		{"goroutine?debug=2", text, "", "goroutine "},
		{"block", binary, "block", "\x1f\x8b"},
		{"mutex?debug=1", text, "", "--- mutex:"},
		{"threadcreate", binary, "threadcreate", "\x1f\x8b"},
		{"example.com/cats.open?debug=1", text, "", "example.com/cats.open profile: total 1"},
		{"example.com/cats.open", binary, "cats.open", "\x1f\x8b"},
		{"profile?seconds=0.01", binary, "profile", "\x1f\x8b"},
		{"trace?seconds=0.01", binary, "trace", "go 1."},
		{"symbol", text, "", "num_symbols: 1\n"},
	}
	app, log := newApp(soay.Options{})
	for _, tt := range tests {
		t.Run(tt.target, func(t *testing.T) {
			w := do(app, "GET", "/debug/pprof/"+tt.target, "")
			disposition := ""
			if tt.wantName != "" {
				disposition = `attachment; filename="` + tt.wantName + `"`
			}
			got := []string{fmt.Sprint(w.Code), w.Header().Get("Content-Type"), w.Header().Get("Content-Disposition"), w.Header().Get("Cache-Control"),
				w.Header().Get("X-Content-Type-Options")}
			if want := []string{"200", tt.wantType, disposition, "no-store", "nosniff"}; !reflect.DeepEqual(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if !bytes.HasPrefix(w.Body.Bytes(), []byte(tt.wantBegin)) {
				t.Errorf("the content begins with %.40q, want %q", w.Body.String(), tt.wantBegin)
			}
			if w := do(app, "HEAD", "/debug/pprof/"+tt.target, ""); w.Code != 200 || w.Body.Len() != 0 {
				t.Errorf("HEAD: %d with %d bytes", w.Code, w.Body.Len())
			}
		})
	}
	if log.String() != "" {
		t.Errorf("the log says:\n%s", log)
	}
}

// HEAD records nothing, which would take half a minute.
func TestHeadRecordsNothing(t *testing.T) {
	app, _ := newApp(soay.Options{})
	if err := pprof.StartCPUProfile(&bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	defer pprof.StopCPUProfile()
	if w := do(app, "HEAD", "/debug/pprof/profile", ""); w.Code != 200 {
		t.Errorf("HEAD is answered with %d while the program makes a profile itself", w.Code)
	}
}

func TestWrongRequests(t *testing.T) {
	tests := []struct {
		name, method, target string
		want                 int
		wantText             string
	}{
		{"no such profile", "GET", "nothing", 404, "There is no such profile."},
		{"the command line", "GET", "cmdline", 404, "There is no such profile."},
		{"a path upwards", "GET", "..%2fheap", 404, "404"},
		{"no time", "GET", "profile?seconds=0", 400, "seconds is no number above 0"},
		{"less than that", "GET", "profile?seconds=-1", 400, "seconds is no number above 0"},
		{"a word", "GET", "profile?seconds=long", 400, "seconds is no number above 0"},
		{"no number", "GET", "trace?seconds=NaN", 400, "seconds is no number above 0"},
		{"for ever", "GET", "trace?seconds=Inf", 400, "seconds is no number above 0"},
		{"nearly for ever", "GET", "trace?seconds=1e300", 400, "seconds is no number above 0"},
		{"too long", "GET", "profile?seconds=300.1", 400, "A profile may last 5m0s at most."},
		{"a trace that is too long", "GET", "trace?seconds=301", 400, "A profile may last 5m0s at most."},
		{"a difference", "GET", "heap?seconds=5", 400, "go tool pprof -base"},
		{"debug", "GET", "heap?debug=3", 400, "debug is 0, 1 or 2"},
		{"garbage", "GET", "heap?gc=yes", 400, "gc is 0 or 1"},
		{"a POST", "POST", "heap", 405, "405"},
	}
	app, _ := newApp(soay.Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := do(app, tt.method, "/debug/pprof/"+tt.target, "")
			if w.Code != tt.want || !strings.Contains(w.Body.String(), tt.wantText) {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, tt.want, tt.wantText)
			}
			if w.Header().Get("Content-Disposition") != "" {
				t.Error("browsers would save the error")
			}
			if !strings.HasPrefix(tt.wantText, "40") && w.Header().Get("X-Go-Pprof") != "1" {
				t.Error("go tool pprof would not show the text of the error")
			}
		})
	}
}

func TestMaxDuration(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options profiling.Options
		target  string
		want    int
	}{
		{"shorter than the default", profiling.Options{MaxDuration: 1e6}, "profile", 200},
		{"longer than that", profiling.Options{MaxDuration: 1e6}, "profile?seconds=0.1", 400},
		{"none", profiling.Options{MaxDuration: -1}, "profile?seconds=0.01", 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app, _ := newApp(soay.Options{}, tt.options)
			if w := do(app, "GET", "/debug/pprof/"+tt.target, ""); w.Code != tt.want {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, tt.want)
			}
		})
	}
}

func TestSymbol(t *testing.T) {
	pc := reflect.ValueOf(TestSymbol).Pointer()
	want := fmt.Sprintf("num_symbols: 1\n%#x %s.TestSymbol\n", pc, reflect.TypeFor[named]().PkgPath())
	app, _ := newApp(soay.Options{})
	app.UseSessions(soay.NewKey()) // and with them the check against forged requests
	for name, w := range map[string]*httptest.ResponseRecorder{
		"GET":  do(app, "GET", fmt.Sprintf("/debug/pprof/symbol?%#x+0+zz", pc), ""),
		"POST": do(app, "POST", "/debug/pprof/symbol", fmt.Sprintf("0x0+%#x\n", pc)),
	} {
		if w.Code != 200 || w.Body.String() != want {
			t.Errorf("%s: got %d %q, want %q", name, w.Code, w.Body, want)
		}
	}
}

type named struct{}

func TestIndex(t *testing.T) {
	own := pprof.NewProfile(`<script>"own`)
	own.Add(own, 0)
	t.Cleanup(func() { own.Remove(own) })
	app, _ := newApp(soay.Options{})
	for path, want := range map[string]string{"/debug/pprof": `href="./pprof/heap?debug=1"`, "/debug/pprof/": `href="./heap?debug=1"`} {
		w := do(app, "GET", path, "")
		page := w.Body.String()
		if w.Code != 200 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(page, want) {
			t.Errorf("%s: got %d %s\n%s, want %s", path, w.Code, w.Header().Get("Content-Type"), page, want)
		}
		if strings.Contains(page, "<script>") || !strings.Contains(page, `&lt;script&gt;&#34;own</a> (1)`) {
			t.Errorf("a name is not escaped:\n%s", page)
		}
	}
}

func TestWhoSeesProfiles(t *testing.T) {
	app, _ := newApp(soay.Options{})
	for _, path := range []string{"/debug/pprof", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/symbol", "/debug/pprof/nothing"} {
		for user, want := range map[string]int{"": 401, "tom": 403} {
			r := httptest.NewRequest("GET", path, nil)
			r.RemoteAddr = "127.0.0.1:1234"
			if user != "" {
				r.SetBasicAuth(user, password)
			}
			w := httptest.NewRecorder()
			app.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("%s by %q: got %d, want %d", path, user, w.Code, want)
			}
		}
	}
	for _, info := range app.Routes() {
		if rules := info.AuthRules().Rules; len(rules) != 1 || !reflect.DeepEqual(rules[0].Auth, ops) {
			t.Errorf("%s %s has the rules %v", info.Method, info.Pattern, rules)
		}
	}
}

func TestMistakes(t *testing.T) {
	h := profiling.Handler()
	const write = `soay.Auth{Roles: []string{"ops"}}`
	tests := []struct {
		name, env string
		use       func(*soay.App)
		want      []string
	}{
		{"no rule", "production", func(a *soay.App) { a.UseProfiling(h) }, []string{"there is no rule", write}},
		{"any user", "production", func(a *soay.App) { a.UseProfiling(h, soay.Auth{}) }, []string{"every user of the app", write}},
		{"any user of this hour", "production", func(a *soay.App) { a.UseProfiling(h, soay.Auth{MaxAge: 1e12}) }, []string{"every user of the app", write}},
		{"anybody", "production", func(a *soay.App) { a.UseProfiling(h, soay.Auth{Optional: true}) }, []string{"Optional", write}},
		{"anybody beside ops", "production", func(a *soay.App) { a.UseProfiling(h, ops, soay.Auth{Optional: true}) }, []string{"Optional", write}},
		{"any user in development", "development", func(a *soay.App) { a.UseProfiling(h, soay.Auth{}) }, []string{"every user of the app", write}},
		{"anybody in development", "development", func(a *soay.App) { a.UseProfiling(h, soay.Auth{Optional: true}) }, []string{"Optional", write}},
		{"no handler", "production", func(a *soay.App) { a.UseProfiling(nil, ops) }, []string{"the handler is nil"}},
		{"two options", "production", func(a *soay.App) { a.UseProfiling(profiling.Handler(profiling.Options{}, profiling.Options{}), ops) },
			[]string{"the handler is nil", "at most one Options"}},
		{"twice", "production", func(a *soay.App) { a.UseProfiling(h, ops); a.UseProfiling(h, ops) }, []string{"/debug/pprof"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := soay.New(soay.Options{Env: tt.env})
			app.AddScheme("none", auth.Func(func(soay.Request) (*soay.Identity, error) { return nil, nil }))
			tt.use(app)
			err := app.Start(t.Context())
			for _, want := range append(tt.want, "profiling_test.go:") {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("the start says %v, want %s", err, want)
				}
			}
		})
	}
}

// In development no rule is needed, and then only this machine gets profiles.
func TestDevelopment(t *testing.T) {
	for _, closed := range []bool{false, true} {
		app := soay.New(soay.Options{Env: "development", Logger: (&requesttest.Log{}).Logger()})
		app.UseProfiling(profiling.Handler())
		if closed {
			app.AddScheme("none", auth.Func(func(soay.Request) (*soay.Identity, error) { return nil, nil }))
			app.UseAuthorization()
		}
		for client, want := range map[string]int{"127.0.0.1:1": 200, "[::1]:1": 200, "192.0.2.1:1": 404, "": 404, "@": 404} {
			for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/symbol"} {
				r := httptest.NewRequest("GET", path, nil)
				r.RemoteAddr = client
				w := httptest.NewRecorder()
				app.ServeHTTP(w, r)
				if w.Code != want {
					t.Errorf("%s from %q: got %d, want %d", path, client, w.Code, want)
				}
			}
		}
	}
}

// The clients of a proxy on this machine that the app does not trust get no profiles.
func TestDevelopmentBehindAProxy(t *testing.T) {
	for _, trusts := range []bool{false, true} {
		app := soay.New(soay.Options{Env: "development", Logger: (&requesttest.Log{}).Logger()})
		app.UseProfiling(profiling.Handler())
		if trusts {
			app.UseProxies([]string{"loopback"})
		}
		for header, want := range map[string]int{
			"X-Forwarded-For: 192.0.2.1": 404, "X-Forwarded-For: 127.0.0.1": 404, "Forwarded: for=192.0.2.1": 404,
			"X-Real-IP: 192.0.2.1": 404, "Via: 1.1 proxy": 404, "X-Other: 1": 200,
		} {
			name, value, _ := strings.Cut(header, ": ")
			if trusts && header != "X-Forwarded-For: 192.0.2.1" { // the others tell this app no client elsewhere
				want = 200
			}
			r := httptest.NewRequest("GET", "/debug/pprof/heap", nil)
			r.RemoteAddr = "127.0.0.1:1"
			r.Header.Set(name, value)
			w := httptest.NewRecorder()
			if app.ServeHTTP(w, r); w.Code != want {
				t.Errorf("%s, trusted: %v: got %d, want %d", header, trusts, w.Code, want)
			}
		}
	}
}

// Neither an import nor a call gives anything to the server of programs that use package net/http beside the app.
func TestNothingIsGlobal(t *testing.T) {
	newApp(soay.Options{})
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/cmdline"} {
		if _, pattern := http.DefaultServeMux.Handler(httptest.NewRequest("GET", path, nil)); pattern != "" {
			t.Errorf("%s is served by %s", path, pattern)
		}
	}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "github.com/soay-go/soay/middleware/profiling").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, "runtime/pprof") || slices.Contains(deps, "net/http/pprof") || slices.Contains(deps, "expvar") {
		t.Errorf("it is built of %v", deps)
	}
}

var _ router.Handler = profiling.Handler()
