package openapi_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router/openapi"
)

func TestServe(t *testing.T) {
	d := shelter(t).build()
	for _, form := range []struct {
		contentType string
		text        []byte
		serve       func(request.Request) response.Response
	}{
		{"application/json", d.JSON(), d.ServeJSON},
		{"application/yaml", d.YAML(), d.ServeYAML},
	} {
		tag := form.serve(requesttest.Request("GET", "/")).Header("ETag")
		for _, tt := range []struct {
			description string
			ifNoneMatch string // "" for none
			want        int
		}{
			{"first request", "", 200},
			{"same tag", tag, 304},
			{"weak tag, as compression makes it", "W/" + tag, 304},
			{"one of several", `"other", ` + tag, 304},
			{"anything", "*", 304},
			{"another tag", `"other"`, 200},
			{"malformed", `other`, 200},
		} {
			t.Run(form.contentType+" "+tt.description, func(t *testing.T) {
				var with requesttest.With
				if tt.ifNoneMatch != "" {
					with.Header = http.Header{"If-None-Match": {tt.ifNoneMatch}}
				}
				req := requesttest.Request("GET", "/openapi", with)
				resp := response.StateOf(form.serve(req)).Conditional(request.StateOf(req).Source())
				if resp.Status() != tt.want || resp.Header("ETag") != tag || resp.Header("Cache-Control") != "no-cache" {
					t.Errorf("status %d, ETag %s, Cache-Control %s", resp.Status(), resp.Header("ETag"), resp.Header("Cache-Control"))
				}
				if tt.want == 200 && resp.Header("Content-Type") != form.contentType {
					t.Errorf("content type %q", resp.Header("Content-Type"))
				}
			})
		}
		if len(tag) < 10 || tag[0] != '"' {
			t.Errorf("ETag %s is not strong", tag)
		}
	}
}

// The texts arrive whole, and not at all when the client has them.
func TestServeContent(t *testing.T) {
	d := shelter(t).build()
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	app.Get("/openapi.json", d.ServeJSON)
	app.Get("/openapi.yaml", d.ServeYAML)
	c := requesttest.New(t, app)
	asJSON, asYAML := c.Get("/openapi.json"), c.Get("/openapi.yaml")
	if !bytes.Equal(asJSON.Body, d.JSON()) || !bytes.Equal(asYAML.Body, d.YAML()) {
		t.Errorf("sent %s and %s", asJSON.Body, asYAML.Body)
	}
	tag := asJSON.Header.Get("ETag")
	if tag == asYAML.Header.Get("ETag") {
		t.Errorf("both forms have the tag %s", tag)
	}
	again := c.Get("/openapi.json", requesttest.With{Header: http.Header{"If-None-Match": {tag}}})
	if again.Status != 304 || len(again.Body) > 0 || again.Header.Get("ETag") != tag {
		t.Errorf("status %d, ETag %s and %d bytes", again.Status, again.Header.Get("ETag"), len(again.Body))
	}
}

// What a caller does to the texts does not change the document.
func TestTextsAreCopies(t *testing.T) {
	d := shelter(t).build()
	clear(d.JSON())
	clear(d.YAML())
	if !bytes.HasPrefix(d.JSON(), []byte("{\n  \"openapi\"")) || !bytes.HasPrefix(d.YAML(), []byte("openapi: 3.1.0\n")) {
		t.Error("the document was changed")
	}
}

func TestWithDefaults(t *testing.T) {
	for _, tt := range []struct {
		description string
		options     openapi.Options
		want        string // the paths
		wantError   string
	}{
		{"zero value", openapi.Options{}, "/openapi.json /openapi.yaml /docs /redoc", "<nil>"},
		{"own paths", openapi.Options{JSONPath: "/a", YAMLPath: "/b", SwaggerPath: "/c", ReDocPath: "/d"}, "/a /b /c /d", "<nil>"},
		{"nowhere", openapi.Options{YAMLPath: "-", SwaggerPath: "-"}, "/openapi.json   /redoc", "<nil>"},
		{"nothing at all", openapi.Options{JSONPath: "-", YAMLPath: "-", SwaggerPath: "-", ReDocPath: "-"}, "   ", "<nil>"},
		{"no slash", openapi.Options{JSONPath: "a"}, "a /openapi.yaml /docs /redoc",
			`openapi: Options.JSONPath: "a" does not start with a slash`},
		{"twice", openapi.Options{ReDocPath: "/docs"}, "/openapi.json /openapi.yaml /docs /docs",
			`openapi: Options.ReDocPath: "/docs" is the path of something else`},
		{"pages without a document", openapi.Options{JSONPath: "-"}, " /openapi.yaml /docs /redoc",
			`openapi: the pages need the document: set SwaggerPath and ReDocPath to "-" too`},
	} {
		t.Run(tt.description, func(t *testing.T) {
			o, err := tt.options.WithDefaults()
			if got := fmt.Sprintf("%s %s %s %s", o.JSONPath, o.YAMLPath, o.SwaggerPath, o.ReDocPath); got != tt.want {
				t.Errorf("paths %q, want %q", got, tt.want)
			}
			if fmt.Sprint(err) != tt.wantError {
				t.Errorf("error %v, want %s", err, tt.wantError)
			}
		})
	}
}
