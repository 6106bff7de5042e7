package auth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// newLogin returns an app without sessions whose /login?account=&password= takes "right" for every account.
func newLogin(o auth.ThrottleOptions, options ...soay.Options) (*soay.App, *requesttest.Log) {
	log := &requesttest.Log{}
	all := soay.Options{Env: "production", DrainDelay: -1}
	for _, each := range options {
		all = each
	}
	all.Logger = log.Logger()
	app := soay.New(all)
	app.AddScheme("key", guessable("X-Key"))
	app.UseAuthentication(auth.Options{Throttle: o})
	app.UseAuthorization()
	app.Get("/login", tryPassword).AllowAnonymous()
	return app, log
}

func tryPassword(req soay.Request) soay.Response {
	attempt, err := auth.Try(req, req.Query("account"))
	if err != nil {
		return response.Error(err)
	}
	switch req.Query("password") {
	case "right":
		attempt.Succeeded()
		return response.Text("welcome")
	case "panic":
		panic("the table is locked")
	case "nothing": // is said
		return response.Text("who knows")
	}
	attempt.Failed()
	return response.Text("wrong").WithStatus(http.StatusUnauthorized)
}

// tried is one try over https, with the cookies of a browser.
func tried(app http.Handler, client, account, password string, browser ...*http.Cookie) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "https://example.com/login", nil)
	r.URL.RawQuery = "account=" + strings.ReplaceAll(account, " ", "%20") + "&password=" + password
	r.RemoteAddr = client
	for _, c := range browser {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

// guesses returns how many of n wrong passwords were answered.
func guesses(app http.Handler, n int, client, account string, browser ...*http.Cookie) int {
	answered := 0
	for range n {
		if tried(app, client, account, "wrong", browser...).Code == http.StatusUnauthorized {
			answered++
		}
	}
	return answered
}

// deviceOf returns the cookie of a browser that signs in to accounts, one after the other.
func deviceOf(t *testing.T, app http.Handler, client string, accounts ...string) *http.Cookie {
	t.Helper()
	var browser []*http.Cookie
	for _, account := range accounts {
		w := tried(app, client, account, "right", browser...)
		browser = w.Result().Cookies()
		if w.Code != 200 || len(browser) != 1 {
			t.Fatalf("%s signs in: %d, cookies %v", account, w.Code, browser)
		}
	}
	return browser[0]
}

// fromAfar returns an address that differs for each i.
func fromAfar(i int) string {
	return "203.0.113." + string(rune('0'+i/10)) + string(rune('0'+i%10)) + ":1"
}

func TestTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, log := newLogin(auth.ThrottleOptions{})
		if got := guesses(app, 20, office, "ada"); got != 10 {
			t.Errorf("%d of 20 guesses were answered, want 10", got)
		}
		for _, tt := range []struct {
			description, client, account, password string
			want                                   int
		}{
			{"the right password", office, "ada", "right", 429},
			{"in other letters", office, " ADA ", "right", 429},
			{"another account", office, "bob", "right", 200},
			{"another address", home, "ada", "right", 200},
		} {
			if got := tried(app, tt.client, tt.account, tt.password).Code; got != tt.want {
				t.Errorf("%s: %d, want %d", tt.description, got, tt.want)
			}
		}
		log.Reset()
		refused := tried(app, office, "ada", "right")
		if got := refused.Header(); got.Get("Retry-After") != "90" || got.Get("Set-Cookie") != "" || !strings.Contains(got.Get("Cache-Control"), "no-store") {
			t.Errorf("the refusal has %v, want Retry-After 90", got)
		}
		if lines := log.Records("auth: refused"); len(lines) != 1 || lines[0]["level"] != "WARN" || lines[0]["reason"] != "too-many-attempts" || lines[0]["client"] != "192.0.2.1" {
			t.Errorf("the log has %v, want one warning", lines)
		}
		time.Sleep(90 * time.Second)
		if got := guesses(app, 5, office, "ada"); got != 1 {
			t.Errorf("after 90 s %d guesses were answered, want 1", got)
		}
	})
}

