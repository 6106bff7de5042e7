package messages

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/soay-go/soay/request/header"
)

// englishTag is the language that is always there.
const englishTag = "en"

// Source is where the messages of a language come from: package bind has it as Language.
type Source struct {
	Tag     string
	Also    []string
	Message func(name, rule, param string, t reflect.Type) string
}

// Set are the languages of an app. English is the first of them.
type Set struct {
	list   []*Language
	offers []string    // the tags to choose from
	of     []*Language // by the position of an offer
}

// NewSet returns a set of English and the languages of the sources. A source of English replaces the texts
// that it has. The error joins the mistakes in the sources; a source with a mistake is left out.
func NewSet(sources []Source) (*Set, error) {
	s := &Set{}
	s.add(&Language{tag: englishTag})
	var errs []error
	for _, source := range sources {
		if err := s.check(source); err != nil {
			errs = append(errs, err)
			continue
		}
		l := &Language{tag: source.Tag, translate: source.Message}
		if strings.EqualFold(source.Tag, englishTag) {
			l.tag = englishTag
			s.list[0], s.of[0] = l, l
			s.addTags(l, source.Also)
			continue
		}
		s.add(l, source.Also...)
	}
	return s, errors.Join(errs...)
}

func (s *Set) add(l *Language, also ...string) {
	s.list = append(s.list, l)
	s.addTags(l, append([]string{l.tag}, also...))
}

func (s *Set) addTags(l *Language, tags []string) {
	for _, tag := range tags {
		s.offers, s.of = append(s.offers, tag), append(s.of, l)
	}
}

// check returns what is wrong with a source.
func (s *Set) check(source Source) error {
	var errs []error
	if source.Message == nil {
		errs = append(errs, fmt.Errorf("the language %q has no Message", source.Tag))
	}
	for i, tag := range append([]string{source.Tag}, source.Also...) {
		switch {
		case !header.IsLanguageTag(tag):
			errs = append(errs, fmt.Errorf("%q is no language tag", tag))
		case i == 0 && strings.EqualFold(tag, englishTag) && s.list[0].translate == nil: // the built-in one
		case slices.ContainsFunc(s.offers, func(offer string) bool { return strings.EqualFold(offer, tag) }):
			errs = append(errs, fmt.Errorf("the language %q is there twice", tag))
		}
	}
	return errors.Join(errs...)
}

// For returns the language that the client likes best. acceptLanguage are the lines of the header
// Accept-Language. English is the answer to a client that has no preference, or likes none of the
// languages.
func (s *Set) For(acceptLanguage []string) *Language {
	if len(acceptLanguage) == 0 || len(s.offers) == 1 {
		return s.list[0]
	}
	if i := slices.Index(s.offers, header.NegotiateLanguage(acceptLanguage, s.offers...)); i >= 0 {
		return s.of[i]
	}
	return s.list[0]
}

// Negotiates reports whether there is a choice, so that answers differ by Accept-Language.
func (s *Set) Negotiates() bool { return len(s.list) > 1 }
