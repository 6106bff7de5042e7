package messages_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/soay-go/soay/request/bind/internal/messages"
)

// speaks returns a source with one message, for required.
func speaks(tag, text string, also ...string) messages.Source {
	return messages.Source{Tag: tag, Also: also, Message: func(name, rule, _ string, _ reflect.Type) string {
		if rule != "required" {
			return ""
		}
		return name + " " + text
	}}
}

func TestSet(t *testing.T) {
	latin, gaelic := speaks("la", "deest"), speaks("gd-GB", "a dhìth", "gd-Latg")
	for _, tt := range []struct {
		description    string
		sources        []messages.Source
		accept         string
		want, wantTag  string
		wantNegotiates bool
	}{
		{"English alone", nil, "la", "x is a required field", "en", false},
		{"a language that is asked for", []messages.Source{latin}, "la", "x deest", "la", true},
		{"no preference", []messages.Source{latin}, "", "x is a required field", "en", true},
		{"everything", []messages.Source{latin}, "*", "x is a required field", "en", true},
		{"a language that is not there", []messages.Source{latin}, "gd", "x is a required field", "en", true},
		{"another tag", []messages.Source{latin, gaelic}, "gd-Latg", "x a dhìth", "gd-GB", true},
		{"a tag above", []messages.Source{latin, gaelic}, "gd", "x a dhìth", "gd-GB", true},
		{"English of the app", []messages.Source{speaks("EN", "is missing")}, "", "x is missing", "en", false},
		{"English of the app, later", []messages.Source{latin, speaks("en", "is missing", "en-AU")}, "en-AU", "x is missing", "en", true},
	} {
		s, err := messages.NewSet(tt.sources)
		if err != nil {
			t.Errorf("%s: %v", tt.description, err)
		}
		text, tag := s.For([]string{tt.accept}).Message("x", "required", "", reflect.TypeFor[string]())
		if text != tt.want || tag != tt.wantTag || s.Negotiates() != tt.wantNegotiates {
			t.Errorf("%s: %q in %s of several %t, want %q in %s of several %t", tt.description, text, tag, s.Negotiates(),
				tt.want, tt.wantTag, tt.wantNegotiates)
		}
	}
}

func TestMistakesInSets(t *testing.T) {
	for _, tt := range []struct {
		description string
		sources     []messages.Source
		want        string
	}{
		{"no tag", []messages.Source{speaks("", "deest")}, `"" is no language tag`},
		{"no language", []messages.Source{speaks("*", "deest")}, `"*" is no language tag`},
		{"an underscore", []messages.Source{speaks("de_DE", "fehlt")}, `"de_DE" is no language tag`},
		{"a further tag", []messages.Source{speaks("de", "fehlt", "deutsche")}, ""},
		{"a further tag that is none", []messages.Source{speaks("de", "fehlt", "de-")}, `"de-" is no language tag`},
		{"twice", []messages.Source{speaks("de", "fehlt"), speaks("DE", "fehlt")}, `the language "DE" is there twice`},
		{"English twice", []messages.Source{speaks("en", "a"), speaks("en", "b")}, `the language "en" is there twice`},
		{"English as a further tag", []messages.Source{speaks("de", "fehlt", "en")}, `the language "en" is there twice`},
		{"no messages", []messages.Source{{Tag: "de"}}, `the language "de" has no Message`},
	} {
		s, err := messages.NewSet(tt.sources)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.description, got, tt.want)
		}
		if s.For([]string{"de"}) == nil {
			t.Errorf("%s: no language", tt.description)
		}
	}
}

// A message is made once; the name is one that the maker can take.
func TestSourcesAreAskedOnce(t *testing.T) {
	var asked []string
	s, err := messages.NewSet([]messages.Source{{Tag: "la", Message: func(name, _, _ string, _ reflect.Type) string {
		asked = append(asked, name)
		return ""
	}}})
	if err != nil {
		t.Fatal(err)
	}
	l := s.For([]string{"la"})
	for _, name := range []string{"", "", strings.Repeat("n", 300), "a", "a"} {
		l.Message(name, "min", "1", nil)
	}
	if want := []string{"body", strings.Repeat("n", 200) + "…", "a"}; !reflect.DeepEqual(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
}
