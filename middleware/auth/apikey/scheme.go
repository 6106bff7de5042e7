package apikey

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net/textproto"
	"strings"

	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
)

// scheme is what New returns. It has no secrets.
type scheme struct {
	options       Options // without keys, and with defaults
	header        string  // as requests have it
	authorization string  // in lower case
	prefix        string  // with the underscore
	keys          []known
	errs          []error
	seed          maphash.Seed
	byHash        map[uint64][]*known // by the hash of the digest
	realm         string
}

// New returns the scheme of clients with a key, for App.AddScheme. Mistakes in the options stop the start of the app.
func New(options Options) auth.Scheme {
	s := &scheme{errs: options.check(), seed: maphash.MakeSeed(), byHash: map[uint64][]*known{}}
	keys, errs := options.knownKeys()
	s.keys, s.errs = keys, append(s.errs, errs...)
	for i := range s.keys {
		h := maphash.Bytes(s.seed, s.keys[i].digest[:])
		s.byHash[h] = append(s.byHash[h], &s.keys[i])
	}
	s.options = options.withDefaults()
	s.header, s.authorization = textproto.CanonicalMIMEHeaderKey(s.options.Header), strings.ToLower(options.Authorization)
	if options.Prefix != "" {
		s.prefix = options.Prefix + "_"
	}
	return s
}

// String says what it is, without the digests.
func (s *scheme) String() string { return fmt.Sprintf("apikey.New(%d keys)", len(s.keys)) }

// GoString is String, so that no verb prints a digest.
func (s *scheme) GoString() string { return s.String() }

// LogValue implements slog.LogValuer as String does.
func (s *scheme) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Check implements auth.Checker.
func (s *scheme) Check() error { return errors.Join(s.errs...) }

// Attach implements auth.Attacher.
func (s *scheme) Attach(setup auth.Setup) error {
	s.realm = setup.Realm
	if len(s.errs) > 0 {
		return nil // they stop the start
	}
	for i := range s.keys {
		id, err := setup.NewIdentity(s.keys[i].profile)
		if err != nil {
			return fmt.Errorf("apikey: Keys[%d]: %w", i, err)
		}
		s.keys[i].identity = id
	}
	return nil
}

// Describe implements auth.Scheme.
func (s *scheme) Describe() auth.Description {
	o := s.options
	places := []router.SecurityScheme{
		{Type: "apiKey", In: "header", Name: s.header},
		{Type: "http", Scheme: s.authorization, Name: o.Authorization},
		{Type: "apiKey", In: "query", Name: o.Query},
		{Type: "apiKey", In: "cookie", Name: o.Cookie},
	}
	var d auth.Description
	for _, place := range places {
		if place.Name == "" {
			continue
		}
		where, challenge := place.In+" "+place.Name, fmt.Sprintf(`ApiKey realm="%s", %s="%s"`, s.realm, place.In, place.Name)
		if place.Type == "http" {
			place.Name = ""
			where, challenge = "header Authorization", fmt.Sprintf(`%s realm="%s"`, o.Authorization, s.realm)
		}
		if d.Challenge == "" {
			place.Description = "An API key."
			d.Security, d.Challenge = place, challenge
			continue
		}
		d.Security.Description += " It may stand in the " + where + " as well."
		d.Others = append(d.Others, place)
	}
	d.Ambient = o.Cookie != ""
	return d
}

// Presented implements auth.Scheme.
func (s *scheme) Presented(req request.Request) bool {
	hr := request.StateOf(req).Source()
	switch o := &s.options; {
	case s.header != "" && len(http1.Values(hr, s.header)) > 0,
		s.authorization != "" && auth.HasCredentials(req, s.authorization),
		o.Query != "" && len(s.inQuery(req)) > 0,
		o.Cookie != "" && header.HasCookie(http1.Values(hr, "Cookie"), o.Cookie):
		return true
	}
	return false
}

// inQuery returns the keys in the query.
func (s *scheme) inQuery(req request.Request) []string {
	name, raw := s.options.Query, req.URL().RawQuery
	if !strings.Contains(raw, name) && !strings.Contains(raw, "%") {
		return nil // most requests need no map of their parameters
	}
	return req.QueryValues()[name]
}

