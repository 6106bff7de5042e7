package corstest_test

import (
	"context"
	"flag"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	jub0bs "github.com/jub0bs/cors"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the differential test, 0 for a new one")

// The methods that have routes. jub0bs/cors knows no routes, so it is told of these.
var methods = []string{"GET", "POST", "PUT", "DELETE", "PATCH"}

// TestPoliciesAgree asks both for 100,000 preflights and as many other requests, with random policies, origins, methods and
// headers. What a browser makes of the answers must be the same.
//
// Where they differ on purpose, the test does not look:
//   - A policy that one of them refuses: Soay refuses hosts with a dot at the end and names no public suffixes but by their form.
//   - Lists of headers that no browser sends, where any header is allowed: Soay refuses them, jub0bs/cors does not read them.
//   - Origins in a spelling that no browser sends, such as capitals and a path. Soay allows none of them by a pattern; here it
//     must not allow one that jub0bs/cors refuses.
//   - OPTIONS, TRACE and the like as the method of a preflight, and methods without a route, for which Soay has nothing to allow.
func TestPoliciesAgree(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	const requests = 200
	compared, allowed := 0, 0
	for i := uint64(0); compared < 100_000; i++ {
		g := generator{rand.New(rand.NewPCG(seed, i))}
		policy := g.policy()
		ours, theirs := pair(policy)
		if ours == nil || theirs == nil {
			continue
		}
		for range requests {
			q := g.request(policy)
			compared++
			a, b := q.ask(ours), q.ask(theirs)
			if isSent := browserOrigin.MatchString(q.origin) && !hasDefaultPort(q.origin); a != b && (isSent || a != (verdict{})) {
				t.Fatalf("-seed=%d, policy %d: %+v\n%+v\n  ours %+v\ntheirs %+v", seed, i, policy, q, a, b)
			}
			if a.preflight {
				allowed++
			}
		}
	}
	if allowed < compared/20 || allowed > compared*19/20 {
		t.Errorf("-seed=%d: %d of %d preflights are allowed, so the comparison says little", seed, allowed, compared)
	}
	t.Logf("%d of %d preflights are allowed", allowed, compared)
}

// browserOrigin is how browsers spell origins. They leave out the port that the scheme has anyway.
var browserOrigin = regexp.MustCompile(`^[a-z][a-z0-9+.-]*://([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:]+\])(:[1-9][0-9]{0,4})?$`)

func hasDefaultPort(origin string) bool {
	return strings.HasPrefix(origin, "https:") && strings.HasSuffix(origin, ":443") ||
		strings.HasPrefix(origin, "http:") && strings.HasSuffix(origin, ":80")
}

// TestMistakesAgree has policies that both refuse.
func TestMistakesAgree(t *testing.T) {
	for _, origin := range []string{
		"null", "", "app.example", "https://app.example/", "https://app.example:443", "https://app.example:0", "https://App.example",
		"https://a.*.example", "https://*.com", "https://*.co.uk", "file://a", "https://[0::1]", "https://127.1", "https://*.127.0.0.1",
		"https://bücher.example", "https://user@app.example", "https://app.example:65536", "https://", "http://app.example",
	} {
		if ours, theirs := pair(soay.CORS{Origins: []string{origin}, Credentials: true}); ours != nil || theirs != nil {
			t.Errorf("%q is accepted: ours %t, theirs %t", origin, ours != nil, theirs != nil)
		}
	}
}

// pair returns the same policy in front of the same routes, by Soay and by jub0bs/cors, nil for one that refuses it.
func pair(policy soay.CORS) (ours, theirs http.Handler) {
	app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	app.UseCORS(policy)
	app.Route("/", func(soay.Request) soay.Response { return response.NoContent() }, methods...)
	if err := app.Start(context.Background()); err == nil {
		ours = app
	}
	c := jub0bs.Config{
		Origins: policy.Origins, Credentialed: policy.Credentials, Methods: policy.Methods, RequestHeaders: policy.RequestHeaders,
		ResponseHeaders: policy.ResponseHeaders, DangerouslyTolerateInsecureOrigins: policy.InsecureOrigins,
		MaxAgeInSeconds: 600,
	}
	if len(c.Methods) == 0 {
		c.Methods = methods
	}
	if m, err := jub0bs.NewMiddleware(c); err == nil {
		theirs = m.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	}
	return ours, theirs
}

// generator makes random policies and requests.
type generator struct{ *rand.Rand }

func (g generator) one(list ...string) string { return list[g.IntN(len(list))] }

func (g generator) some(list ...string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(string) bool { return g.IntN(2) == 0 })
}