// What is right is given back, and what nothing is said of is not.
func TestWhichTriesCount(t *testing.T) {
	for password, want := range map[string]int{"right": 60, "wrong": 10, "nothing": 10, "panic": 10} {
		app, _ := newLogin(auth.ThrottleOptions{})
		passed := 0
		for range 60 {
			if tried(app, office, "ada", password).Code != 429 {
				passed++
			}
		}
		if passed != want {
			t.Errorf("%s: %d of 60 pass, want %d", password, passed, want)
		}
	}
}

// Many accounts from one address, and one account from many.
func TestAddressAndAccount(t *testing.T) {
	app, _ := newLogin(auth.ThrottleOptions{})
	answered := 0
	for i := range 80 {
		answered += guesses(app, 1, office, "account"+fromAfar(i))
	}
	if answered != 50 {
		t.Errorf("%d accounts were tried from one address, want 50", answered)
	}
	answered = 0
	for i := range 80 {
		answered += guesses(app, 1, fromAfar(i), "ada")
	}
	if answered != 50 {
		t.Errorf("one account was tried from %d addresses, want 50", answered)
	}
}

// A try that one rate refuses is taken from none.
func TestRefusedTriesTakeNothing(t *testing.T) {
	hour := func(n int) soay.Rate { return soay.Rate{Requests: n, Per: time.Hour} }
	for _, tt := range []struct {
		description string
		options     auth.ThrottleOptions
		then        [2]string // client and account
	}{
		{"the account refuses", auth.ThrottleOptions{Account: hour(1), Address: hour(5), Pair: hour(50)}, [2]string{home, "bob"}},
		{"the address refuses", auth.ThrottleOptions{Account: hour(50), Address: hour(1), Pair: hour(50)}, [2]string{office, "ada"}},
	} {
		app, _ := newLogin(tt.options)
		tried(app, home, "ada", "wrong")
		for range 20 {
			if got := tried(app, home, "ada", "wrong").Code; got != 429 {
				t.Fatalf("%s: %d, want 429", tt.description, got)
			}
		}
		if got := tried(app, tt.then[0], tt.then[1], "wrong").Code; got != 401 {
			t.Errorf("%s: then another try is %d, want 401", tt.description, got)
		}
	}
	app, _ := newLogin(auth.ThrottleOptions{Account: hour(1), Address: hour(50), Pair: hour(5)})
	device := deviceOf(t, app, home, "ada")
	guesses(app, 1, office, "ada")
	for range 20 {
		tried(app, home, "ada", "wrong") // which the account refuses
	}
	if got := guesses(app, 20, home, "ada", device); got != 5 {
		t.Errorf("from the known device of the pair %d are left, want all 5", got)
	}
}

