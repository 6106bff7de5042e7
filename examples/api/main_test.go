package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth/apikey"
	"github.com/soay-go/soay/request/requesttest"
)

// clients are those of an app: without a key, with the one for reading, and with the one for writing.
type clients struct {
	nobody, reader, writer *requesttest.Client
	log                    *requesttest.Log
}

func newClients(t *testing.T) clients {
	t.Helper()
	readKey, readDigest := apikey.NewKey("cats")
	writeKey, writeDigest := apikey.NewKey("cats")
	env := map[string]string{"APP_READER_DIGEST": readDigest, "APP_WRITER_DIGEST": writeDigest}
	log := &requesttest.Log{Level: slog.LevelDebug}
	var printed strings.Builder
	app := newApp(&Cats{}, keysOf(func(name string) string { return env[name] }, &printed),
		soay.Options{Logger: log.Logger(), Env: "development"})
	if printed.Len() > 0 {
		t.Errorf("the keys of the environment print %q", printed.String())
	}
	c := requesttest.New(t, app).WithHeader("Accept", "application/json")
	t.Cleanup(func() {
		if said := log.String(); strings.Contains(said, readKey) || strings.Contains(said, writeKey) {
			t.Errorf("the log has a key:\n%s", said)
		}
	})
	return clients{c, c.WithHeader("X-Api-Key", readKey), c.WithHeader("X-Api-Key", writeKey), log}
}

// outcome returns the status, and the reason of a refusal.
func outcome(resp *requesttest.Response) string {
	var p struct{ Reason string }
	_ = json.Unmarshal(resp.Body, &p) // a list has none
	return strings.TrimSpace(fmt.Sprint(resp.Status, " ", p.Reason))
}

func TestWhoMayDoWhat(t *testing.T) {
	cs := newClients(t)
	minka := requesttest.With{JSON: map[string]any{"name": "Minka"}}
	foreign, _ := apikey.NewKey("cats")
	unknown := cs.nobody.WithHeader("X-Api-Key", foreign)
	const missing, invalid, scope = "401 credentials-missing", "401 credentials-invalid", "403 scope-missing"
	tests := []struct {
		description  string
		client       *requesttest.Client
		method, path string
		with         requesttest.With
		want         string
	}{
		{"nobody lists", cs.nobody, "GET", "/cats", requesttest.With{}, missing},
		{"nobody adds", cs.nobody, "POST", "/cats", minka, missing},
		{"nobody adds nonsense", cs.nobody, "POST", "/cats", requesttest.With{JSON: 1}, missing},
		{"nobody asks for health", cs.nobody, "GET", "/health", requesttest.With{}, "200"},
		{"nobody reads the documentation", cs.nobody, "GET", "/openapi.json", requesttest.With{}, "200"},
		{"nobody asks who it is", cs.nobody, "GET", "/me", requesttest.With{}, missing},
		{"nobody asks for what is not there", cs.nobody, "GET", "/dogs", requesttest.With{}, "404"},
		{"a stranger lists", unknown, "GET", "/cats", requesttest.With{}, invalid},
		{"a reader lists", cs.reader, "GET", "/cats", requesttest.With{}, "200"},
		{"a reader adds", cs.reader, "POST", "/cats", minka, scope},
		{"a reader removes", cs.reader, "DELETE", "/cats/1", requesttest.With{}, scope},
		{"a writer adds", cs.writer, "POST", "/cats", minka, "201"},
		{"a writer adds nonsense", cs.writer, "POST", "/cats", requesttest.With{JSON: map[string]any{"name": ""}}, "422"},
		{"a reader looks", cs.reader, "GET", "/cats/1", requesttest.With{}, "200"},
		{"a reader asks only for the headers", cs.reader, "HEAD", "/cats/1", requesttest.With{}, "200"},
		{"nobody asks only for the headers", cs.nobody, "HEAD", "/cats/1", requesttest.With{}, "401"},
		{"a writer removes", cs.writer, "DELETE", "/cats/1", requesttest.With{}, "204"},
		{"a reader looks again", cs.reader, "GET", "/cats/1", requesttest.With{}, "404"},
		{"a writer removes again", cs.writer, "DELETE", "/cats/1", requesttest.With{}, "404"},
	}
	for _, tt := range tests {
		if got := outcome(tt.client.Do(tt.method, tt.path, tt.with)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.description, got, tt.want)
		}
	}
}

func TestResponses(t *testing.T) {
	cs := newClients(t)
	var profile Profile
	cs.writer.Get("/me").JSON(&profile)
	if diff := cmp.Diff(Profile{"writer", []string{"cats:read", "cats:write"}}, profile); diff != "" {
		t.Errorf("me (-want +got):\n%s", diff)
	}
	resp := cs.writer.Post("/cats", requesttest.With{JSON: map[string]any{"name": "Minka"}})
	var cat Cat
	resp.JSON(&cat)
	if diff := cmp.Diff(Cat{1, "Minka", "writer"}, cat); diff != "" || resp.Header.Get("Location") != "/cats/1" {
		t.Errorf("added at %q (-want +got):\n%s", resp.Header.Get("Location"), diff)
	}
	var cats []Cat
	list := cs.reader.Get("/cats")
	list.JSON(&cats)
	if diff := cmp.Diff([]Cat{cat}, cats); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{"Cache-Control": "private", "Vary": "X-Api-Key"} {
		if got := list.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	asked := cs.nobody.Get("/cats")
	if got, want := asked.Header.Get("WWW-Authenticate"), `ApiKey realm="app", header="X-Api-Key"`; got != want {
		t.Errorf("the challenge is %q, want %q", got, want)
	}
}

// A key has its own buckets, and what it may ask for does not depend on others.
func TestRateLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cs := newClients(t)
		for i := range 31 {
			resp := cs.writer.Delete("/cats/1")
			if want := map[bool]int{true: 404, false: 429}[i < 30]; resp.Status != want {
				t.Fatalf("request %d: %d, want %d", i, resp.Status, want)
			}
			if (resp.Header.Get("Retry-After") != "") != (resp.Status == 429) {
				t.Errorf("request %d: Retry-After %q", i, resp.Header.Get("Retry-After"))
			}
		}
		if got := cs.reader.Get("/cats").Status; got != 200 {
			t.Errorf("the reader gets %d, want 200", got)
		}
	})
}

