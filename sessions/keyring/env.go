package keyring

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"
)

// DefaultPrefix is the prefix that [FromEnv] takes for "".
const DefaultPrefix = "APP_SECRET"

// FromEnv returns a ring of the environment variables whose names are prefix, an underscore and a
// number from 1 on, such as APP_SECRET_1; the highest number is the newest key. The prefix "" stands
// for [DefaultPrefix]. Numbers may be left out. Other variables with the prefix, such as
// APP_SECRET_PATH, are no keys, but a number that is written in another way, as in APP_SECRET_02 or
// APP_SECRET_2B, is an error, and so is a variable that is empty, and finding none.
//
// The variables are read once.
func FromEnv(prefix string) (*Ring, error) {
	prefix = cmp.Or(prefix, DefaultPrefix)
	var secrets []numbered
	var errs []error
	for name, value := range variables(prefix) {
		n, err := parseNumber(strings.TrimPrefix(name, prefix+"_"))
		if err != nil {
			errs = append(errs, fmt.Errorf("keyring: %s: %w", name, err))
			continue
		}
		secrets = append(secrets, numbered{n, namedSecret{name, value}})
	}
	if len(errs) == 0 && len(secrets) == 0 {
		errs = append(errs, missingVariable(prefix))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return newRing(newestFirst(secrets))
}

// InEnv reports whether there is a variable that FromEnv would read or refuse: a key, or a variable that was
// meant to be a key. It is for programs that go on without keys if none is set.
func InEnv(prefix string) bool {
	for range variables(cmp.Or(prefix, DefaultPrefix)) {
		return true
	}
	return false
}

// variables iterates over the names and values of the environment variables that are keys or were meant to
// be keys.
func variables(prefix string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, variable := range os.Environ() {
			name, value, _ := strings.Cut(variable, "=")
			if number, ok := strings.CutPrefix(name, prefix+"_"); ok && startsLikeNumber(number) && !yield(name, value) {
				return
			}
		}
	}
}

func missingVariable(prefix string) error {
	hint := ""
	if _, ok := os.LookupEnv(prefix); ok {
		hint = fmt.Sprintf(" (%s without a number is not read)", prefix)
	}
	return fmt.Errorf("keyring: %s_1 is not set%s; "+
		"make a key with: go run github.com/soay-go/soay/examples/newkey@latest", prefix, hint)
}

// numbered is a secret with a number; the highest number is the newest.
type numbered struct {
	number int
	namedSecret
}

func newestFirst(all []numbered) []namedSecret {
	slices.SortFunc(all, func(a, b numbered) int { return cmp.Compare(b.number, a.number) })
	var secrets []namedSecret
	for _, s := range all {
		secrets = append(secrets, s.namedSecret)
	}
	return secrets
}

// startsLikeNumber reports whether s was meant to be a number.
func startsLikeNumber(s string) bool {
	s = strings.TrimLeft(s, "+-")
	return s != "" && s[0] >= '0' && s[0] <= '9'
}

var errNumber = errors.New("the number of a key is 1, 2 and so on, in at most nine digits and without leading zeros")

// parseNumber reads a number. Each number has only one spelling.
func parseNumber(digits string) (int, error) {
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || len(digits) > 9 || strconv.Itoa(n) != digits {
		return 0, errNumber
	}
	return n, nil
}