// origin returns an origin, or a pattern if patterns are wanted.
func (g generator) origin(patterns bool) string {
	var s strings.Builder
	s.WriteString(g.one("https", "https", "http", "capacitor") + "://")
	if patterns && g.IntN(3) == 0 {
		s.WriteString("*.")
	}
	for range g.IntN(3) {
		s.WriteString(g.one("a", "b", "a-1", "xn--a") + ".")
	}
	s.WriteString(g.one("app.example", "app.example", "example.com", "127.0.0.1", "[::1]", "localhost"))
	port := g.one("", "", ":8080", ":3000", ":1", ":65535")
	if patterns && g.IntN(4) == 0 {
		port = ":*"
	}
	return s.String() + port
}

func (g generator) policy() soay.CORS {
	p := soay.CORS{
		Credentials: g.IntN(2) == 0, InsecureOrigins: g.IntN(2) == 0,
		RequestHeaders:  g.some("X-A", "x-b", "Authorization", "Content-Type"),
		ResponseHeaders: g.some("X-C", "Etag"),
		Methods:         g.some("PUT", "PATCH", "X-OWN"),
	}
	for range 1 + g.IntN(4) {
		p.Origins = append(p.Origins, g.origin(true))
	}
	if !p.Credentials && g.IntN(4) == 0 {
		p.Origins = []string{"*"}
	}
	if !p.Credentials && g.IntN(4) == 0 {
		p.RequestHeaders = append(g.some("Authorization"), "*")
	}
	return p
}

// request returns a request that has something to do with a policy.
func (g generator) request(p soay.CORS) question {
	q := question{origin: g.origin(false), method: g.one(append([]string{"HEAD", "put"}, methods...)...)}
	if g.IntN(3) > 0 {
		q.origin = strings.NewReplacer("*.", g.one("", "a.", "b.a-1."), ":*", g.one("", ":1", ":65536", ":080", ":80", ":443", ":")).Replace(
			g.one(p.Origins...))
	}
	if q.origin == "*" {
		q.origin = "https://any.example"
	}
	switch g.IntN(8) {
	case 0: // one byte is changed
		if i := g.IntN(len(q.origin) + 1); i < len(q.origin) {
			q.origin = q.origin[:i] + g.one(".", "/", ":", "A", "\x00", "é", "*", "@", "") + q.origin[i+1:]
		}
	case 1:
		q.origin += g.one(".", "/", ":443", ".evil.example", " ", "?")
	case 2:
		q.origin = g.one("null", "*", "https://", "https://.app.example", "https://a..app.example", "HTTPS://app.example")
	}
	names := g.some("authorization", "content-type", "x-a", "x-b")
	isOdd := false
	if g.IntN(4) == 0 && !slices.Contains(p.RequestHeaders, "*") {
		isOdd = true
		names = append(names, g.one("x-a", "X-A", "", " ", "x-z", "\t", ",,,", strings.Repeat(",", 20), " x-b ", "  x-b"))
	}
	if len(names) > 0 || isOdd {
		q.names = []string{strings.Join(names, g.one(",", ",", ", ", " ,\t"))}
		if g.IntN(4) == 0 && len(names) > 1 {
			q.names = []string{names[0], strings.Join(names[1:], ",")}
		}
	}
	return q
}