// Whoever spends the tries of an account does not lock out its owner.
func TestKnownDeviceIsNotLockedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, _ := newLogin(auth.ThrottleOptions{})
		device := deviceOf(t, app, home, "ada")
		other := deviceOf(t, app, home, "eve")
		want := &http.Cookie{Name: "__Host-device", Path: "/", MaxAge: 90 * 24 * 3600, HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode}
		got := *device
		got.Value, got.Raw = "", ""
		if diff := cmp.Diff(want, &got); diff != "" || device.Value == "" {
			t.Errorf("the cookie: %s", diff)
		}
		if strings.Contains(device.Value, "ada") {
			t.Error("the cookie has the name of the account")
		}
		spend := func() {
			for i := range 80 {
				guesses(app, 1, fromAfar(i), "ada")
			}
		}
		spend()
		tampered := *device
		tampered.Value = device.Value[:40] + string(device.Value[40]^1) + device.Value[41:]
		foreignApp, _ := newLogin(auth.ThrottleOptions{})
		for _, tt := range []struct {
			description, account string
			browser              []*http.Cookie
			want                 int
		}{
			{"a new device", "ada", nil, 429},
			{"the known one", "ada", []*http.Cookie{device}, 200},
			{"the known one, in other letters", " Ada", []*http.Cookie{device}, 200},
			{"one of another account", "ada", []*http.Cookie{other}, 429},
			{"a tampered cookie", "ada", []*http.Cookie{&tampered}, 429},
			{"one of another app", "ada", []*http.Cookie{deviceOf(t, foreignApp, home, "ada")}, 429},
			{"a word", "ada", []*http.Cookie{{Name: "__Host-device", Value: "ada"}}, 429},
			{"a long one", "ada", []*http.Cookie{{Name: "__Host-device", Value: strings.Repeat("A", 3000)}}, 429},
			{"the name without https", "ada", []*http.Cookie{{Name: "device", Value: device.Value}}, 429},
			{"two", "ada", []*http.Cookie{device, device}, 429},
		} {
			if got := tried(app, "192.0.2.77:1", tt.account, "right", tt.browser...).Code; got != tt.want {
				t.Errorf("%s: %d, want %d", tt.description, got, tt.want)
			}
		}
		if got := guesses(app, 20, home, "ada", device); got != 10 {
			t.Errorf("the known device may guess %d times, want the 10 of the pair", got)
		}
		time.Sleep(90*24*time.Hour - time.Minute)
		spend()
		if got := tried(app, home, "ada", "right", device).Code; got != 200 {
			t.Errorf("in the last minute of its 90 days the device is %d", got)
		}
		time.Sleep(time.Minute)
		spend()
		if got := tried(app, home, "ada", "right", device).Code; got != 429 {
			t.Errorf("after 90 days the device is %d, want 429", got)
		}
	})
}

// A browser is known to the last five accounts that it has signed in to.
func TestDeviceOfSeveralAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, _ := newLogin(auth.ThrottleOptions{Account: soay.Rate{Requests: 1, Per: 2400 * time.Hour}})
		device := deviceOf(t, app, home, "a", "b", "c", "d", "e", "f", "b")
		if len(device.Value) > 300 {
			t.Errorf("the cookie has %d bytes", len(device.Value))
		}
		for account, want := range map[string]int{"a": 429, "b": 200, "c": 200, "d": 200, "e": 200, "f": 200} {
			guesses(app, 1, office, account)
			if got := tried(app, home, account, "right", device).Code; got != want {
				t.Errorf("%s: %d, want %d", account, got, want)
			}
		}
		// Each has its own 90 days, whatever the others do.
		time.Sleep(50 * 24 * time.Hour)
		device = tried(app, home, "b", "right", device).Result().Cookies()[0]
		time.Sleep(50 * 24 * time.Hour)
		for account, want := range map[string]int{"b": 200, "c": 429} {
			guesses(app, 2, office, account)
			if got := tried(app, home, account, "right", device).Code; got != want {
				t.Errorf("after 100 days %s: %d, want %d", account, got, want)
			}
		}
	})
}

// The cookie is for https only, but for development.
func TestDeviceWithoutHTTPS(t *testing.T) {
	app, _ := newLogin(auth.ThrottleOptions{Account: soay.Rate{Requests: 1, Per: time.Hour}}, soay.Options{Env: "development"})
	client := requesttest.New(t, app)
	got := client.Get("/login?account=ada&password=right")
	if c := got.Cookie("device"); c == nil || c.Secure || !c.HttpOnly {
		t.Fatalf("over http the cookie is %v", got.Header["Set-Cookie"])
	}
	guesses(app, 2, office, "ada")
	if got := client.Get("/login?account=ada&password=right"); got.Status != 200 {
		t.Errorf("the known browser is %d", got.Status)
	}
	if got := requesttest.New(t, app).Get("/login?account=ada&password=right"); got.Status != 429 {
		t.Errorf("another one is %d, want 429", got.Status)
	}
}

