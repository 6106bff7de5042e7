package docs_test

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/keyring"
)

func ringDefaults() map[string]check {
	return map[string]check{
		"Length of a key":            keyLength,
		"Seal of a token":            seal,
		"Keys in the environment":    keysInTheEnvironment,
		"Keys in a ring":             keysInARing,
		"Mode of a file of keys":     modes(func(folder string) string { return folder + "/1.key" }, 0o100, 0o040, 0o002),
		"Mode of a folder of keys":   modes(func(folder string) string { return folder }, 0o050, 0o002),
		"Change of a file or folder": changeOfKeys,
		"Age of a token":             says("with a limit of 0 nothing opens", noLimit),
		"Clock that made a token":    clockOfTokens,
	}
}

func newRing(t *testing.T, newest string, older ...string) *keyring.Ring {
	t.Helper()
	ring, err := keyring.FromKeys(newest, older...)
	if err != nil {
		t.Fatal(err)
	}
	return ring.WithLogger(silent())
}

func keyLength(t *testing.T, cell string) {
	limit := size(t, cell)
	for n, want := range map[int]bool{limit: true, limit - 1: false} {
		if _, err := keyring.FromKeys(soay.NewKey()[:n]); (err == nil) != want {
			t.Errorf("a key of %d bytes: %v, want it to be good: %v", n, err, want)
		}
	}
}

func seal(t *testing.T, cell string) {
	token := newRing(t, soay.NewKey()).Protector("test").Protect(make([]byte, 100))
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw)-100 != size(t, cell) || !strings.HasPrefix(cell, "XAES-256-GCM, ") {
		t.Errorf("a token has %d bytes around the data, %v; the page says %s", len(raw)-100, err, cell)
	}
}

func keysInTheEnvironment(t *testing.T, cell string) {
	name := names(cell)[0]
	t.Setenv(name, soay.NewKey())
	if _, err := keyring.FromEnv(""); err != nil || name != keyring.DefaultPrefix+"_1" {
		t.Errorf("with a key in %s: %v", name, err)
	}
}

func keysInARing(t *testing.T, cell string) {
	limit := number(t, cell, "")
	var older []string
	for range limit {
		older = append(older, soay.NewKey())
	}
	for n, want := range map[int]bool{limit: true, limit + 1: false} {
		if _, err := keyring.FromKeys(soay.NewKey(), older[:n-1]...); (err == nil) != want {
			t.Errorf("%d keys: %v, want a ring: %v", n, err, want)
		}
	}
}

// modes is a check of the mode of a file. It adds further bits, one at a time.
func modes(file func(folder string) string, more ...fs.FileMode) check {
	return func(t *testing.T, cell string) {
		mode, err := strconv.ParseUint(strings.Fields(cell)[0], 8, 32)
		if err != nil {
			t.Fatal(err)
		}
		folder := t.TempDir() + "/keys"
		if _, err := keyring.FromFolder(folder, keyring.Options{Create: true}); err != nil {
			t.Fatal(err)
		}
		for _, extra := range append(more, 0) {
			if err := os.Chmod(file(folder), fs.FileMode(mode)|extra); err != nil {
				t.Fatal(err)
			}
			if _, err := keyring.FromFolder(folder); (err == nil) != (extra == 0) {
				t.Errorf("with the mode %#o: %v", fs.FileMode(mode)|extra, err)
			}
		}
	}
}

