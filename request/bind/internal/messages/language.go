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
	also     []string // other tags for which it is the best there is
	locale   func() locales.Translator
	register func(*validator.Validate, ut.Translator) error
	own      []phrase // what replaces the library's

	shipped shipped
	said    cache
}

// phrase is a text by the key that the library has for it: a rule, or a rule and a kind of value.
// The name replaces {0} and the param {1}.
type phrase struct{ key, text string }

// For returns the language that the client likes best; values are the lines of the header
// Accept-Language. It is English if the client does not say or likes none of the languages.
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

// Message says that the field called name breaks a rule: one of the library's validation tags, one
// that the app has added, or the name of a violation of parsing, such as integer or syntax. The param is
// what stands behind the rule, 3 in min=3, and t the type of the field. Name and param are those that
// the client knows; a name of more than 200 bytes is cut. An empty name is the body itself.
func (l *Language) Message(name, rule, param string, t reflect.Type) string {
	k := key{name, rule, param, shapeOf(t)}
	if s, ok := l.said.get(k); ok {
		return s
	}
	s := l.say(k)
	l.said.put(k, s)
	return s
}

func (l *Language) say(k key) string {
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

// foreign returns what languages other than English say. It is false for English.
func (l *Language) foreign(k key) (string, bool) {
	if l == english() {
		return "", false
	}
	if w, ok := nearest[k.rule]; ok {
		k.rule, k.param = w.rule, w.param
	}
	return l.translate(k)
}

// maxName bounds names in bytes. The library cannot take more than 255.
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

// key is all that a message depends on.
type key struct {
	name, rule, param string
	shape             shape
}

// cache keeps messages. Names and params come from types, so there are few. Its bound is for rules
// of an app that make them up at run time; when it is full it starts anew.
type cache struct {
	mu       sync.RWMutex
	messages map[key]string
	size     int // about what they take, in bytes
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
