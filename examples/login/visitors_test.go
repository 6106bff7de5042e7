//go:build unix

package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soay-go/soay/middleware/antiforgery"
)

// tally is what has become of the requests of all visitors.
type tally struct {
	Requests, Failed, SignedOut, FlashesLost, NicknamesLost int
}

// visitors use the site, each in a browser of its own and all at the same time.
type visitors struct {
	all  []*visitor
	stop atomic.Bool
	wg   sync.WaitGroup

	mu    sync.Mutex
	tally tally
	notes []string // the first of what went wrong
}

// visitor is somebody who saves one nickname after the other.
type visitor struct {
	of       *visitors
	site     string
	user     string
	client   *http.Client
	nickname string
	rounds   atomic.Int64
}

// newVisitors signs visitors in.
func newVisitors(t *testing.T, site string, n int) *visitors {
	t.Helper()
	vs := &visitors{}
	for i := range n {
		jar, _ := cookiejar.New(nil) // never fails
		v := &visitor{of: vs, site: site, user: [...]string{"ada", "grace"}[i%2]}
		v.client = &http.Client{Jar: jar, Timeout: 20 * time.Second}
		vs.all = append(vs.all, v)
	}
	var wg sync.WaitGroup
	for _, v := range vs.all {
		wg.Go(func() {
			page := v.post("/login", v.get("/login"), url.Values{"username": {v.user}, "password": {demo[v.user]}})
			v.check(page, "Welcome!")
		})
	}
	wg.Wait()
	vs.wantNothingLost(t, "signing in")
	return vs
}

// start makes the visitors use the site until finish.
func (vs *visitors) start() {
	for i, v := range vs.all {
		vs.wg.Go(func() {
			for round := 0; !vs.stop.Load(); round++ {
				v.round(fmt.Sprintf("visitor %d, round %d", i, round))
			}
		})
	}
}

func (vs *visitors) finish() {
	vs.stop.Store(true)
	vs.wg.Wait()
}

// await waits until everybody has begun and ended n more rounds.
func (vs *visitors) await(t *testing.T, n int64) {
	t.Helper()
	var targets []int64
	for _, v := range vs.all {
		targets = append(targets, v.rounds.Load()+n+1) // one is under way
	}
	deadline := time.Now().Add(time.Minute)
	for i, v := range vs.all {
		for v.rounds.Load() < targets[i] {
			if time.Now().After(deadline) {
				t.Fatalf("after a minute visitor %d has not ended %d more rounds", i, n)
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// wantNothingLost checks what has happened so far.
func (vs *visitors) wantNothingLost(t *testing.T, after string) {
	t.Helper()
	vs.mu.Lock()
	defer vs.mu.Unlock()
	if want := (tally{Requests: vs.tally.Requests}); vs.tally != want || want.Requests == 0 {
		t.Errorf("after %s: %+v, want nothing but requests; first of what went wrong: %q", after, vs.tally, vs.notes)
	}
}

// round saves a nickname, which must be shown from then on, and its message, which must be shown
// once.
func (v *visitor) round(nickname string) {
	page := v.get("/profile")
	v.check(page, "")
	v.nickname = nickname
	v.check(v.post("/profile", page, url.Values{"nickname": {nickname}}), "Saved.")
	v.rounds.Add(1)
}

func (v *visitor) get(path string) string {
	resp, err := v.client.Get(v.site + path)
	return v.read("GET "+path, resp, err)
}

// post sends a form of a page, and returns the page to which the answer leads.
func (v *visitor) post(path, page string, form url.Values) string {
	v.count(func(t *tally) { t.Requests++ }) // the answer leads to another request
	form.Set(antiforgery.DefaultFieldName, token(page, path))
	resp, err := v.client.PostForm(v.site+path, form)
	return v.read("POST "+path, resp, err)
}

func (v *visitor) read(what string, resp *http.Response, err error) string {
	v.count(func(t *tally) { t.Requests++ })
	var page []byte
	if err == nil {
		page, err = io.ReadAll(resp.Body)
		resp.Body.Close()
		if err == nil && resp.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %s", resp.Status, page)
		}
	}
	if err != nil {
		v.complain(func(t *tally) { t.Failed++ }, "%s: %v", what, err)
	}
	return string(page)
}

// check compares the profile with what it should show.
func (v *visitor) check(page, flash string) {
	got := read(page)
	if got.User != v.user {
		v.complain(func(t *tally) { t.SignedOut++ }, "%s is signed in as %q", v.user, got.User)
		return
	}
	if got.Flash != flash {
		v.complain(func(t *tally) { t.FlashesLost++ }, "the message is %q, want %q", got.Flash, flash)
	}
	if got.Nickname != v.nickname {
		v.complain(func(t *tally) { t.NicknamesLost++ }, "the nickname is %q, want %q", got.Nickname, v.nickname)
	}
}

func (v *visitor) count(add func(*tally)) {
	v.of.mu.Lock()
	defer v.of.mu.Unlock()
	add(&v.of.tally)
}

func (v *visitor) complain(add func(*tally), format string, args ...any) {
	v.count(add)
	v.of.mu.Lock()
	defer v.of.mu.Unlock()
	if len(v.of.notes) < 5 {
		v.of.notes = append(v.of.notes, fmt.Sprintf(format, args...))
	}
}
