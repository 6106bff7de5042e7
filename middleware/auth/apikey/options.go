package apikey

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request/header"
)

// defaultHeader is the one in which keys come.
const defaultHeader = "X-Api-Key"

// Options sets up [New]. It needs Keys or Lookup.
type Options struct {
	// Header is the name of the header with the key. The default is X-Api-Key if no other place is named either.
	Header string
	// Authorization is the name of a scheme of the header Authorization, such as ApiKey or Bearer, behind which the key
	// stands. The default is none.
	Authorization string
	// Query is the name of a query parameter with the key. Addresses are written down in many places, so prefer a
	// header. The default is none.
	Query string
	// Cookie is the name of a cookie with the key. Browsers send cookies unasked: so one in another place goes before it,
	// requests with a key in a cookie alone are checked for forgery, and a wrong key there is nobody's. The default is
	// none.
	Cookie string
	// Prefix is that of the keys: one that does not begin with it and an underscore is left to the other schemes. It
	// is for apps with several kinds of keys in one header. The default is that all keys belong to this scheme.
	Prefix string
	// Keys are the keys that the app knows from the start.
	Keys []Key
	// Lookup returns who has a key that is not in Keys, by the SHA-256 digest of the key. No identity and no error, or
	// [sessions.ErrGone], mean that there is no such key. Another error means that it is not known now: the client
	// gets 503, as it does after 5 s. It is called by several goroutines. The Expires of the identity counts.
	Lookup func(ctx context.Context, digest [32]byte) (*auth.Identity, error)
}

// Key is a key that an app knows from the start. Printing one, with any verb for texts and by package slog and
// encoding/json, shows only its ID.
type Key struct {
	// ID names who has the key: it is the subject of the identity, and stands in logs. No two keys have the same.
	ID string
	// Secret is the key itself, of at least 32 characters, and Digest is what [Digest] makes of it. One of them must be
	// set. The digest is better, because nobody can use it.
	Secret, Digest string
	// Roles and Scopes are what rules ask for.
	Roles, Scopes []string
	// Expires is when the key ends. The default is never.
	Expires time.Time
}

// String returns the ID, so that no log has the secret.
func (k Key) String() string { return fmt.Sprintf("apikey.Key(%q)", k.ID) }

// GoString is String, so that no verb prints the secret.
func (k Key) GoString() string { return k.String() }

// LogValue implements [slog.LogValuer] as String does.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalJSON returns String in JSON.
func (k Key) MarshalJSON() ([]byte, error) { return json.Marshal(k.String()) }

// known is a [Key] without its secret.
type known struct {
	digest   [32]byte
	profile  auth.Profile
	identity *auth.Identity // of this app, once the scheme is attached
}

// check returns what is wrong with all but the keys.
func (o Options) check() []error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("apikey: "+format, args...)) }
	switch {
	case o.Header == "":
	case strings.EqualFold(o.Header, "Authorization"):
		bad("Header: use the field Authorization, with the name of a scheme, for keys in that header")
	case strings.EqualFold(o.Header, "Cookie"):
		bad("Header: use the field Cookie for keys in cookies")
	case !header.IsToken(o.Header) || antiforgery.IsAmbient(o.Header):
		bad("Header: %q is no header, or one that browsers send by themselves", o.Header)
	}
	switch {
	case o.Authorization == "":
	case !header.IsToken(o.Authorization):
		bad("Authorization: %q is no name of a scheme; it has letters, digits and -", o.Authorization)
	case antiforgery.IsBrowserScheme(o.Authorization):
		bad("Authorization: browsers send %s by themselves, with something else than a key", o.Authorization)
	}
	if o.Query != "" && !header.IsToken(o.Query) {
		bad("Query: %q is no name; it has letters, digits, - and _", o.Query)
	}
	if o.Cookie != "" && !header.IsToken(o.Cookie) {
		bad("Cookie: %q is no name of a cookie", o.Cookie)
	}
	if !isWords(o.Prefix) {
		bad("Prefix: %q has more than letters, digits and _", o.Prefix)
	}
	if len(o.Keys) == 0 && o.Lookup == nil {
		bad("there are no keys: set Keys or Lookup")
	}
	return errs
}

// knownKeys returns the keys without their secrets, and what is wrong with them.
func (o Options) knownKeys() (keys []known, errs []error) {
	ids, digests := map[string]int{}, map[[32]byte]int{}
	for i, k := range o.Keys {
		bad := func(format string, args ...any) {
			name := fmt.Sprintf("apikey: Keys[%d]", i)
			if k.ID != "" {
				name += fmt.Sprintf(" %q", k.ID)
			}
			errs = append(errs, fmt.Errorf(name+": "+format, args...))
		}
		digest, err := k.digest(o.Prefix)
		if err != nil {
			bad("%w", err)
		} else if first, ok := digests[digest]; ok {
			bad("it is the same key as Keys[%d]", first)
		} else {
			digests[digest] = i
		}
		if first, ok := ids[k.ID]; ok {
			bad("Keys[%d] has the same ID", first)
		}
		ids[k.ID] = i
		switch {
		case k.ID == "":
			bad("the ID is empty; it names who has the key")
		case slices.Contains(k.Roles, ""), slices.Contains(k.Scopes, ""):
			bad("a role or a scope is empty")
		}
		keys = append(keys, known{digest: digest, profile: auth.Profile{
			Subject: k.ID, Name: k.ID, Roles: slices.Clone(k.Roles), Scopes: slices.Clone(k.Scopes), Expires: k.Expires,
		}})
	}
	return keys, errs
}

// digest returns the digest of the key. The errors have nothing of the secret.
func (k Key) digest(prefix string) (digest [32]byte, err error) {
	switch {
	case (k.Secret == "") == (k.Digest == ""):
		return digest, errors.New("set one of Secret and Digest; newkey -api makes both")
	case k.Digest != "":
		text, err := hex.DecodeString(k.Digest)
		if err != nil || len(text) != len(digest) {
			return digest, errors.New("the Digest is none of Digest: it has 64 hexadecimal digits")
		}
		return [32]byte(text), nil
	case len(k.Secret) < minLength:
		return digest, fmt.Errorf("the Secret has %d characters, at least %d are needed; newkey -api makes one", len(k.Secret), minLength)
	case !isKey(k.Secret):
		return digest, fmt.Errorf("the Secret has a character that is not visible ASCII, a comma, a semicolon, a quote or a backslash, or more than %d", maxLength)
	case isMistyped(k.Secret):
		return digest, errors.New("the Secret was mistyped: its checksum is wrong")
	case prefix != "" && !strings.HasPrefix(k.Secret, prefix+"_"):
		return digest, fmt.Errorf("the Secret does not begin with the Prefix %s_", prefix)
	}
	return digestOf(k.Secret), nil
}

// withDefaults sets the fields that were left out, without the keys.
func (o Options) withDefaults() Options {
	o.Keys = nil
	if o.Authorization+o.Query+o.Cookie == "" {
		o.Header = cmp.Or(o.Header, defaultHeader)
	}
	return o
}
