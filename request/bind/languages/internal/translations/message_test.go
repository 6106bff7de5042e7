package translations_test

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

func TestMessage(t *testing.T) {
	type named string
	type moment time.Time
	type endless *endless
	for _, tt := range []struct {
		tag, rule, param string
		typ              reflect.Type
		want             string
	}{
		{"en", "required", "", anInt, "x is a required field"},
		{"en", "min", "1", aString, "x must be at least 1 character in length"},
		{"en", "min", "2", aString, "x must be at least 2 characters in length"},
		{"en", "min", "2", reflect.TypeFor[named](), "x must be at least 2 characters in length"},
		{"en", "min", "2", reflect.TypeFor[**string](), "x must be at least 2 characters in length"},
		{"en", "min", "-2", anInt, "x must be -2 or greater"},
		{"en", "min", "1.50", reflect.TypeFor[float64](), "x must be 1.50 or greater"},
		{"en", "min", "10000", reflect.TypeFor[uint16](), "x must be 10000 or greater"},
		{"en", "min", "9007199254740993", anInt, "x must be 9007199254740993 or greater"},
		{"en", "max", "18446744073709551615", reflect.TypeFor[uint64](), "x must be 18446744073709551615 or less"},
		{"en", "min", "0x10", anInt, "x must be 0x10 or greater"},
		{"en", "min", "1h30m", reflect.TypeFor[time.Duration](), "x must be 1h30m or greater"},
		{"en", "lt", "1h30m", reflect.TypeFor[*time.Duration](), "x must be less than 1h30m"},
		{"en", "min", "2", aSlice, "x must contain at least 2 items"},
		{"en", "min", "2", reflect.TypeFor[map[string]int](), "x must contain at least 2 items"},
		{"en", "len", "2", reflect.TypeFor[[2]int](), "x must contain 2 items"},
		{"en", "gt", "", aTime, "x must be greater than the current Date & Time"},
		{"en", "gt", "", reflect.TypeFor[*time.Time](), "x must be greater than the current Date & Time"},
		{"en", "gt", "", reflect.TypeFor[moment](), "x must be greater than the current Date & Time"},
		{"en", "gt", "2", reflect.TypeFor[struct{ N int }](), "x must be greater than 2"},
		{"en", "gt", "2", reflect.TypeFor[any](), "x must be greater than 2"},
		{"en", "gt", "2", reflect.TypeFor[endless](), "x must be greater than 2"},
		{"en", "gt", "2", nil, "x must be greater than 2"},
		{"en", "gt", "", anInt, "x does not fulfil the rule gt"},
		{"en", "eqfield", "password", aString, "x must be equal to password"},
		{"en", "oneof", "red green 'dark blue'", aString, "x must be one of [red green 'dark blue']"},
		{"en", "oneof", "a,b|c", aString, "x must be one of [a,b|c]"},
		{"en", "contains", "{1}{0}%!", aString, "x must contain the text '{1}{0}%!'"},
		{"en", "isdefault", "", anInt, "x must be default value"},
		{"en", "http_url", "", aString, "x must be a valid HTTP URL"},
		{"en", "noneof", "a b", aString, "x must not be one of [a b]"},
		{"en", "integer", "", anInt, "x must be an integer"},
		{"en", "number", "", anInt, "x must be a valid number"},
		{"en", "date-time", "", aTime, "x must be a time such as 2006-01-02T15:04:05Z, or a date"},
		{"en", "range", "", anInt, "x is out of range"},
		{"en", "repeated", "", anInt, "x must be sent only once"},
		{"en", "filesize", "5 MiB", aString, "x must not be larger than 5 MiB"},
		{"en", "filetype", "image/png", aString, "x must be a file of the type image/png"},
		{"en", "filetype", "image/png|image/gif", aString, "x must be a file of the type image/png or image/gif"},
		{"en", "filetype", "image/png|image/gif|text/*", aString, "x must be a file of the type image/png, image/gif or text/*"},
		{"en", "catname", "", aString, "x does not fulfil the rule catname"},
		{"en", "catname", "7", aString, "x does not fulfil the rule catname=7"},
		{"en", "hexcolor|rgb|eq=1", "", aString, "x does not fulfil any of the rules hexcolor, rgb, eq=1"},
		{"en", "", "", aString, "x is not valid"},

		{"en", "notblank", "", aString, "x must not be blank"},
		{"en", "notnull", "", anInt, "x must not be null"},
		{"de", "notblank", "", aString, "x darf nicht leer sein"},
		{"zh-TW", "notnull", "", anInt, "x不能為null"},
		{"de", "required", "", aString, "x ist ein Pflichtfeld"},
		{"de", "min", "2", aString, "x muss mindestens 2 Zeichen lang sein"},
		{"de", "min", "10000.5", reflect.TypeFor[float64](), "x muss 10000.5 oder größer sein"},
		{"de", "max", "1", aSlice, "x darf maximal 1 Element enthalten"},
		{"de", "gt", "2", aSlice, "x muss mehr als 2 Elemente enthalten"},
		{"de", "lt", "2", aSlice, "x muss weniger als 2 Elemente enthalten"},
		{"de", "gt", "", aTime, "x muss nach dem aktuellen Datum und Uhrzeit liegen"},
		{"de", "lt", "", aTime, "x muss vor dem aktuellen Datum und Uhrzeit liegen"},
		{"de", "gt", "1h30m", reflect.TypeFor[time.Duration](), "x muss größer als 1h30m sein"},
		{"de", "email", "", aString, "x muss eine gültige E-Mail-Adresse sein"},
		{"de", "date-time", "", aTime, "x entspricht nicht dem RFC 3339-Format"},
		{"de", "startswith", "a", aString, "x must start with 'a'"},
		{"de", "http_url", "", aString, "x must be a valid HTTP URL"},
		{"de", "repeated", "", aString, "x must be sent only once"},
		{"de", "catname", "", aString, "x does not fulfil the rule catname"},

		{"fr", "required", "", aString, "x est un champ obligatoire"},
		{"fr", "min", "2", aString, "x doit faire une taille minimum de 2 caractères"},
		{"fr", "max", "10000", anInt, "x doit être égal à 10000 ou moins"},
		{"fr", "max", "2", aSlice, "x doit contenir au maximum 2 elements"},
		{"fr", "lt", "", aTime, "x doit être avant la date et l'heure actuelle"},
		{"fr", "integer", "", anInt, "x doit être un nombre entier"},
		{"fr", "date-time", "", aTime, "x must be a time such as 2006-01-02T15:04:05Z, or a date"},

		{"ja", "required", "", aString, "xは必須フィールドです"},
		{"ja", "min", "2", aString, "xの長さは少なくとも2文字はなければなりません"},
		{"ja", "ne", "red", aSlice, "xの項目の数はred個と異ならなければなりません"},
		{"ja", "lte", "", aTime, "xは現時刻以前でなければなりません"},
		{"ja", "integer", "", anInt, "xは整数でなければなりません"},

		{"pt-BR", "required", "", aString, "x é um campo obrigatório"},
		{"pt-BR", "max", "2", aString, "x deve ter no máximo 2 caracteres"},
		{"pt-BR", "gte", "1.5", anInt, "x deve ser 1.5 ou superior"},
		{"pt-BR", "boolean", "", anInt, "x deve ser um valor booleano válido"},
		{"pt-BR", "integer", "", anInt, "x deve ser um número inteiro"},
		{"pt", "boolean", "", anInt, "x must be a valid boolean value"},

		{"zh", "required", "", aString, "x为必填字段"},
		{"zh", "min", "2", aString, "x长度必须至少为2个字符"},
		{"zh", "len", "2", aSlice, "x必须包含2项"},
		{"zh", "integer", "", anInt, "x必须是整数"},
		{"zh-TW", "integer", "", anInt, "x必須是整數"},

		{"pl", "min", "2", aString, "x musi mieć długość przynajmniej na 2 znaki"},
		{"pl", "min", "5", aString, "x musi mieć długość przynajmniej na 5 znaków"},
		{"ru", "lt", "", aTime, "x должна быть раньше текущего момента"},
		{"th", "min", "2", anInt, "x ต้องมีค่ามากกว่าหรือเท่ากับ 2"},
		{"hy", "integer", "", anInt, "«x» դաշտը պետք է պարունակի ամբողջ թիվ"},
	} {
		l := in(tt.tag)
		for range 2 { // it is made, then remembered
			if got := text(l, "x", tt.rule, tt.param, tt.typ); got != tt.want {
				t.Errorf("%s %s=%s of %v: %q, want %q", tt.tag, tt.rule, tt.param, tt.typ, got, tt.want)
			}
		}
	}
}

