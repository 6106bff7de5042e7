package basic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/password"
)

// maxRemember is how long a success may be kept: so long somebody whose password was taken away still gets in.
const maxRemember = 5 * time.Minute

// Options sets up [New]. It needs Users or Verify.
type Options struct {
	// Realm names what the password is for, in the dialog of browsers. The default is that of the app, see
	// auth.Options.
	Realm string
	// Users are those that the app knows from the start.
	Users []User
	// Verify returns who has a name and a password, in place of Users. No identity and no error mean that they are
	// wrong. Another error means that it is not known now: the client gets 503, as it does after 5 s. Neither is empty.
	// It is called by several goroutines. It should take as long for an unknown name as for a wrong password.
	Verify func(ctx context.Context, user, password string) (*auth.Identity, error)
	// Remember is how long a name and a password that were right need not be checked again, at most 5 minutes, for the
	// 1,000 latest. They are in the memory of the process, by a digest with a key that only the process has. The
	// default is not at all.
	Remember time.Duration
	// AllowHTTP lets passwords come over http from other machines, where everybody on the way can read them. It is for
	// networks that encrypt by themselves. The default is 403.
	AllowHTTP bool
}

// User is somebody whom an app knows from the start. Printing one, with any verb for texts and by package slog and
// encoding/json, shows only the name.
type User struct {
	// Name is the subject of the identity. It has no colon, and no two users have the same.
	Name string
	// Password is the password itself, and PasswordHash is what package [password] makes of it, or another hash that it
	// reads: by argon2id, bcrypt, or PBKDF2 as passlib and Django write it. One of them must be set. The hash is better:
	// nobody can use it.
	Password, PasswordHash string
	// Roles are what rules ask for.
	Roles []string
}

// String returns the name, so that no log has the password.
func (u User) String() string { return fmt.Sprintf("basic.User(%q)", u.Name) }

// GoString is String, so that no verb prints the password.
func (u User) GoString() string { return u.String() }

// LogValue implements [slog.LogValuer] as String does.
func (u User) LogValue() slog.Value { return slog.StringValue(u.String()) }

// MarshalJSON returns String in JSON.
func (u User) MarshalJSON() ([]byte, error) { return json.Marshal(u.String()) }

// check returns what is wrong.
func (o Options) check() []error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("basic: "+format, args...)) }
	if strings.ContainsFunc(o.Realm, func(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' }) {
		bad("Realm: %q has characters beyond printable ASCII, quotes or backslashes", o.Realm)
	}
	switch {
	case len(o.Users) == 0 && o.Verify == nil:
		bad("there are no users: set Users or Verify")
	case len(o.Users) > 0 && o.Verify != nil:
		bad("Users and Verify are both set; one scheme has one of them")
	}
	if o.Remember < 0 || o.Remember > maxRemember {
		bad("Remember: %v is not between 0 and %v", o.Remember, maxRemember)
	}
	names := map[string]int{}
	for i, u := range o.Users {
		if first, ok := names[u.Name]; ok {
			bad("Users[%d]: Users[%d] has the same name", i, first)
		}
		names[u.Name] = i
		for _, err := range u.check() {
			bad("Users[%d] %q: %w", i, u.Name, err)
		}
	}
	return errs
}

// check returns what is wrong. The errors have nothing of the password.
func (u User) check() []error {
	var errs []error
	switch {
	case u.Name == "":
		errs = append(errs, errors.New("the name is empty"))
	case strings.Contains(u.Name, ":"):
		errs = append(errs, errors.New("the name has a colon, which ends it in a request (RFC 7617 section 2)"))
	case !isText(u.Name):
		errs = append(errs, errors.New("the name has control characters, or is no UTF-8"))
	}
	switch {
	case (u.Password == "") == (u.PasswordHash == ""):
		errs = append(errs, errors.New("set one of Password and PasswordHash"))
	case !isText(u.Password):
		errs = append(errs, errors.New("the password has control characters, or is no UTF-8"))
	case u.PasswordHash != "":
		if err := password.Check(u.PasswordHash); err != nil {
			errs = append(errs, fmt.Errorf("PasswordHash: %w", err))
		}
	}
	if slices.Contains(u.Roles, "") {
		errs = append(errs, errors.New("a role is empty"))
	}
	return errs
}

// isText reports whether a name or a password can come in a request.
func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