func TestSameAccounts(t *testing.T) {
	tests := []struct {
		description, one, other string
		want                    bool
	}{
		{"case", "Ada@Example.COM", "ada@example.com", true},
		{"case of Greek", "ΣΊΣΥΦΟΣ", "σίσυφος", true},
		{"case of an accent that is composed", "JOSÉ", "jose\u0301", true},
		{"Kelvin", "\u212A", "k", true},
		{"composed in another order", "q\u0307\u0323", "q\u0323\u0307", true},
		{"an iota below", "\u1FB3", "\u03B1\u0345", true},
		{"composed only in small letters", "J\u030C", "\u01F0", true},
		{"spaces", " ada\t", "ada", true},
		{"no accent", "jose", "josé", false},
		{"another", "ada", "adb", false},
		{"a space inside", "a da", "ada", false},
		{"none", "", "ada", false},
		{"no UTF-8", "\xff", "\xfe", true},
		{"long ones", strings.Repeat("a", 1<<20), strings.Repeat("a", 1<<20) + "b", false},
	}
	for _, tt := range tests {
		app, _ := newLogin(auth.ThrottleOptions{Account: soay.Rate{Requests: 1, Per: time.Hour}})
		app.Get("/try", func(req soay.Request) soay.Response {
			for _, account := range []string{tt.one, tt.other} {
				if _, err := auth.Try(req, account); err != nil {
					return response.Text("same")
				}
			}
			return response.Text("different")
		}).AllowAnonymous()
		want := map[bool]string{true: "same", false: "different"}[tt.want]
		if got := sent(app, office, "/try").Body.String(); got != want {
			t.Errorf("%s: %s, want %s", tt.description, got, want)
		}
	}
}

// However many try at once, exactly as many are let through as the rate allows.
func TestParallelTries(t *testing.T) {
	for _, tt := range []struct {
		description string
		options     auth.ThrottleOptions
		of          func(i int) (client, account string)
		want        int64
	}{
		{"of one pair", auth.ThrottleOptions{}, func(int) (string, string) { return office, "ada" }, 10},
		{"from one address", auth.ThrottleOptions{}, func(i int) (string, string) { return office, "account" + fromAfar(i) }, 50},
		{"of one account", auth.ThrottleOptions{}, func(i int) (string, string) { return fromAfar(i), "ada" }, 50},
	} {
		app, _ := newLogin(tt.options)
		var passed atomic.Int64
		var all, first sync.WaitGroup
		first.Add(64)
		app.Get("/try", func(req soay.Request) soay.Response {
			_, err := auth.Try(req, req.Query("account"))
			first.Done() // nobody has ended before all have tried
			first.Wait()
			if err != nil {
				return response.Error(err)
			}
			passed.Add(1)
			return response.Text("tried")
		}).AllowAnonymous()
		for i := range 64 {
			client, account := tt.of(i)
			all.Go(func() { sent(app, client, "/try?account="+account) })
		}
		all.Wait()
		if got := passed.Load(); got != tt.want {
			t.Errorf("%s: %d of 64 pass, want %d", tt.description, got, tt.want)
		}
	}
}

// The first call counts, also if several goroutines call at once.
func TestAttemptEndsOnce(t *testing.T) {
	app, _ := newLogin(auth.ThrottleOptions{Pair: soay.Rate{Requests: 2, Per: time.Hour}})
	how := ""
	app.Get("/try", func(req soay.Request) soay.Response {
		attempt, err := auth.Try(req, "ada")
		if err != nil {
			return response.Error(err)
		}
		switch how {
		case "failed first":
			attempt.Failed()
			attempt.Succeeded()
		case "succeeded first":
			attempt.Succeeded()
			attempt.Failed()
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(attempt.Succeeded)
		}
		wg.Wait()
		return response.Text("tried")
	}).AllowAnonymous()
	for _, tt := range []struct {
		how        string
		want, left int
	}{{"succeeded first", 200, 2}, {"at once", 200, 2}, {"failed first", 200, 1}, {"failed first", 200, 0}, {"at once", 429, 0}} {
		how = tt.how
		w := sent(app, office, "/try")
		if cookies := len(w.Result().Cookies()); w.Code != tt.want || (cookies == 1) != (tt.how != "failed first" && tt.want == 200) {
			t.Errorf("%s: %d with %d cookies, want %d", tt.how, w.Code, cookies, tt.want)
		}
	}
}

