package translations_test

import (
	"reflect"
	"testing"

	enlocale "github.com/go-playground/locales/en"
	entexts "github.com/go-playground/validator/v10/translations/en"

	"github.com/soay-go/soay/request/bind/internal/messages"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// The built-in English has the texts of the library, so that a new version of it does not go unnoticed.
func TestEnglishIsThatOfTheLibrary(t *testing.T) {
	library := translations.Language(translations.Source{
		Tag: "en", Locale: enlocale.New, Register: entexts.RegisterDefaultTranslations,
	})
	builtIn, err := messages.NewSet(nil)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, rule := range rulesOfTheLibrary {
		for _, param := range []string{"0", "1", "-1", "1.0", "1.5", "01", "2", "1000", "red", "1h30m"} {
			for _, typ := range []reflect.Type{aString, anInt, aSlice, aTime} {
				want := library.Message("x", rule, param, typ)
				if want == "" {
					continue // the library has no text for this kind
				}
				compared++
				if got := text(builtIn.For(nil), "x", rule, param, typ); got != want {
					t.Errorf("%s=%s of %v: %q, want %q", rule, param, typ, got, want)
				}
			}
		}
	}
	if compared < 40*len(rulesOfTheLibrary)*9/10 {
		t.Errorf("%d messages were compared", compared)
	}
}

// A message has a language of its own: a rule without a translation is said in English.
func TestLanguageOfMessages(t *testing.T) {
	for _, tt := range []struct{ description, tag, rule, want string }{
		{"English", "en", "required", "en"},
		{"a translation", "de", "required", "de"},
		{"no translation", "de", "startswith", "en"},
		{"a rule of the app", "de", "catname", "en"},
	} {
		if _, got := in(tt.tag).Message("x", tt.rule, "", aString); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.description, got, tt.want)
		}
	}
}

// Each package has the language that its place says.
func TestTags(t *testing.T) {
	for i, l := range all {
		if l.Tag != tags[i+1] {
			t.Errorf("%s, want %s", l.Tag, tags[i+1])
		}
	}
}
