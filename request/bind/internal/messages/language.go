package messages

import (
	"reflect"
	"sync"
	"unicode/utf8"
)

// Language makes messages in one language. It is safe for concurrent use.
type Language struct {
	tag       string                                                // BCP 47
	translate func(name, rule, param string, t reflect.Type) string // nil for none but the built-in English
	cache     cache
}

// Tag returns the BCP 47 tag of the language, such as de or pt-BR.
func (l *Language) Tag() string { return l.tag }

// Message says that a field breaks a rule: a validation tag of the library, a rule of the application, or
// the name of a violation of parsing, such as integer or syntax. param is the text behind the rule, 3 in
// min=3, and t is the type of the field. name and param are those that the client knows. A name of more
// than 200 bytes is cut. An empty name means the body itself.
//
// tag is the language of the message: that of l, or English where l has no message.
func (l *Language) Message(name, rule, param string, t reflect.Type) (text, tag string) {
	k := key{name, rule, param, t}
	m, ok := l.cache.get(k)
	if !ok {
		m = l.make(k)
		l.cache.put(k, m)
	}
	return m.text, m.tag
}

func (l *Language) make(k key) message {
	k.name = fitting(k.name)
	if l.translate != nil {
		if s := l.translate(k.name, k.rule, k.param, k.t); s != "" {
			return message{s, l.tag}
		}
	}
	return message{english(k), englishTag}
}

// maxName is the limit of names in bytes. The library behind the translations cannot take more than 255.
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
	t                 reflect.Type
}

// message is a text and its language.
type message struct{ text, tag string }

// cache keeps messages. Names and params come from types, so there are few of them. The limit is for rules
// of an application that make them up at run time; a full cache starts anew.
type cache struct {
	mu       sync.RWMutex
	messages map[key]message
	size     int // in bytes, about
}

const maxCache = 1 << 20 // bytes

func (c *cache) get(k key) (message, bool) {
	c.mu.RLock()
	m, ok := c.messages[k]
	c.mu.RUnlock()
	return m, ok
}

func (c *cache) put(k key, m message) {
	const overhead = 200 // of an entry of the map
	size := overhead + len(k.name) + len(k.rule) + len(k.param) + len(m.text)
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.messages[k]; there || size > maxCache {
		return
	}
	if c.messages == nil || c.size+size > maxCache {
		c.messages, c.size = map[key]message{}, 0
	}
	c.messages[k] = m
	c.size += size
}
