package messages

import (
	"math"
	"strconv"
	"strings"
	"sync"

	ut "github.com/go-playground/universal-translator"
	"github.com/go-playground/validator/v10"
)

// shipped gives access to the translations that ship with the library. They are written for the
// library's own errors alone, so there is a validator that reports what it is told to.
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

// load sets the language up, which takes some 0.2 ms and 50 KB.
func (l *Language) load() {
	locale := l.locale()
	plain, _ := ut.New(locale, locale).GetTranslator(locale.Locale())
	t, v := &translator{Translator: plain}, validator.New()
	if err := l.register(v, t); err != nil {
		return
	}
	for _, p := range l.own {
		if err := t.Add(p.key, p.text, true); err != nil {
			return
		}
	}
	if err := v.RegisterTranslation("integer", t, addNothing, translateInteger); err != nil {
		return
	}
	v.RegisterStructValidation(reportIt, report{})
	l.shipped.reporter, l.shipped.translator = v, t
}

func addNothing(ut.Translator) error { return nil }

func translateInteger(t ut.Translator, violation validator.FieldError) string {
	s, _ := t.T("integer", violation.Field())
	return s
}

// report is what the validator is told to report.
type report struct{ key key }

func reportIt(level validator.StructLevel) {
	k := level.Current().Interface().(report).key
	level.ReportError(k.shape.sample(), k.name, k.name, k.rule, k.param)
}

// report returns the library's error for a violation, and tells the translator how to show the param.
func (s *shipped) report(k key) validator.FieldError {
	s.translator.verbatim, s.translator.param = false, k.param
	if measures[k.rule] && !isPlainNumber(k.param) {
		s.translator.verbatim, k.param = true, standIn
	}
	return s.reporter.Struct(report{k}).(validator.ValidationErrors)[0]
}

// measures are the rules whose translations take the param for a number. For one that is none, such
// as the duration 1h30m, they print a warning to standard output and give up.
var measures = map[string]bool{
	"len": true, "min": true, "max": true, "lt": true, "lte": true, "gt": true, "gte": true, "ne": true,
}

// standIn is the number that stands for a param that is none. It takes the plural in all languages.
const standIn = "5"

// isPlainNumber reports whether a float64 holds the number s exactly, as far as it is an integer.
func isPlainNumber(s string) bool {
	f, err := strconv.ParseFloat(s, 64)
	return err == nil && math.Abs(f) < 1<<53
}

// translator is a translator of the library that can show the param as it was written, and that
// panics where the library would print the violation to the program's log, which is not ours.
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