// operation is what the test looks at of an operation.
type operation struct {
	Security  []map[string][]string
	Responses map[string]any
}

func TestDocument(t *testing.T) {
	var doc struct {
		Components struct {
			SecuritySchemes map[string]map[string]string
		}
		Paths map[string]map[string]operation
	}
	newClients(t).nobody.Get("/openapi.json").JSON(&doc)
	schemes := map[string]map[string]string{"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "An API key."}}
	if diff := cmp.Diff(schemes, doc.Components.SecuritySchemes); diff != "" {
		t.Errorf("schemes (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		method, path string
		want         []string // scopes
	}{
		{"get", "/cats", []string{"cats:read"}}, {"post", "/cats", []string{"cats:read", "cats:write"}},
		{"get", "/cats/{id}", []string{"cats:read"}}, {"delete", "/cats/{id}", []string{"cats:read", "cats:write"}},
		{"get", "/me", []string{}},
	} {
		op := doc.Paths[tt.path][tt.method]
		if diff := cmp.Diff([]map[string][]string{{"key": tt.want}}, op.Security); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.method, tt.path, diff)
		}
		for _, status := range []string{"401", "429", "503"} {
			if op.Responses[status] == nil {
				t.Errorf("%s %s has no response %s", tt.method, tt.path, status)
			}
		}
	}
}

// A change of who may call what shows in a review as a change of this table.
func TestAccess(t *testing.T) {
	_, digest := apikey.NewKey("cats")
	app := newApp(&Cats{}, []apikey.Key{{ID: "reader", Digest: digest}}, soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
	var table strings.Builder
	if err := soay.WriteAccess(app, &table); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(table.String()) {
		if f := strings.Fields(line); len(f) == 14 && f[0] != "METHOD" && !strings.Contains(f[1], "openapi") && !strings.Contains(f[1], "doc") {
			got = append(got, strings.Join([]string{f[0], f[1], f[2], f[3], f[5]}, " "))
		}
	}
	want := []string{
		"GET /cats user key cats:read", "POST /cats user key cats:read,cats:write",
		"DELETE /cats/{id} user key cats:read,cats:write", "GET /cats/{id} user key cats:read",
		"GET /health anyone - -", "GET /me user key -",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s\nof\n%s", diff, table.String())
	}
}

func TestKeysOfTheEnvironment(t *testing.T) {
	_, digest := apikey.NewKey("cats")
	line := regexp.MustCompile(`The (\w+) has the key (cats_\w+) until the app stops\.\n`)
	tests := []struct {
		description string
		env         map[string]string
		wantPrinted []string // whose keys
		wantErr     string
	}{
		{"all in production", map[string]string{"APP_READER_DIGEST": digest, "APP_WRITER_DIGEST": apikey.Digest(digest)}, nil, ""},
		{"none in production", nil, nil, `"reader": set one of Secret and Digest`},
		{"one in production", map[string]string{"APP_READER_DIGEST": digest}, nil, `"writer": set one of Secret and Digest`},
		{"a key for a digest", map[string]string{"APP_READER_DIGEST": "cats_x", "APP_WRITER_DIGEST": digest}, nil, "64 hexadecimal digits"},
		{"none in development", map[string]string{"APP_ENV": "development"}, []string{"reader", "writer"}, ""},
		{"one in development", map[string]string{"APP_ENV": "dev", "APP_READER_DIGEST": digest}, []string{"writer"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			var out strings.Builder
			keys := keysOf(func(name string) string { return tt.env[name] }, &out)
			_, err := newApp(&Cats{}, keys, soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)}).Handler()
			if (err == nil) != (tt.wantErr == "") || err != nil && !strings.Contains(err.Error(), tt.wantErr) {
				t.Errorf("the start says %v, want %q", err, tt.wantErr)
			}
			var printed []string
			for _, m := range line.FindAllStringSubmatch(out.String(), -1) {
				printed = append(printed, m[1])
				for _, k := range keys {
					if k.ID == m[1] && k.Digest != apikey.Digest(m[2]) {
						t.Errorf("the key that is printed for the %s is another one", k.ID)
					}
				}
			}
			if diff := cmp.Diff(tt.wantPrinted, printed); diff != "" {
				t.Errorf("printed (-want +got):\n%s\nof %s", diff, out.String())
			}
		})
	}
}

// The documentation is closed in production, as everything is that does not say that it is open.
func TestDocumentationInProduction(t *testing.T) {
	_, digest := apikey.NewKey("cats")
	app := newApp(&Cats{}, []apikey.Key{{ID: "reader", Digest: digest}}, soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
	c := requesttest.New(t, app)
	for _, path := range []string{"/openapi.json", "/docs"} {
		if got := c.Get(path, requesttest.With{Header: http.Header{"Accept": {"*/*"}}}).Status; got == 200 {
			t.Errorf("%s is open", path)
		}
	}
}