func changeOfKeys(t *testing.T, cell string) {
	folder := t.TempDir() + "/keys"
	synctest.Test(t, func(t *testing.T) {
		var rings []*keyring.Ring
		for range 2 {
			ring, err := keyring.FromFolder(folder, keyring.Options{Create: true})
			if err != nil {
				t.Fatal(err)
			}
			rings = append(rings, ring.WithLogger(silent()))
		}
		if _, err := rings[0].Rotate(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(duration(t, cell) - time.Nanosecond)
		if got := len(rings[1].IDs()); got != 1 {
			t.Errorf("the other ring has %d keys before %s", got, cell)
		}
		time.Sleep(time.Nanosecond)
		if got := len(rings[1].IDs()); got != 2 {
			t.Errorf("the other ring has %d keys, the page says %s", got, cell)
		}
	})
}

func noLimit(t *testing.T) {
	p := newRing(t, soay.NewKey()).Protector("test")
	if _, err := p.Unprotect(p.Protect(nil), 0); err == nil {
		t.Error("a token opens")
	}
}

func clockOfTokens(t *testing.T, cell string) {
	limit := duration(t, cell)
	key := soay.NewKey()
	for ahead, want := range map[time.Duration]bool{limit: true, limit + time.Millisecond: false} {
		token := ""
		synctest.Test(t, func(t *testing.T) { // every bubble begins at the same time
			time.Sleep(ahead)
			token = newRing(t, key).Protector("test").Protect(nil)
		})
		synctest.Test(t, func(t *testing.T) {
			if _, err := newRing(t, key).Protector("test").Unprotect(token, time.Hour); (err == nil) != want {
				t.Errorf("a token from %v ahead: %v, want it to open: %v", ahead, err, want)
			}
		})
	}
}

func forgeryDefaults() map[string]check {
	return map[string]check{
		"Check of an app with sessions":           says("on", forgeryIsChecked),
		"Answer to a request that is refused":     refusal,
		"Methods that pass":                       methodsThatPass,
		"Other origins that are trusted":          says("none", noOriginIsTrusted),
		"Field of a form with the token":          fieldOfAForm,
		"Header with the token":                   headerWithAToken,
		"Cookie of a visitor without a session":   cookieOfAStranger,
		"Age of a token in a form":                ageOfAFormToken,
		"Place of the token in a form with files": placeOfAToken,
		"Page with a token":                       pageWithAToken,
	}
}

// newForms returns a client for an app with forms and a page with their token.
func newForms(t *testing.T, options ...sessions.Options) *requesttest.Client {
	t.Helper()
	app := quiet()
	app.UseSessions(soay.NewKey(), options...)
	app.Get("/", func(req soay.Request) soay.Response { return response.HTML(string(antiforgery.Field(req))) })
	app.Get("/token", func(req soay.Request) soay.Response { return response.Text(antiforgery.Token(req)) })
	app.Post("/", text("done"))
	return requesttest.New(t, app, requesttest.Options{OldBrowser: true}) // for which tokens are
}

func crossSite(c *requesttest.Client, method string) int {
	return c.Do(method, "/", requesttest.With{Header: http.Header{"Sec-Fetch-Site": {"cross-site"}}}).Status
}

func forgeryIsChecked(t *testing.T) {
	without := quiet()
	without.Post("/", text("done"))
	if got := crossSite(requesttest.New(t, without), "POST"); got != 200 {
		t.Errorf("an app without sessions answers with %d", got)
	}
	if got := crossSite(newForms(t), "POST"); got == 200 {
		t.Errorf("an app with sessions answers with %d", got)
	}
}

func refusal(t *testing.T, cell string) {
	if got := crossSite(newForms(t), "POST"); got != number(t, cell, "") {
		t.Errorf("the answer is %d, the page says %s", got, cell)
	}
}

func methodsThatPass(t *testing.T, cell string) {
	c, pass := newForms(t), names(cell)
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "PURGE", "post", "get"} {
		if got := crossSite(c, method); (got != 403) != slices.Contains(pass, method) {
			t.Errorf("%s is answered with %d, the page says that %s pass", method, got, cell)
		}
	}
}

func noOriginIsTrusted(t *testing.T) {
	c := newForms(t)
	for _, origin := range []string{"https://localhost", "http://www.localhost", "http://localhost:81", "null"} {
		if got := c.Post("/", requesttest.With{Header: http.Header{"Origin": {origin}}}).Status; got != 403 {
			t.Errorf("Origin %s is answered with %d", origin, got)
		}
	}
}

