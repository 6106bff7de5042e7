package docs_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

func sessionDefaults() map[string]check {
	return map[string]check{
		"Name of the cookie":                         cookieNames,
		"Attributes of the cookie":                   cookieAttributes,
		"Cookie when the browser is closed":          says("gone", endsWithTheBrowser),
		"Session nobody looks at":                    endsIdle,
		"Session that is in use":                     endsInUse,
		"Session that is only read":                  prolonged,
		"Size in a cookie":                           sizeInACookie,
		"Size in a store":                            sizeInAStore,
		"Store that does not answer":                 storeTimeout,
		"Way to a session in a store":                wayToASession,
		"Signing in by `SetUser`":                    says("a new identity", newIdentity),
		"Changes of the session":                     savedBelow,
		"Clock of another instance":                  clockOfSessions,
		"Answer to a request that reads the session": answerHeaders(func(s sessions.Session) { s.Len() }),
		"Stream in an app with sessions":             streamHeaders,
		"Answer to a request that changes it":        changedHeaders,
		"Sessions in `memstore`":                     sessionsInMemory,
		"Sessions of a user in `memstore`":           sessionsOfAUser,
	}
}

// with returns a handler that does something with the session.
func with(f func(sessions.Session)) soay.Handler {
	return func(req soay.Request) soay.Response {
		f(req.Session)
		return response.NoContent()
	}
}

// newStoreClient is newClient with sessions in a store.
func newStoreClient(t *testing.T, store sessions.Store, h soay.Handler) *requesttest.Client {
	t.Helper()
	app := quiet()
	app.UseSessionStore(store)
	app.Route("/{path:rest}", h, http.MethodGet, http.MethodPost)
	return requesttest.New(t, app)
}

func cookieNames(t *testing.T, cell string) {
	list := names(cell)
	for i, https := range []bool{false, true} {
		c := newClient(t, setSecret, requesttest.Options{HTTPS: https})
		if got := c.Get("/").Cookies; len(list) != 2 || len(got) != 1 || got[0].Name != list[i] {
			t.Errorf("over https: %v, the cookies are %v", https, got)
		}
	}
}

func cookieAttributes(t *testing.T, cell string) {
	cookie := newClient(t, setSecret, requesttest.Options{HTTPS: true}).Get("/").Header.Get("Set-Cookie")
	sameAttributes(t, cookie, names(cell))
}

// sameAttributes compares the attributes of a cookie.
func sameAttributes(t *testing.T, cookie string, want []string) {
	t.Helper()
	got := strings.Split(cookie, "; ")[1:]
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the attributes are %q, the page says %q", got, want)
	}
}

func endsWithTheBrowser(t *testing.T) {
	got := newClient(t, setSecret).Get("/").Header.Get("Set-Cookie")
	if strings.Contains(got, "Max-Age") || strings.Contains(got, "Expires") {
		t.Errorf("the cookie is %s, which outlives the browser", got)
	}
}

// visits returns the number of visits that the session has counted, this one included.
func visits(c *requesttest.Client) (n int) {
	c.Get("/").JSON(&n)
	return n
}

func endsIdle(t *testing.T, cell string) {
	limit := duration(t, cell)
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, countVisits)
		visits(c)
		time.Sleep(limit - time.Second)
		if got := visits(c); got != 2 {
			t.Errorf("a second before %v the session counts %d, want 2", limit, got)
		}
		time.Sleep(limit)
		if got := visits(c); got != 1 {
			t.Errorf("after %v the session counts %d, want 1", limit, got)
		}
	})
}

func endsInUse(t *testing.T, cell string) {
	limit := duration(t, cell)
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, countVisits)
		visits(c)
		const pause = 10 * time.Minute
		n := int(limit / pause)
		for range n - 1 {
			time.Sleep(pause)
			visits(c)
		}
		time.Sleep(pause - time.Second)
		if got := visits(c); got != n+1 {
			t.Errorf("a second before %v the session counts %d, want %d", limit, got, n+1)
		}
		time.Sleep(time.Second)
		if got := visits(c); got != 1 {
			t.Errorf("after %v the session counts %d, want 1", limit, got)
		}
	})
}

