package translations_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestFor(t *testing.T) {
	for _, tt := range []struct {
		description string
		accept      []string
		want        string
	}{
		{"no header", nil, "en"},
		{"empty", []string{""}, "en"},
		{"everything", []string{"*"}, "en"},
		{"a country", []string{"de-AT"}, "de"},
		{"case", []string{"DE-at"}, "de"},
		{"weights", []string{"fr;q=0.5, it;q=0.9, de;q=0.8"}, "it"},
		{"several lines", []string{"xx", "fr;q=0.5"}, "fr"},
		{"a browser", []string{"de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7"}, "de"},
		{"English before others", []string{"en-GB,en;q=0.9,de;q=0.8"}, "en"},
		{"unknown, then known", []string{"gd, cy;q=0.9, nl;q=0.1"}, "nl"},
		{"unknown", []string{"gd, cy;q=0.9"}, "en"},
		{"unknown, else everything", []string{"gd, *;q=0.1"}, "en"},
		{"everything but English", []string{"en;q=0, de"}, "de"},
		{"English refused, nothing else", []string{"en;q=0"}, "en"},
		{"everything refused", []string{"*;q=0"}, "en"},
		{"Portuguese", []string{"pt"}, "pt"},
		{"Portuguese of Portugal", []string{"pt-PT"}, "pt"},
		{"Portuguese of Brazil", []string{"pt-BR,pt;q=0.9"}, "pt-BR"},
		{"Chinese", []string{"zh"}, "zh"},
		{"Chinese of China", []string{"zh-CN"}, "zh"},
		{"simplified Chinese", []string{"zh-Hans-CN"}, "zh"},
		{"Chinese of Singapore", []string{"zh-SG"}, "zh"},
		{"Chinese of Taiwan", []string{"zh-TW,zh;q=0.9,en;q=0.8"}, "zh-TW"},
		{"traditional Chinese", []string{"zh-Hant"}, "zh-TW"},
		{"traditional Chinese of Taiwan", []string{"zh-Hant-TW"}, "zh-TW"},
		{"Chinese of Hong Kong", []string{"zh-HK"}, "zh-TW"},
		{"Chinese of Macao", []string{"zh-MO"}, "zh-TW"},
		{"malformed", []string{"de_DE, ;;;, q=1, \x00, d\xffe"}, "en"},
		{"malformed and well-formed", []string{"de;q=2, ;, fr"}, "fr"},
		{"an attack on lists", []string{strings.Repeat(",", 1<<16) + "de"}, "de"},
		{"more elements than are looked at", []string{strings.Repeat("xx,", 64) + "de"}, "en"},
		{"a long element", []string{strings.Repeat("a", 1<<16)}, "en"},
		{"a long tag", []string{"de" + strings.Repeat("-a", 1<<15)}, "de"},
	} {
		if got := set.For(tt.accept).Tag(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.description, got, tt.want)
		}
	}
	for _, tag := range tags {
		if got := set.For([]string{tag}); got.Tag() != tag || got != set.For([]string{tag + "-x-a, *;q=0.1"}) {
			t.Errorf("%s: %s", tag, got.Tag())
		}
	}
}

func FuzzFor(f *testing.F) {
	for _, seed := range []string{"de", "zh-Hant-TW;q=0.5, *", "en;q=0,de_DE,;q=1", "\xff,", "*;q=0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		l := set.For([]string{accept})
		if !slices.Contains(tags, l.Tag()) {
			t.Errorf("%q: language %q", accept, l.Tag())
		}
	})
}

// A rule and a param are the app's, and may be anything.
func FuzzMessage(f *testing.F) {
	for _, rule := range []string{"required", "min", "gt", "eqfield", "a|b", "dive", "omitempty", "integer", "-", ""} {
		f.Add(uint8(3), "name", rule, "1", uint8(0))
	}
	f.Add(uint8(9), "{0}", "len", "1e400", uint8(1))
	f.Add(uint8(200), "\xff", "datetime", "%!,|", uint8(2))
	types := [...]reflect.Type{aString, anInt, aSlice, aTime}
	f.Fuzz(func(t *testing.T, language uint8, name, rule, param string, typ uint8) {
		l := in(tags[int(language)%len(tags)])
		wanted := name
		switch {
		case name == "":
			wanted = "body"
		case len(name) > 200:
			wanted = name[:190]
		}
		var got string
		out := printed(t, func() { got = text(l, name, rule, param, types[int(typ)%len(types)]) })
		if !strings.Contains(got, wanted) || got == wanted || out != "" {
			t.Errorf("%s: %q %q=%q: %q, printed %q", l.Tag(), name, rule, param, got, out)
		}
		again := text(l, name, rule, param, types[int(typ)%len(types)])
		if got != again {
			t.Errorf("%q, then %q", got, again)
		}
	})
}