// A request may try several accounts, each for itself.
func TestSeveralTriesOfOneRequest(t *testing.T) {
	app, _ := newLogin(auth.ThrottleOptions{Account: soay.Rate{Requests: 1, Per: time.Hour}})
	app.Get("/try", func(req soay.Request) soay.Response {
		for _, account := range []string{"ada", "bob", "eve"} {
			attempt, err := auth.Try(req, account)
			if err != nil {
				return response.Error(err)
			}
			if account != "bob" {
				attempt.Succeeded()
			}
		}
		return response.Text("tried")
	}).AllowAnonymous()
	cookies := sent(app, office, "/try").Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("cookies %v, want one", cookies)
	}
	for account, want := range map[string]int{"ada": 429, "bob": 429, "eve": 429} {
		guesses(app, 1, home, account)
		if got := tried(app, home, account, "right").Code; got != want {
			t.Errorf("%s from a new device: %d, want %d", account, got, want)
		}
		want = map[string]int{"ada": 200, "bob": 429, "eve": 200}[account]
		cookie := *cookies[0]
		cookie.Name = "__Host-device" // as if it had been over https
		if got := tried(app, home, account, "right", &cookie).Code; got != want {
			t.Errorf("%s from the known one: %d, want %d", account, got, want)
		}
	}
}

// Known and unknown accounts are answered alike: Try has not been told which is which, so all that may differ is the name.
func TestTryTellsNothingOfAccounts(t *testing.T) {
	app, _ := newLogin(auth.ThrottleOptions{})
	deviceOf(t, app, office, "known")
	for i := range 12 {
		known, unknown := tried(app, home, "known", "wrong"), tried(app, "198.51.100.2:1", "unknown", "wrong")
		for _, w := range []*httptest.ResponseRecorder{known, unknown} {
			w.Header().Del("Date")
			w.Header().Del("Retry-After") // of some ms of difference
		}
		if diff := cmp.Diff(known.Header(), unknown.Header()); diff != "" || known.Code != unknown.Code || known.Body.String() != unknown.Body.String() {
			t.Errorf("try %d: %d and %d %s", i, known.Code, unknown.Code, diff)
		}
	}
}

func TestTryWithoutSchemes(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/", func(req soay.Request) soay.Response {
		attempt, err := auth.Try(req, "ada")
		if attempt != nil || err == nil {
			t.Errorf("%v, %v, want an error", attempt, err)
			return response.Text("")
		}
		return response.Text(err.Error())
	})
	if got := sent(app, office, "/").Body.String(); !strings.Contains(got, "no scheme") {
		t.Errorf("%q", got)
	}
}

func newApp(*testing.T) (*soay.App, *requesttest.Log) {
	log := &requesttest.Log{}
	return soay.New(soay.Options{Env: "production", Logger: log.Logger(), DrainDelay: -1}), log
}

func TestTryOff(t *testing.T) {
	app, _ := newLogin(auth.ThrottleOptions{Off: true})
	if got := guesses(app, 100, office, "ada"); got != 100 {
		t.Errorf("%d of 100 were answered", got)
	}
	if w := tried(app, office, "ada", "right"); w.Code != 200 || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("the right one: %d, cookie %q", w.Code, w.Header().Get("Set-Cookie"))
	}
}

