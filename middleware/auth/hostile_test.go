package auth_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/apikey"
	"github.com/soay-go/soay/middleware/auth/basic"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// hidden is a part of each credential that hostile clients send, so that a log can be searched for it.
const hidden = "hunter2hunter2hunter2hunter2hunter2"

// A hostile credential is the header lines and the query of a request to a route, and what comes of it.
type hostile struct {
	description string
	path        string
	lines       []string
	want        string // the status and the reason
}

// hostiles has each kind of broken credential at each place where one can stand.
func hostiles() []hostile {
	encode := base64.StdEncoding.EncodeToString
	long := hidden + strings.Repeat("k", 16<<10+1-len(hidden))
	list := []hostile{
		{"no credentials", "/key", nil, "401 credentials-missing"},
		{"another scheme of Authorization", "/scheme", []string{"Authorization: Digest " + hidden}, "401 credentials-missing"},
		{"two places", "/key?key=" + hidden, []string{"X-Api-Key: " + hidden}, "400 credentials-malformed"},
		{"a key twice in the query", "/query?key=" + hidden + "&key=" + hidden, nil, "400 credentials-malformed"},
		{"a broken escape in the query", "/query?key=%zz" + hidden, nil, "401 credentials-missing"},
		{"an escaped name in the query", "/query?%6bey=" + hidden, nil, "401 credentials-invalid"},
		{"a cookie twice", "/cookie", []string{"Cookie: key=" + hidden + "; key=" + hidden}, "401 credentials-missing"},
		{"a quoted cookie", "/cookie", []string{`Cookie: key="` + hidden + `"`}, "401 credentials-missing"},
		{"a raw byte", "/key", []string{"X-Api-Key: " + hidden + "\xe9"}, "400 credentials-malformed"},
		{"a misspelled key", "/key", []string{"X-Api-Key: cats_" + strings.Repeat("k", 43) + "_000000"}, "401 credentials-invalid"},
		{"basic without a colon", "/basic", []string{"Authorization: Basic " + encode([]byte(hidden))}, "400 credentials-malformed"},
		{"basic that is no base64", "/basic", []string{"Authorization: Basic ada:" + hidden}, "400 credentials-malformed"},
		{"basic with unused bits", "/basic", []string{"Authorization: Basic " + hidden + "x=="}, "400 credentials-malformed"},
		{"basic without its padding", "/basic", []string{"Authorization: Basic " + strings.TrimRight(encode([]byte("adam:"+hidden)), "=")}, "400 credentials-malformed"},
		{"basic for addresses", "/basic", []string{"Authorization: Basic " + base64.URLEncoding.EncodeToString([]byte("ada:\xc3\xbe\xc3\xbf\xc3\xbe"+hidden))}, "400 credentials-malformed"},
		{"basic that is no UTF-8", "/basic", []string{"Authorization: Basic " + encode([]byte("ada:\xff"+hidden))}, "400 credentials-malformed"},
		{"basic with a control character", "/basic", []string{"Authorization: Basic " + encode([]byte("ada:\r\n"+hidden))}, "400 credentials-malformed"},
		{"basic without a name", "/basic", []string{"Authorization: Basic " + encode([]byte(":"+hidden))}, "401 credentials-invalid"},
		{"basic without a password", "/basic", []string{"Authorization: Basic " + encode([]byte("ada:"))}, "401 credentials-invalid"},
		{"basic with a wrong password", "/basic", []string{"Authorization: Basic " + encode([]byte("ada:"+hidden))}, "401 credentials-invalid"},
		{"basic for another user", "/basic", []string{"Authorization: Basic " + encode([]byte(hidden+":"+hidden))}, "401 credentials-invalid"},
	}
	const malformed, invalid, missing = "400 credentials-malformed", "401 credentials-invalid", "401 credentials-missing"
	values := []struct {
		name, value string
		inHeader    string // what comes of it in a header, and in the query
	}{
		{"unknown", hidden, invalid}, {"padding", hidden + "==", invalid}, {"8-bit", hidden + "\xc3\xa9", malformed}, {"long", long, malformed},
		{"a list", hidden + ", " + hidden, malformed}, {"commas", hidden + "," + hidden, malformed}, {"empty", "", malformed},
		{"a blank", hidden + " " + hidden, malformed}, {"a quote", `"` + hidden + `"`, malformed},
	}
	for _, v := range values {
		list = append(list,
			hostile{v.name + " in a header", "/key", []string{"X-Api-Key: " + v.value}, v.inHeader},
			hostile{v.name + " in Authorization", "/scheme", []string{"Authorization: ApiKey " + v.value}, v.inHeader},
			hostile{v.name + " in the query", "/query?key=" + url.QueryEscape(v.value), nil, v.inHeader},
			hostile{v.name + " in a cookie", "/cookie", []string{"Cookie: key=" + v.value}, missing},
			hostile{v.name + " in basic", "/basic", []string{"Authorization: Basic " + v.value}, malformed},
		)
	}
	for path, line := range map[string]string{"/key": "X-Api-Key: ", "/scheme": "Authorization: ApiKey ", "/basic": "Authorization: Basic "} {
		list = append(list, hostile{"two lines for " + path, path, []string{line + hidden, line + hidden}, malformed})
	}
	return list
}