func TestNames(t *testing.T) {
	long := strings.Repeat("n", 300)
	for _, tt := range []struct{ description, name, want string }{
		{"the body", "", "body is a required field"},
		{"header", "X-Request-ID", "X-Request-ID is a required field"},
		{"letters of every kind", "naïve.名前[0]", "naïve.名前[0] is a required field"},
		{"a name like a format", "%d{0}", "%d{0} is a required field"},
		{"the greatest length", long[:200], long[:200] + " is a required field"},
		{"longer by one", long[:201], long[:200] + "… is a required field"},
		{"longer than the library takes", long, long[:200] + "… is a required field"},
		{"cut inside a letter", "n" + strings.Repeat("é", 100), "n" + strings.Repeat("é", 99) + "… is a required field"},
	} {
		if got := text(in("en"), tt.name, "required", "", anInt); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.description, got, tt.want)
		}
	}
	if got, want := text(in("de"), "", "required", "", anInt), "body ist ein Pflichtfeld"; got != want {
		t.Errorf("the body in German: %q, want %q", got, want)
	}
}

// Every rule has a message in every language, for every kind of value and param, and none shows how it was made.
func TestAllMessages(t *testing.T) {
	const name = "zz-name"
	params := []string{"", "0", "1", "2", "3", "5", "11", "21", "101", "1000000", "-1", "1.5", "2.25", "red", "1h30m", "NaN",
		"99999999999999999999"}
	got := printed(t, func() {
		for _, tag := range tags {
			l := in(tag)
			for _, rule := range allRules {
				for _, typ := range []reflect.Type{aString, anInt, aSlice, aTime} {
					for _, param := range params {
						checkMessage(t, fmt.Sprintf("%s %s=%s of %v", tag, rule, param, typ), text(l, name, rule, param, typ), name)
					}
				}
			}
		}
	})
	if got != "" {
		t.Errorf("something was printed:\n%s", got)
	}
}

