package messages

import (
	"math"
	"strconv"
	"strings"
	"sync"

	ut "github.com/go-playground/universal-translator"
	"github.com/go-playground/validator/v10"
)

// shipped has the translations that ship with the library. They translate the library's own errors only, so
// there is a validator that makes any error we want.
type shipped struct {
	mu         sync.Mutex
	loaded     bool
	reporter   *validator.Validate // nil if the language is of no use
	translator *translator
}

// translate returns the library's message. It is false if there is none.
func (l *Language) translate(k key) (message string, ok bool) {
	s := &l.shipped
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
		l.load()
	}
	if s.reporter == nil || measures[k.rule] && k.param == "" && k.shape != moment {
		return "", false
	}
	violation := s.report(k)
	message = violation.Translate(s.translator)
	return message, strings.Contains(message, k.name) && message != violation.Error()
}

// load sets the language up, which takes about 0.2 ms and 50 KB.
func (l *Language) load() {
	locale := l.locale()
	plain, _ := ut.New(locale, locale).GetTranslator(locale.Locale())
	t, v := &translator{Translator: plain}, validator.New()
	if err := l.register(v, t); err != nil {
		return
	}
	for _, p := range l.ownPhrases() {
		if err := t.Add(p.key, p.text, true); err != nil {
			return
		}
	}
	for _, rule := range []string{"integer", "notblank", "notnull"} {
		if err := v.RegisterTranslation(rule, t, addNothing, translateOwn); err != nil {
			return
		}
	}
	v.RegisterStructValidation(reportIt, report{})
	l.shipped.reporter, l.shipped.translator = v, t
}

func addNothing(ut.Translator) error { return nil }

// translateOwn translates a rule that the library does not have.
func translateOwn(t ut.Translator, violation validator.FieldError) string {
	s, _ := t.T(violation.Tag(), violation.Field())
	return s
}

// report is the value that the validator checks: it carries the violation that the validator is to report.
type report struct{ key key }

func reportIt(level validator.StructLevel) {
	k := level.Current().Interface().(report).key
	level.ReportError(k.shape.sample(), k.name, k.name, k.rule, k.param)
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