// A handler that keeps its attempt changes nothing of a later request, and the log says so.
func TestLateAttempt(t *testing.T) {
	app, log := newLogin(auth.ThrottleOptions{Pair: soay.Rate{Requests: 2, Per: time.Hour}})
	var kept *auth.Attempt
	app.Get("/keep", func(req soay.Request) soay.Response {
		var err error
		if kept, err = auth.Try(req, "ada"); err != nil {
			t.Error(err)
		}
		return response.Text("kept")
	}).AllowAnonymous()
	app.Get("/other", func(soay.Request) soay.Response {
		kept.Succeeded()
		kept.Failed()
		return response.Text("other")
	}).AllowAnonymous()
	sent(app, office, "/keep")
	if w := sent(app, office, "/other"); w.Header().Get("Set-Cookie") != "" {
		t.Errorf("another request got the cookie %q", w.Header().Get("Set-Cookie"))
	}
	if got := guesses(app, 5, office, "ada"); got != 1 {
		t.Errorf("%d guesses were answered, want the one that is left", got)
	}
	if !strings.Contains(log.String(), "request used after its handler returned") {
		t.Errorf("the log has nothing of it:\n%s", log)
	}
}

func TestTryWithoutItsStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newCountingStore()
		app, log := newLogin(auth.ThrottleOptions{Store: store})
		if got := guesses(app, 4, office, "ada"); got != 4 {
			t.Errorf("%d of 4 were answered", got)
		}
		store.hang.Store(true)
		start := time.Now()
		if got := guesses(app, 30, office, "ada"); got != 10 {
			t.Errorf("without the store %d were answered, want the 10 of the memory", got)
		}
		if took := time.Since(start); took > 300*time.Millisecond {
			t.Errorf("30 tries took %v", took)
		}
		if got := tried(app, home, "ada", "right").Code; got != 200 {
			t.Errorf("the right one is %d", got)
		}
		if lines := log.Records("rate limit: the store failed; the memory of this process takes over"); len(lines) != 1 {
			t.Errorf("the log has %v, want one warning", lines)
		}
		store.hang.Store(false)
		time.Sleep(2 * time.Second)
		if got := guesses(app, 20, office, "ada"); got != 6 {
			t.Errorf("with the store again %d were answered, want the 6 that it has left", got)
		}
	})
}

// keyCollector keeps the keys that it is asked for.
type keyCollector struct {
	*ratelimit.Memory
	mu   sync.Mutex
	keys []string
}

func (s *keyCollector) Take(ctx context.Context, key string, cost int, rates []router.Rate) (ratelimit.Result, error) {
	s.mu.Lock()
	s.keys = append(s.keys, key)
	s.mu.Unlock()
	return s.Memory.Take(ctx, key, cost, rates)
}

// Stores and logs get no names of accounts.
func TestNamesOfAccountsStayHere(t *testing.T) {
	store := &keyCollector{Memory: ratelimit.NewMemory()}
	app, log := newLogin(auth.ThrottleOptions{Store: store})
	guesses(app, 30, office, "secret-name")
	if len(store.keys) < 30 {
		t.Fatalf("the store was asked for %d keys", len(store.keys))
	}
	if all := strings.Join(store.keys, "\n"); strings.Contains(all, "secret-name") || strings.Contains(log.String(), "secret-name") {
		t.Error("the name is in the keys of the store, or in the log")
	}
}

func TestTriesCanHaveAPageOfTheApp(t *testing.T) {
	app, _ := newLogin(auth.ThrottleOptions{Pair: soay.Rate{Requests: 1, Per: time.Hour}})
	soay.HandleError(app, func(_ soay.Request, err *auth.RefusedError) soay.Response {
		if err.RetryAfter < time.Minute {
			t.Errorf("RetryAfter is %v", err.RetryAfter)
		}
		return response.Text("please wait").WithStatus(err.Status)
	})
	guesses(app, 1, office, "ada")
	got := tried(app, office, "ada", "right")
	if got.Code != 429 || got.Body.String() != "please wait" || got.Header().Get("Retry-After") == "" {
		t.Errorf("%d %q %v", got.Code, got.Body, got.Header())
	}
}