func prolonged(t *testing.T, cell string) {
	limit := duration(t, cell)
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, func(req soay.Request) soay.Response {
			if req.Session.Len() == 0 {
				req.Session.Set("a", 1)
			}
			return response.NoContent()
		})
		c.Get("/")
		time.Sleep(limit - time.Second)
		if got := c.Get("/").Cookies; len(got) > 0 {
			t.Errorf("a second before %v the cookie is set anew: %v", limit, got)
		}
		time.Sleep(time.Second)
		if got := c.Get("/").Cookies; len(got) == 0 {
			t.Errorf("after %v the cookie is not set anew", limit)
		}
	})
}

// plainCodec makes cookie values of a given length.
type plainCodec int

func (n plainCodec) Encode(string, []byte) (string, error) { return strings.Repeat("a", int(n)), nil }

func (plainCodec) Decode(string, string) ([]byte, error) { return nil, http.ErrNoCookie }

func sizeInACookie(t *testing.T, cell string) {
	limit := size(t, cell) - len("session")
	for n, want := range map[int]int{limit: 204, limit + 1: status(t, cell)} {
		app := quiet()
		app.UseSessions("", sessions.Options{Codec: plainCodec(n)})
		app.Get("/", setSecret)
		if got := requesttest.New(t, app).Get("/").Status; got != want {
			t.Errorf("a value of %d bytes gives %d, want %d", n, got, want)
		}
	}
}

func sizeInAStore(t *testing.T, cell string) {
	limit := size(t, cell) - len(`a""`) // the key, and the quotes of JSON
	for n, want := range map[int]int{limit: 204, limit + 1: status(t, cell)} {
		c := newStoreClient(t, memstore.New(), with(func(s sessions.Session) { s.Set("a", strings.Repeat("x", n)) }))
		if got := c.Get("/").Status; got != want {
			t.Errorf("%d bytes of text give %d, want %d", n, got, want)
		}
	}
}

// watchedStore reports its calls, and may hang.
type watchedStore struct {
	sessions.Store
	created []string
	hangs   bool
}

func (s *watchedStore) Create(ctx context.Context, id string, r sessions.Record) error {
	s.created = append(s.created, id)
	return s.Store.Create(ctx, id, r)
}

func (s *watchedStore) Load(ctx context.Context, id string) (sessions.Record, error) {
	if s.hangs {
		<-ctx.Done()
		return sessions.Record{}, ctx.Err()
	}
	return s.Store.Load(ctx, id)
}

func storeTimeout(t *testing.T, cell string) {
	synctest.Test(t, func(t *testing.T) {
		memory := memstore.New()
		defer memory.Close()
		store := &watchedStore{Store: memory}
		c := newStoreClient(t, store, countVisits)
		c.Get("/")
		store.hangs = true
		start := time.Now()
		got := c.Get("/").Status
		if took := time.Since(start); got != number(t, cell, "") || took != duration(t, cell) {
			t.Errorf("%d after %v, the page says %s", got, took, cell)
		}
	})
}

func wayToASession(t *testing.T, cell string) {
	store := &watchedStore{Store: memstore.New()}
	way, err := base64.RawURLEncoding.DecodeString(newStoreClient(t, store, setSecret).Get("/").Cookie("session").Value)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(way)
	if !slices.Equal(store.created, []string{hex.EncodeToString(sum[:])}) {
		t.Errorf("the store knows the session as %q", store.created)
	}
	if want := fmt.Sprintf("%d random bytes, of which the store has the SHA-256", len(way)); cell != want {
		t.Errorf("the page says %q, want %q", cell, want)
	}
}

func newIdentity(t *testing.T) {
	c := newStoreClient(t, memstore.New(), func(req soay.Request) soay.Response {
		req.Session.Set("a", 1)
		before := req.Session.ID()
		req.Session.SetUser("ada")
		return response.JSON(before != req.Session.ID())
	})
	first := c.Get("/")
	if first.Text() != "true" {
		t.Errorf("the identity is another one: %s", first.Text())
	}
}

