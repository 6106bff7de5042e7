package docs_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime/pprof"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/profiling"
	"github.com/soay-go/soay/request/requesttest"
)

// accessLogDefaults are those of the access log and of profiles.
func accessLogDefaults() map[string]check {
	return map[string]check{
		"Query in the access log":                says("left out", queryIsLeftOut),
		"Secrets in a query that is logged":      secretsInQueries,
		"Value of a client in the access log":    valueInTheLog,
		"Requests in the access log":             says("all", allAreLogged),
		"Slow requests in the access log":        says("as others", slowAsOthers),
		"Profiles, with `UseProfiling`":          says("for those whom a rule names, else the app does not start", profilesNeedARule),
		"Profiles in development without a rule": profilesInDevelopment,
		"Time of a profile or trace":             timeOfAProfile,
		"Profiles at the same time":              profilesAtOnce,
	}
}

// lineOf returns the line of the access log for a request.
func lineOf(t *testing.T, o middleware.AccessLogOptions, query url.Values) map[string]any {
	t.Helper()
	c, log := newLogged(t, soay.Options{}, func(a *soay.App) { a.UseAccessLog(o) }, text("hi"))
	c.Get("/", requesttest.With{Query: query})
	lines := log.Records("request")
	if len(lines) != 1 {
		t.Fatalf("the log is %q", log)
	}
	return lines[0]
}

func queryIsLeftOut(t *testing.T) {
	for name, value := range lineOf(t, middleware.AccessLogOptions{}, url.Values{"color": {"rosebud"}}) {
		if s, ok := value.(string); ok && strings.Contains(s, "rosebud") {
			t.Errorf("%s is %s", name, s)
		}
	}
}

func secretsInQueries(t *testing.T, cell string) {
	o := middleware.AccessLogOptions{Fields: []middleware.AccessLogField{middleware.AccessLogQuery}}
	want := "a=1&token=" + names(cell)[0]
	if got := lineOf(t, o, url.Values{"a": {"1"}, "token": {"rosebud"}})["query"]; got != want {
		t.Errorf("the query is logged as %v, want %s", got, want)
	}
}

func valueInTheLog(t *testing.T, cell string) {
	o := middleware.AccessLogOptions{Fields: []middleware.AccessLogField{middleware.AccessLogQuery}}
	most := size(t, cell)
	for sent, want := range map[int]int{most: most, most + 1: most + len("...")} {
		got := lineOf(t, o, url.Values{"a": {strings.Repeat("x", sent-len("a="))}})["query"].(string)
		if len(got) != want {
			t.Errorf("of %d bytes %d are logged, want %d", sent, len(got), want)
		}
	}
}

func allAreLogged(t *testing.T) {
	c, log := newLogged(t, soay.Options{}, func(a *soay.App) { a.UseAccessLog() }, text("hi"))
	for range 100 {
		c.Get("/")
	}
	if n := len(log.Records("request")); n != 100 {
		t.Errorf("%d of 100 requests are logged", n)
	}
}

func slowAsOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := new(requesttest.Log)
		app := soay.New(soay.Options{Env: "production", Logger: log.Logger()})
		app.UseAccessLog()
		app.Get("/", func(req soay.Request) soay.Response { time.Sleep(time.Hour); return text("hi")(req) })
		app.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		if lines := log.Records("request"); len(lines) != 1 || lines[0]["level"] != "INFO" {
			t.Errorf("a request of an hour is logged as %v", lines)
		}
	})
}

func profilesNeedARule(t *testing.T) {
	for _, rules := range [][]soay.Auth{nil, {{}}, {{Optional: true}}, {{Roles: []string{"ops"}}}} {
		app := quiet()
		app.AddScheme("nobody", auth.Func(func(soay.Request) (*soay.Identity, error) { return nil, nil }))
		app.UseProfiling(profiling.Handler(), rules...)
		_, err := app.Handler()
		if named := len(rules) > 0 && len(rules[0].Roles) > 0; named != (err == nil) {
			t.Errorf("with the rules %v the start says %v", rules, err)
		}
	}
}

// profiled returns the answer for a profile in development.
func profiled(client, target string) int {
	app := soay.New(soay.Options{Env: "development", Logger: new(requesttest.Log).Logger()})
	app.UseProfiling(profiling.Handler())
	r := httptest.NewRequest(http.MethodGet, "/debug/pprof/"+target, nil)
	r.RemoteAddr = client
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w.Code
}

func profilesInDevelopment(t *testing.T, cell string) {
	if got := profiled("127.0.0.1:1", "heap"); got != 200 {
		t.Errorf("this machine gets %d", got)
	}
	if got, want := profiled(someClient, "heap"), status(t, cell); got != want {
		t.Errorf("another gets %d, want %d", got, want)
	}
}

func timeOfAProfile(t *testing.T, cell string) {
	most := duration(t, cell)
	for _, what := range []string{"profile", "trace"} {
		if got, want := profiled("127.0.0.1:1", what+"?seconds="+seconds(most+time.Second)), status(t, cell); got != want {
			t.Errorf("a %s of a second more gets %d, want %d", what, got, want)
		}
	}
	// One that is not too long begins; here it finds that another one is recorded.
	if err := pprof.StartCPUProfile(new(strings.Builder)); err != nil {
		t.Skip(err) // the test has a profile made of itself
	}
	defer pprof.StopCPUProfile()
	if got := profiled("127.0.0.1:1", "profile?seconds="+seconds(most)); got != http.StatusConflict {
		t.Errorf("a profile of %v gets %d, want %d", most, got, http.StatusConflict)
	}
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

func profilesAtOnce(t *testing.T, cell string) {
	if err := pprof.StartCPUProfile(new(strings.Builder)); err != nil {
		t.Skip(err)
	}
	defer pprof.StopCPUProfile()
	if got, want := profiled("127.0.0.1:1", "profile"), status(t, cell); got != want {
		t.Errorf("another profile gets %d, want %d", got, want)
	}
}
