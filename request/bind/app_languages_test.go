package bind_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/de"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// latin is a language of the app. It has one message.
var latin = bind.Language{Tag: "la", Message: func(name, rule, _ string, t reflect.Type) string {
	if rule != "required" {
		return ""
	}
	return fmt.Sprintf("%s deest (%s)", name, t)
}}

// An app that names no language speaks English, whatever a client likes, and its answers do not depend on that.
func TestLanguagesOfApps(t *testing.T) {
	for _, tt := range []struct {
		description string
		languages   []bind.Language
		accept      string
		wantTag     string
		want        []string
		wantVary    []string
	}{
		{"no language", nil, "de, la", "en", []string{"name is a required field", "age must be 30 or less"}, []string{"Accept"}},
		{"one that the client likes", []bind.Language{de.Language()}, "de, la", "de",
			[]string{"name ist ein Pflichtfeld", "age darf 30 oder weniger sein"}, []string{"Accept", "Accept-Language"}},
		{"one that it does not like", []bind.Language{de.Language()}, "la", "en",
			[]string{"name is a required field", "age must be 30 or less"}, []string{"Accept", "Accept-Language"}},
		{"one of the app", []bind.Language{de.Language(), latin}, "la, de;q=0.5", "la",
			[]string{"name deest (string)", "age must be 30 or less"}, []string{"Accept", "Accept-Language"}},
		{"English of the app", []bind.Language{{Tag: "en", Message: latin.Message}}, "la", "en",
			[]string{"name deest (string)", "age must be 30 or less"}, []string{"Accept"}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			app := soay.New(soay.Options{Env: "production", Languages: tt.languages})
			soay.Post(app, "/lambs", echoes[newLamb])
			resp := requesttest.New(t, app).Post("/lambs", asks(`{"age":31}`, "Accept-Language", tt.accept))
			for _, want := range tt.want {
				if !strings.Contains(resp.Text(), want) {
					t.Errorf("%s, want %s in it", resp.Text(), want)
				}
			}
			if got := resp.Header.Get("Content-Language"); got != tt.wantTag {
				t.Errorf("language %s, want %s", got, tt.wantTag)
			}
			if diff := cmp.Diff(tt.wantVary, varies(resp.Header)); diff != "" {
				t.Errorf("Vary (-want +got):\n%s", diff)
			}
		})
	}
}

// An answer whose messages are all in English says so.
func TestContentLanguageOfMissingTranslations(t *testing.T) {
	app := soay.New(soay.Options{Env: "production", Languages: []bind.Language{latin}})
	soay.Post(app, "/lambs", echoes[newLamb])
	resp := requesttest.New(t, app).Post("/lambs", asks(`{"name":"a","age":31}`, "Accept-Language", "la", "Accept", "text/html"))
	if got := resp.Header.Get("Content-Language"); got != "en" || !strings.Contains(resp.Text(), `<ul lang="en">`) {
		t.Errorf("language %s of %s", got, resp.Text())
	}
}

func TestMistakesInLanguages(t *testing.T) {
	for _, tt := range []struct {
		description string
		languages   []bind.Language
		want        []string
	}{
		{"none", []bind.Language{de.Language(), latin}, nil},
		{"twice", []bind.Language{de.Language(), latin, de.Language()}, []string{`the language "de" is there twice`}},
		{"the zero value", []bind.Language{{}}, []string{`the language "" has no Message`, `"" is no language tag`}},
		{"no tag", []bind.Language{{Tag: "de_DE", Message: latin.Message}}, []string{`"de_DE" is no language tag`}},
	} {
		app := soay.New(soay.Options{Languages: tt.languages})
		soay.Post(app, "/lambs", echoes[newLamb])
		_, err := app.Handler()
		if (err != nil) != (tt.want != nil) {
			t.Errorf("%s: %v", tt.description, err)
		}
		for _, want := range tt.want {
			if !strings.Contains(fmt.Sprint(err), want) || !strings.Contains(err.Error(), "app_languages_test.go:") {
				t.Errorf("%s: %v, want %s with the place", tt.description, err, want)
			}
		}
	}
}

// The answer of a plain handler that binds by itself depends on the language too, whoever makes the page.
func TestVaryOfBind(t *testing.T) {
	for _, tt := range []struct {
		description string
		languages   []bind.Language
		own         bool // the app makes the page
		want        []string
	}{
		{"the page of the framework", []bind.Language{de.Language()}, false, []string{"Accept", "Accept-Language"}},
		{"a page of the app", []bind.Language{de.Language()}, true, []string{"Accept-Language"}},
		{"a page of the app, in English alone", nil, true, []string{""}},
	} {
		app := soay.New(soay.Options{Env: "production", Languages: tt.languages})
		if tt.own {
			soay.HandleError(app, func(_ soay.Request, e *bind.Error) soay.Response { return response.Text(e.Violations[0].Detail) })
		}
		app.Post("/lambs", func(req soay.Request) soay.Response {
			_, err := soay.Bind[newLamb](req)
			return response.Error(err)
		})
		resp := requesttest.New(t, app).Post("/lambs", asks(`{}`, "Accept-Language", "de"))
		if diff := cmp.Diff(tt.want, varies(resp.Header)); diff != "" || resp.Status != 422 {
			t.Errorf("%s: %d, Vary (-want +got):\n%s", tt.description, resp.Status, diff)
		}
	}
}