// newHostileApp returns an app with a route for each place, whose handlers nobody may reach. Its log has everything.
func newHostileApp(options soay.Options) (*soay.App, *requesttest.Log) {
	log := &requesttest.Log{Level: slog.LevelDebug}
	options.Env, options.Logger = "production", log.Logger()
	app := soay.New(options)
	app.UseAccessLog()
	app.UseAuthentication(auth.Options{Throttle: auth.ThrottleOptions{Off: true}})
	_, digest := apikey.NewKey("cats")
	keys := []apikey.Key{{ID: "importer", Digest: digest}}
	app.AddScheme("key", apikey.New(apikey.Options{Header: "X-Api-Key", Query: "key", Keys: keys}))
	app.AddScheme("scheme", apikey.New(apikey.Options{Authorization: "ApiKey", Keys: keys}))
	app.AddScheme("cookie", apikey.New(apikey.Options{Cookie: "key", Keys: keys}))
	app.AddScheme("basic", basic.New(basic.Options{Users: []basic.User{{Name: "ada", Password: "correct horse"}}}))
	for path, scheme := range map[string]string{"/key": "key", "/query": "key", "/scheme": "scheme", "/cookie": "cookie", "/basic": "basic"} {
		app.Get(path, func(soay.Request) soay.Response { return response.Text("in") }).Auth(soay.Auth{Schemes: []string{scheme}})
	}
	return app, log
}

// exchange sends one request as bytes, and returns the status and the reason.
func exchange(t *testing.T, l *requesttest.Listener, h hostile) string {
	t.Helper()
	conn, err := l.DialContext(t.Context(), "tcp", "localhost:80")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var head strings.Builder
	head.WriteString("GET " + h.path + " HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nConnection: close\r\n")
	for _, line := range h.lines {
		head.WriteString(line + "\r\n")
	}
	go io.WriteString(conn, head.String()+"\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return reasonOf(t, resp)
}

// reasonOf returns the status and the reason of a response, which must have nothing of the credentials.
func reasonOf(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(body)+fmt.Sprint(resp.Header), hidden) {
		t.Errorf("the response has the credential: %v %s", resp.Header, body)
	}
	if asked := len(resp.Header["Www-Authenticate"]) > 0; asked != (resp.StatusCode == 401) {
		t.Errorf("a response %d has the challenges %q", resp.StatusCode, resp.Header["Www-Authenticate"])
	}
	var p struct{ Reason string }
	if json.Unmarshal(body, &p) != nil {
		return fmt.Sprint(resp.StatusCode, " ", string(body))
	}
	return fmt.Sprint(resp.StatusCode, " ", p.Reason)
}

// hasSecret reports whether a log has a part of a credential, as it is or encoded.
func hasSecret(log string) bool {
	for i := range 3 { // base64 has three spellings of a text, by where it begins
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", i) + hidden))
		if strings.Contains(log, text[4:40]) {
			return true
		}
	}
	return strings.Contains(log, hidden[:14])
}

func TestHostileCredentials(t *testing.T) {
	for _, standard := range []bool{false, true} {
		t.Run(fmt.Sprint("standard server ", standard), func(t *testing.T) {
			app, log := newHostileApp(soay.Options{StandardServer: standard})
			l := requesttest.NewListener()
			ctx, stop := context.WithCancel(t.Context())
			served := make(chan error, 1)
			go func() { served <- app.Serve(ctx, l) }()
			for _, h := range hostiles() {
				if got := exchange(t, l, h); got != h.want {
					t.Errorf("%s: %s, want %s", h.description, got, h.want)
				}
			}
			for _, line := range []string{"X-Api-Key: \x01" + hidden, "Authorization: Basic \x7f" + hidden, "Cookie: key=\x01" + hidden} {
				if got := exchange(t, l, hostile{path: "/key", lines: []string{line}}); !strings.HasPrefix(got, "400") {
					t.Errorf("a control character in %q: %s, want 400", line, got)
				}
			}
			stop()
			if err := <-served; err != nil {
				t.Error(err)
			}
			if hasSecret(log.String()) {
				t.Errorf("the log has a credential:\n%s", log)
			}
			if !strings.Contains(log.String(), "reason=credentials-malformed") {
				t.Errorf("the log has no refusals:\n%s", log)
			}
		})
	}
}

func TestHostileCredentialsOverHTTP2(t *testing.T) {
	app, log := newHostileApp(soay.Options{})
	handler, err := app.Handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	client := server.Client()
	client.Timeout = 10 * time.Second
	for _, h := range hostiles() {
		req, err := http.NewRequest("GET", server.URL+h.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "application/json")
		for _, line := range h.lines {
			name, value, _ := strings.Cut(line, ": ")
			req.Header.Add(name, value)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(h.description, err)
		}
		if resp.ProtoMajor != 2 {
			t.Fatalf("%s, want HTTP/2", resp.Proto)
		}
		if got := reasonOf(t, resp); got != h.want {
			t.Errorf("%s: %s, want %s", h.description, got, h.want)
		}
	}
	if hasSecret(log.String()) {
		t.Errorf("the log has a credential:\n%s", log)
	}
}

// What the log is searched for would be found.
func TestSecretsWouldBeFound(t *testing.T) {
	for _, h := range hostiles() {
		text := h.path + strings.Join(h.lines, " ")
		if slices.Contains([]string{"no credentials", "a misspelled key", "basic without a password"}, h.description) || strings.HasPrefix(h.description, "empty") {
			continue
		}
		if !hasSecret(text) {
			t.Errorf("%s: %.200q has nothing to look for", h.description, text)
		}
	}
}