func savedBelow(t *testing.T, cell string) {
	limit := number(t, cell, "")
	c := newClient(t, func(req soay.Request) soay.Response {
		req.Session.Set("a", req.Path())
		code, err := strconv.Atoi(req.Path()[1:])
		if err != nil {
			return response.Error(err)
		}
		return response.Status(code)
	})
	for code, want := range map[int]int{limit - 1: 1, limit: 0, limit + 1: 0} {
		if got := c.Get("/" + strconv.Itoa(code)).Cookies; len(got) != want {
			t.Errorf("status %d sets %v, want %d cookies", code, got, want)
		}
	}
	if !strings.Contains(cell, "`Destroy` in any case") {
		t.Errorf("the page says nothing of Destroy in %q", cell)
	}
	ended := newClient(t, func(req soay.Request) soay.Response { req.Session.Destroy(); return response.Status(limit) })
	for _, cookie := range c.Cookies("/") {
		ended.SetCookie(cookie)
	}
	if got := ended.Get("/").Cookie("session"); got == nil || got.MaxAge >= 0 {
		t.Errorf("status %d after Destroy sets %v, want the deletion", limit, got)
	}
}

func clockOfSessions(t *testing.T, cell string) {
	limit := duration(t, cell)
	key := soay.NewKey()
	for ahead, want := range map[time.Duration]int{limit: 2, limit + time.Second: 1} {
		var cookie *http.Cookie
		synctest.Test(t, func(t *testing.T) { // every bubble begins at the same time
			time.Sleep(ahead)
			cookie = newKeyClient(t, key).Get("/").Cookie("session")
		})
		synctest.Test(t, func(t *testing.T) {
			c := newKeyClient(t, key)
			c.SetCookie(cookie)
			if got := visits(c); got != want {
				t.Errorf("a session from %v ahead counts %d, want %d", ahead, got, want)
			}
		})
	}
}

func newKeyClient(t *testing.T, key string) *requesttest.Client {
	t.Helper()
	app := quiet()
	app.UseSessions(key)
	app.Get("/", countVisits)
	return requesttest.New(t, app)
}

func answerHeaders(f func(sessions.Session)) check {
	return func(t *testing.T, cell string) { sameHeaders(t, newClient(t, with(f)).Get("/").Header, cell) }
}

// changedHeaders asks for the first change and for later ones, in a cookie and in a store.
func changedHeaders(t *testing.T, cell string) {
	change := with(func(s sessions.Session) { s.Set("a", sessions.GetOr(s, "a", 0)+1) })
	update := func(req soay.Request) soay.Response {
		if err := sessions.Modify(req.Session, "a", func(n int) int { return n + 1 }); err != nil {
			return response.Error(err)
		}
		return response.NoContent()
	}
	for _, open := range []func(h soay.Handler) *requesttest.Client{
		func(h soay.Handler) *requesttest.Client { return newClient(t, h) },
		func(h soay.Handler) *requesttest.Client { return newStoreClient(t, memstore.New(), h) },
	} {
		n := 0
		c := open(func(req soay.Request) soay.Response {
			if n++; n < 3 {
				return change(req)
			}
			return update(req)
		})
		for range 4 {
			sameHeaders(t, c.Get("/").Header, cell)
		}
	}
}

func streamHeaders(t *testing.T, cell string) {
	c := newClient(t, func(req soay.Request) soay.Response {
		return response.Stream("text/plain", func(io.Writer) error { req.Session.Len(); return nil })
	})
	sameHeaders(t, c.Get("/").Header, cell)
}

// sameHeaders compares headers with those that a cell names, each as name: value.
func sameHeaders(t *testing.T, got http.Header, cell string) {
	t.Helper()
	list := names(cell)
	for _, line := range list {
		name, want, _ := strings.Cut(line, ": ")
		if got.Get(name) != want {
			t.Errorf("%s is %q, the page says %q", name, got.Get(name), want)
		}
	}
	if len(list) == 0 {
		t.Errorf("the page names no header in %q", cell)
	}
}

func sessionsInMemory(t *testing.T, cell string) { fillMemory(t, "", number(t, cell, "")) }

func sessionsOfAUser(t *testing.T, cell string) { fillMemory(t, "ada", number(t, cell, "")) }

// fillMemory checks how many sessions of a user there can be.
func fillMemory(t *testing.T, user string, limit int) {
	t.Helper()
	store := memstore.New(memstore.Options{Logger: silent()})
	now := time.Now()
	for i := range limit + 10 {
		r := sessions.Record{User: user, Created: now, Seen: now, Expires: now.Add(time.Hour)}
		if err := store.Create(t.Context(), strconv.Itoa(i), r); err != nil {
			t.Fatal(err)
		}
	}
	if got := store.Len(); got != limit {
		t.Errorf("%d sessions, want %d", got, limit)
	}
}
