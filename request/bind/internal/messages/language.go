package messages

import (
	"reflect"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/go-playground/locales"
	ut "github.com/go-playground/universal-translator"
	"github.com/go-playground/validator/v10"

	"github.com/soay-go/soay/request/header"
)

// Language makes messages in one language. It is safe for concurrent use.
type Language struct {
	tag      string   // BCP 47
	also     []string // other tags that it is the best language for
	locale   func() locales.Translator
	register func(*validator.Validate, ut.Translator) error
	own      []phrase // in place of texts of the library

	shipped shipped
	cache   cache
}

// phrase replaces a text of the library, by its key: a rule, or a rule and a kind of value. The name
// replaces {0} and the param {1}.
type phrase struct{ key, text string }

// For returns the language that the client likes best. acceptLanguage are the lines of the header
// Accept-Language. English is the answer to a client that has no preference, or likes none of the
// languages.
func For(acceptLanguage []string) *Language {
	if len(acceptLanguage) == 0 {
		return english()
	}
	tag := header.NegotiateLanguage(acceptLanguage, offers...)
	for i := range languages {
		if l := &languages[i]; l.tag == tag || slices.Contains(l.also, tag) {
			return l
		}
	}
	return english()
}

// Tag returns the BCP 47 tag of the language, such as de or pt-BR, for the header Content-Language.
func (l *Language) Tag() string { return l.tag }

// Message says that a field breaks a rule: a validation tag of the library, a rule of the application, or
// the name of a violation of parsing, such as integer or syntax. param is the text behind the rule, 3 in
// min=3, and t is the type of the field. name and param are those that the client knows. A name of more
// than 200 bytes is cut. An empty name means the body itself.
func (l *Language) Message(name, rule, param string, t reflect.Type) string {
	k := key{name, rule, param, shapeOf(t)}
	if s, ok := l.cache.get(k); ok {
		return s
	}
	s := l.make(k)
	l.cache.put(k, s)
	return s
}

func (l *Language) make(k key) string {
	k.name = fitting(k.name)
	if s, ok := l.foreign(k); ok {
		return s
	}
	if s, ok := ownEnglish(k); ok {
		return s
	}
	if s, ok := english().translate(k); ok {
		return s
	}
	return plainEnglish(k)
}

// foreign returns the message in a language other than English. It is false for English, and if there is
// none.
func (l *Language) foreign(k key) (string, bool) {
	if l == english() {
		return "", false
	}
	if w, ok := synonyms[k.rule]; ok {
		k.rule, k.param = w.rule, w.param
	}
	return l.translate(k)
}

// maxName is the limit of names in bytes. The library cannot take more than 255.
const maxName = 200

func fitting(name string) string {
	if name == "" {
		return "body"
	}
	if len(name) <= maxName {
		return name
	}
	end := maxName
	for end > maxName-utf8.UTFMax && !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end] + "…"
}

// key has everything that a message depends on.
type key struct {
	name, rule, param string
	shape             shape
}

// cache keeps messages. Names and params come from types, so there are few of them. The limit is for rules
// of an application that make them up at run time; a full cache starts anew.
type cache struct {
	mu       sync.RWMutex
	messages map[key]string
	size     int // in bytes, about
}

const maxCache = 1 << 20 // bytes

func (c *cache) get(k key) (string, bool) {
	c.mu.RLock()
	s, ok := c.messages[k]
	c.mu.RUnlock()
	return s, ok
}

func (c *cache) put(k key, s string) {
	const overhead = 150 // of an entry of the map
	size := overhead + len(k.name) + len(k.rule) + len(k.param) + len(s)
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.messages[k]; there || size > maxCache {
		return
	}
	if c.messages == nil || c.size+size > maxCache {
		c.messages, c.size = map[key]string{}, 0
	}
	c.messages[k] = s
	c.size += size
}
