package keyring

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/soay-go/soay/request/safelog"
	"github.com/soay-go/soay/sessions"
)

// DefaultPrefix is the prefix that [FromEnv] takes for "".
const DefaultPrefix = "APP_SECRET"

// FromKeys returns a ring of keys in the order from newest to oldest. Each must pass
// [sessions.CheckKey], and none may be there twice.
func FromKeys(newest string, older ...string) (*Ring, error) {
	secrets := []namedSecret{{"the newest key", newest}}
	for i, secret := range older {
		secrets = append(secrets, namedSecret{fmt.Sprintf("older[%d]", i), secret})
	}
	return newRing(secrets)
}

// Ephemeral returns a ring with one random key that only this process has and that ends with it:
// after a restart, and on every other instance, none of its tokens opens. Ephemeral says so in one warning
// to logger; nil means [slog.Default]. The error is always nil.
func Ephemeral(logger *slog.Logger) (*Ring, error) {
	r, err := FromKeys(sessions.NewKey())
	if err != nil {
		return nil, err
	}
	r.logger = safelog.Wrap(logger)
	r.log().Warn("keyring: the key is ephemeral; what it protects is lost with this process and unknown to all others")
	return r, nil
}

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