func fieldOfAForm(t *testing.T, cell string) {
	name := names(cell)[0]
	c := newForms(t)
	if got := c.Get("/").Text(); !strings.Contains(got, ` name="`+name+`"`) {
		t.Errorf("the field is %s", got)
	}
	if got := c.Post("/", requesttest.With{Form: url.Values{name: {c.Get("/token").Text()}}}).Status; got != 200 {
		t.Errorf("a form with the field %s is answered with %d", name, got)
	}
}

func headerWithAToken(t *testing.T, cell string) {
	c := newForms(t)
	got := c.Post("/", requesttest.With{
		Form: url.Values{"a": {"1"}}, Header: http.Header{names(cell)[0]: {c.Get("/token").Text()}},
	})
	if got.Status != 200 {
		t.Errorf("a form with the header is answered with %d", got.Status)
	}
}

func cookieOfAStranger(t *testing.T, cell string) {
	want := names(cell)
	for i, https := range []bool{false, true} {
		app := quiet()
		app.UseSessions(soay.NewKey())
		app.Get("/", func(req soay.Request) soay.Response { return response.Text(antiforgery.Token(req)) })
		got := requesttest.New(t, app, requesttest.Options{HTTPS: https}).Get("/").Header["Set-Cookie"]
		if len(got) != 1 || !strings.HasPrefix(got[0], want[i]+"=") || !strings.HasSuffix(got[0], "; "+want[2]) {
			t.Errorf("https %t: the page sets %q, the page about defaults says %s", https, got, cell)
		}
	}
}

func ageOfAFormToken(t *testing.T, cell string) {
	limit := duration(t, cell)
	synctest.Test(t, func(t *testing.T) {
		c := newForms(t, sessions.Options{MaxAge: 10 * limit, IdleTimeout: 10 * limit})
		form := url.Values{antiforgery.DefaultFieldName: {c.Get("/token").Text()}}
		time.Sleep(limit - time.Second)
		if got := c.Post("/", requesttest.With{Form: form}).Status; got != 200 {
			t.Errorf("a second before %v a form is answered with %d", limit, got)
		}
		time.Sleep(time.Second)
		if got := c.Post("/", requesttest.With{Form: form}).Status; got != 403 {
			t.Errorf("after %v a form is answered with %d", limit, got)
		}
	})
}

func placeOfAToken(t *testing.T, cell string) {
	limit := size(t, cell)
	c := newForms(t)
	token := c.Get("/token").Text()
	post := func(before string, pad int) int {
		body, contentType := formWithFiles(t, before, token, pad)
		return c.Post("/", requesttest.With{Body: body, Header: http.Header{"Content-Type": {contentType}}}).Status
	}
	plain, _ := formWithFiles(t, "", token, 0)
	room := limit - plain.Len()
	for what, got := range map[string][2]int{
		"first, at the end of the limit": {post("", room), 200},
		"first, beyond the limit":        {post("", limit), 403},
		"second":                         {post("a", 0), 403},
	} {
		if got[0] != got[1] {
			t.Errorf("a form with the token %s is answered with %d, want %d", what, got[0], got[1])
		}
	}
	if !strings.HasPrefix(cell, "the first field, ") {
		t.Errorf("the page says %q", cell)
	}
}

// formWithFiles returns a form with a token, of which pad bytes come before the token, and perhaps another
// field.
func formWithFiles(t *testing.T, before, token string, pad int) (*bytes.Buffer, string) {
	t.Helper()
	body := new(bytes.Buffer)
	w := multipart.NewWriter(body)
	if before != "" {
		if err := w.WriteField(before, "1"); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="` + antiforgery.DefaultFieldName + `"`},
		"X-Padding":           {strings.Repeat("x", pad)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte(token)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return body, w.FormDataContentType()
}

func pageWithAToken(t *testing.T, cell string) { sameHeaders(t, newForms(t).Get("/").Header, cell) }
