package bind

import (
	"reflect"

	"github.com/soay-go/soay/request/bind/internal/messages"
)

// Language is a language for the messages of violations, beside English, which is built in. The packages below
// languages have some; a program can write its own:
//
//	bind.Language{Tag: "la", Message: func(name, rule, param string, t reflect.Type) string {
//		if rule == "required" {
//			return name + " deest"
//		}
//		return "" // in English
//	}}
type Language struct {
	// Tag is its BCP 47 tag, such as de or pt-BR, which clients ask for and the header Content-Language has. A
	// language with the tag en has its texts in place of the built-in ones.
	Tag string
	// Also are further tags of clients that it is the best language for, such as zh-Hant for zh-TW. The tag
	// alone covers those above and below it: de is for de-AT, and pt-BR for pt if there is no pt.
	Also []string
	// Message says that a field breaks a rule. name is the name of the field for clients, of 200 bytes at most,
	// and body for the body as a whole. rule is a rule of the tag validate, also one of your own, or what a value
	// that cannot be read should be, such as integer. param is what follows the rule, 3 in min=3, and t is the
	// type of the field in Go, nil where it is not known. The result must depend on these alone, since it is remembered.
	// "" means that there is no message; the client gets the English one. It is called by many goroutines.
	Message func(name, rule, param string, t reflect.Type) string
}

// CheckLanguages returns the mistakes in the languages of an app: tags that are none, a tag that is there twice,
// and a language without a Message. It is for the framework.
func CheckLanguages(languages []Language) error {
	_, err := messages.NewSet(messageSources(languages))
	return err
}

func messageSources(languages []Language) []messages.Source {
	list := make([]messages.Source, len(languages))
	for i, l := range languages {
		list[i] = messages.Source(l)
	}
	return list
}