func checkMessage(t *testing.T, of, s, name string) {
	t.Helper()
	if !strings.Contains(s, name) || !utf8.ValidString(s) || strings.TrimSpace(s) == name {
		t.Errorf("%s: %q", of, s)
	}
	for _, bad := range []string{"%!", "{0}", "{1}", "Key:", "Field validation", "<nil>", "time.Time", "[]int", "\n"} {
		if strings.Contains(s, bad) {
			t.Errorf("%s has %q: %q", of, bad, s)
		}
	}
}

// The rules that the library translates and those written for here are not said by their names.
func TestEnglishKnowsAllRules(t *testing.T) {
	for _, rule := range allRules {
		s := text(in("en"), "x", rule, "1", aString)
		if strings.Contains(s, "does not fulfil") {
			t.Errorf("%s: %q", rule, s)
		}
	}
}

// What is asked for most is not in English where another language is.
func TestLanguagesDiffer(t *testing.T) {
	for _, tag := range tags[1:] {
		for _, rule := range []string{"required", "min", "max", "len", "gt", "gte", "lt", "lte", "eq", "ne", "oneof", "eqfield",
			"email", "url", "uuid", "alpha", "alphanum", "numeric", "number", "integer", "notblank", "notnull"} {
			for _, typ := range []reflect.Type{aString, anInt, aSlice} {
				got, english := text(in(tag), "x", rule, "2", typ), text(in("en"), "x", rule, "2", typ)
				if got == english {
					t.Errorf("%s %s: %q", tag, rule, got)
				}
			}
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	want := map[string]string{"nl": "x moet minder dan 7 karakters lang zijn", "uk": "x має мати менше за 7 символів",
		"xx": "x must be less than 7 characters in length"}
	var all sync.WaitGroup
	for tag, want := range want {
		for i := range 8 {
			all.Go(func() {
				l := in(tag)
				for n := range 100 {
					if got := text(l, "x", "lt", "7", aString); got != want {
						t.Errorf("%s: %q, want %q", tag, got, want)
					}
					l.Message("x", "lt", fmt.Sprint(i*n), anInt)
					l.Message("x", "lt", "1h", anInt)
				}
			})
		}
	}
	all.Wait()
}

// Rules that make up names or params at run time cost time, not memory.
func TestMessagesAreBounded(t *testing.T) {
	l := in("lv")
	l.Message("x", "unique", "", aSlice)
	before := heap()
	for i := range 50000 {
		name := fmt.Sprintf("%0100d", i)
		if got, want := text(l, name, "unique", "", aSlice), name+" jāsatur unikālas vērtības"; got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	}
	if after := heap(); after > before+4<<20 {
		t.Errorf("%d bytes are kept", after-before)
	}
}

// heap returns how many bytes are in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestMessageDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	accept := []string{"de-AT,de;q=0.9,en;q=0.8"}
	l := in("de")
	for description, use := range map[string]func(){
		"a message": func() { l.Message("age", "min", "18", anInt) },
		"For":       func() { set.For(accept) },
		"no header": func() { set.For(nil) },
	} {
		if n := testing.AllocsPerRun(100, use); n > 0 {
			t.Errorf("%s costs %v allocations", description, n)
		}
	}
}

func BenchmarkMessage(b *testing.B) {
	accept := []string{"de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7"}
	b.Run("For", func(b *testing.B) {
		for b.Loop() {
			set.For(accept)
		}
	})
	b.Run("ForNothing", func(b *testing.B) {
		for b.Loop() {
			set.For(nil)
		}
	})
	l := in("de")
	b.Run("Message", func(b *testing.B) {
		for b.Loop() {
			l.Message("age", "min", "18", anInt)
		}
	})
}