var (
	errMalformed = auth.Invalid(auth.ReasonMalformed, errors.New("apikey: there must be one key, in one place, of visible ASCII characters without commas"))
	errMistyped  = auth.Invalid(auth.ReasonInvalid, errors.New("apikey: the key is too short, or its checksum is wrong"))
	errUnknown   = auth.Invalid(auth.ReasonInvalid, errors.New("apikey: the key is not known"))
)

// Authenticate implements auth.Scheme. A wrong key in a cookie is nobody's: the browser sends it with all that it does.
func (s *scheme) Authenticate(req request.Request) (*auth.Identity, error) {
	key, inCookie, err := s.read(req)
	if err != nil {
		return nil, err
	}
	id, err := s.judge(req, key)
	if _, wrong := errors.AsType[*auth.InvalidError](err); wrong && inCookie {
		return nil, nil
	}
	return id, err
}

// judge returns who has a key.
func (s *scheme) judge(req request.Request, key string) (*auth.Identity, error) {
	switch {
	case !s.hasPrefix(key):
		return nil, auth.ErrNotMine
	case len(key) < minLength || isMistyped(key):
		return nil, errMistyped
	}
	digest := digestOf(key)
	if id := s.find(&digest); id != nil {
		return id, nil
	}
	if s.options.Lookup == nil {
		return nil, errUnknown
	}
	id, err := s.lookUp(req, digest)
	if errors.Is(err, sessions.ErrGone) || id == nil && err == nil {
		err = errUnknown
	}
	return id, err
}

// IsMine implements auth.Sharer.
func (s *scheme) IsMine(req request.Request) bool {
	key, _, err := s.read(req)
	return err != nil || s.hasPrefix(key)
}

// IsAmbient implements auth.Ambienter. The cookie need not be right.
func (s *scheme) IsAmbient(req request.Request) bool {
	_, inCookie, _ := s.read(req)
	return inCookie && header.HasCookie(http1.Values(request.StateOf(req).Source(), "Cookie"), s.options.Cookie)
}

func (s *scheme) hasPrefix(key string) bool { return strings.HasPrefix(key, s.prefix) }

// lookUp asks the app who has a key.
func (s *scheme) lookUp(req request.Request, digest [32]byte) (*auth.Identity, error) {
	return auth.Ask(req, func(ctx context.Context) (*auth.Identity, error) { return s.options.Lookup(ctx, digest) })
}

// read returns the key of a request. One in a cookie counts if there is none in another place. Cookies that have no key
// are no error: then the key is "".
func (s *scheme) read(req request.Request) (key string, inCookie bool, err error) {
	hr, found := request.StateOf(req).Source(), 0
	if s.header != "" {
		if lines := http1.Values(hr, s.header); len(lines) > 0 {
			key, found = lines[0], len(lines)
		}
	}
	if s.authorization != "" && auth.HasCredentials(req, s.authorization) {
		if key, err = auth.Credentials(req, s.authorization); err != nil {
			return "", false, err
		}
		found++
	}
	if s.options.Query != "" {
		if values := s.inQuery(req); len(values) > 0 {
			key, found = values[0], found+len(values)
		}
	}
	if name := s.options.Cookie; name != "" && found == 0 {
		value, count := header.Cookie(http1.Values(hr, "Cookie"), name)
		if count != 1 || !isKey(value) {
			value = ""
		}
		return value, true, nil
	}
	if found != 1 || !isKey(key) {
		return "", false, errMalformed
	}
	return key, false, nil
}

// find returns who has a key of Keys, nil for nobody. A map that is hashed with a seed of this process finds the key,
// and all of its digest is compared, so the time tells nothing of how far a digest was right.
func (s *scheme) find(digest *[32]byte) *auth.Identity {
	for _, k := range s.byHash[maphash.Bytes(s.seed, digest[:])] {
		if subtle.ConstantTimeCompare(k.digest[:], digest[:]) == 1 {
			return k.identity
		}
	}
	return nil
}
