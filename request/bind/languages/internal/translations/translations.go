// Package translations makes languages of the translations that ship with github.com/go-playground/validator/v10.
// Programs that name no language have nothing of it.
package translations

import (
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-playground/locales"
	ut "github.com/go-playground/universal-translator"
	"github.com/go-playground/validator/v10"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/internal/messages"
)

// Source is where the messages of a language are.
type Source struct {
	Tag      string   // BCP 47
	Also     []string // other tags that it is the best language for
	Locale   func() locales.Translator
	Register func(*validator.Validate, ut.Translator) error
	// Own has the texts that the library does not have in the language, or has wrong, by the library's key: a
	// rule, or a rule and a kind of value. The name replaces {0} and the param {1}.
	Own map[string]string
}

// Language returns the language. It is set up at the first message, which takes about 0.2 ms and 50 KB.
func Language(s Source) bind.Language {
	return bind.Language{Tag: s.Tag, Also: s.Also, Message: (&shipped{source: s}).message}
}

// shipped has the translations that ship with the library. They translate the library's own errors only, so
// there is a validator that makes any error we want.
type shipped struct {
	source     Source
	mu         sync.Mutex
	loaded     bool
	reporter   *validator.Validate // nil if the language is of no use
	translator *translator
}

// wording is a rule of the library with a param.
type wording struct{ rule, param string }

// synonyms are the rules of the library whose translations fit a violation of parsing.
var synonyms = map[string]wording{
	"date-time": {"datetime", "RFC 3339"},
	"duration":  {"datetime", "1h30m"},
}

// message is the Message of the language. It is "" for rules without a translation.
func (s *shipped) message(name, rule, param string, t reflect.Type) string {
	if w, ok := synonyms[rule]; ok {
		rule, param = w.rule, w.param
	}
	text, ok := s.translate(key{name, rule, param, messages.ShapeOf(t)})
	if !ok {
		return ""
	}
	return text
}

// key has everything that a message depends on.
type key struct {
	name, rule, param string
	shape             messages.Shape
}

// sample returns a value of the shape. The library looks at its kind only.
func (k key) sample() any {
	switch k.shape {
	case messages.Text:
		return ""
	case messages.Items:
		return []int(nil)
	case messages.Moment:
		return time.Time{}
	}
	return 0
}

// translate returns the library's message. It is false if there is none.
func (s *shipped) translate(k key) (message string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() {
		// The library panics over plural forms and parameters that a translation forgets.
		if recover() != nil {
			message, ok = "", false
		}
	}()
	if !s.loaded {
		s.loaded = true
		s.load()
	}
	if s.reporter == nil || measures[k.rule] && k.param == "" && k.shape != messages.Moment {
		return "", false
	}
	violation := s.report(k)
	message = violation.Translate(s.translator)
	return message, strings.Contains(message, k.name) && message != violation.Error()
}

func (s *shipped) load() {
	locale := s.source.Locale()
	plain, _ := ut.New(locale, locale).GetTranslator(locale.Locale())
	t, v := &translator{Translator: plain}, validator.New()
	if err := s.source.Register(v, t); err != nil {
		return
	}
	for key, text := range s.source.Own {
		if err := t.Add(key, text, true); err != nil {
			return
		}
	}
	for _, rule := range []string{"integer", "notblank", "notnull", "file", "filesize", "filetype"} {
		if err := v.RegisterTranslation(rule, t, addNothing, translateOwn); err != nil {
			return
		}
	}
	v.RegisterStructValidation(reportIt, report{})
	s.reporter, s.translator = v, t
}

func addNothing(ut.Translator) error { return nil }

// translateOwn translates a rule that the library does not have.
func translateOwn(t ut.Translator, violation validator.FieldError) string {
	s, _ := t.T(violation.Tag(), violation.Field(), messages.ParamText(violation.Tag(), violation.Param()))
	return s
}

// report is the value that the validator checks: it carries the violation that the validator is to report.
type report struct{ key key }

func reportIt(level validator.StructLevel) {
	k := level.Current().Interface().(report).key
	level.ReportError(k.sample(), k.name, k.name, k.rule, k.param)
}

// report returns the library's error for a violation, and tells the translator how to write the param.
func (s *shipped) report(k key) validator.FieldError {
	s.translator.verbatim, s.translator.param = false, k.param
	if measures[k.rule] && !isPlainNumber(k.param) {
		s.translator.verbatim, k.param = true, standIn
	}
	return s.reporter.Struct(report{k}).(validator.ValidationErrors)[0]
}

// measures are the rules whose translations take the param for a number. If it is none, such as the
// duration 1h30m, they print a warning to standard output and fail.
var measures = map[string]bool{
	"len": true, "min": true, "max": true, "lt": true, "lte": true, "gt": true, "gte": true, "ne": true,
}

// standIn is the number in place of a param that is no number. It takes the plural in all languages.
const standIn = "5"

// isPlainNumber reports whether a float64 holds the number s exactly, as far as it is an integer.
func isPlainNumber(s string) bool {
	f, err := strconv.ParseFloat(s, 64)
	return err == nil && math.Abs(f) < 1<<53
}

// translator is a translator of the library with two changes. It can write the param as it was in the tag.
// It panics where the library would print to the program's log, which is not ours.
type translator struct {
	ut.Translator
	verbatim bool
	param    string
}

func (t *translator) T(key any, params ...string) (string, error) {
	for i := 1; t.verbatim && i < len(params); i++ {
		if params[i] == standIn {
			params[i] = t.param
		}
	}
	return must(t.Translator.T(key, params...))
}

func (t *translator) C(key any, num float64, digits uint64, param string) (string, error) {
	return must(t.Translator.C(key, num, digits, param))
}

// FmtNumber shows a number as it was written: the year 1990 is not 1,990.
func (t *translator) FmtNumber(float64, uint64) string { return t.param }

func must(s string, err error) (string, error) {
	if err != nil {
		panic(err)
	}
	return s, nil
}
