package auth

import (
	"strconv"
	"strings"
	"time"

	"github.com/soay-go/soay/sessions"
)

// stored is what a session knows of its user. It is a text of its own form rather than JSON, for it is read for nearly
// every request: the fields are parts of one string. The subject is in it, so that it says nothing of another user whom
// the app has given the session by SetUser.
const stored sessions.Value[string] = "soay/identity"

// The text begins with its format, so that a later form can be told from it. In a session that a scheme keeps for itself,
// see [KeptSession], the name of the scheme follows.
const (
	format     = "1"
	keptFormat = "kept"
)

// encode returns the text of an identity that was loaded at a time.
func (s *SessionScheme) encode(id *Identity, loaded time.Time) string {
	p := &id.profile
	b := make([]byte, 0, 128+len(id.claims))
	b = append(b, s.prefix...)
	for _, text := range [...]string{p.Subject, p.Issuer, p.Name, p.SessionID, id.claims} {
		b = appendText(b, text)
	}
	for _, t := range [...]time.Time{p.AuthTime, p.Expires, loaded} {
		b = appendTime(b, t)
	}
	return string(appendList(appendList(b, p.Roles), p.Scopes))
}

// prefixOf returns what begins the text of an identity of a scheme, and of no other one.
func (s *SessionScheme) prefixOf(name string) string {
	if s.kept {
		return string(appendText([]byte(keptFormat), name))
	}
	return format
}

// userOf returns the user of a session that somebody is signed in to. Two providers may have the same subject, so in a
// kept session the issuer belongs to it.
func (s *SessionScheme) userOf(id *Identity) string {
	if s.kept {
		return id.Key()
	}
	return id.Subject()
}

func appendText(b []byte, text string) []byte {
	b = strconv.AppendInt(b, int64(len(text)), 10)
	return append(append(b, ':'), text...)
}

func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return appendText(b, "")
	}
	return appendText(b, strconv.FormatInt(t.Unix(), 10))
}

func appendList(b []byte, list []string) []byte {
	b = appendText(b, strconv.Itoa(len(list)))
	for _, text := range list {
		b = appendText(b, text)
	}
	return b
}

// read returns the identity of a session with a user, and when it was loaded. A session whose user was set without
// [SignIn] has an identity with nothing else. It is nil for a session of another scheme.
func (s *SessionScheme) read(session sessions.Session, user string) (id *Identity, loaded time.Time) {
	text, _ := stored.Get(session)
	if id, loaded := s.decode(text); id != nil && s.userOf(id) == user {
		return id, loaded
	} // else another version of the program has written it, or it is of another user
	if s.kept || strings.HasPrefix(text, keptFormat) {
		return nil, time.Time{}
	}
	return &Identity{profile: Profile{Subject: user}, scheme: s.setup.Name}, time.Time{}
}

// decode returns the identity of a text that encode has made, nil for other texts.
func (s *SessionScheme) decode(text string) (id *Identity, loaded time.Time) {
	rest, ok := strings.CutPrefix(text, s.prefix)
	if !ok {
		return nil, time.Time{}
	}
	d := decoder{rest: rest}
	id, loaded = d.identity()
	id.scheme = s.setup.Name
	if d.failed || d.rest != "" {
		return nil, time.Time{}
	}
	return id, loaded
}

// decoder reads the text of an identity.
type decoder struct {
	rest   string
	failed bool
}

func (d *decoder) identity() (id *Identity, loaded time.Time) {
	id = new(Identity)
	p := &id.profile
	p.Subject, p.Issuer, p.Name, p.SessionID, id.claims = d.text(), d.text(), d.text(), d.text(), d.text()
	p.AuthTime, p.Expires, loaded = d.time(), d.time(), d.time()
	p.Roles, p.Scopes = d.list(), d.list()
	return id, loaded
}

func (d *decoder) text() string {
	digits, rest, ok := strings.Cut(d.rest, ":")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 0 || n > len(rest) {
		d.failed, d.rest = true, ""
		return ""
	}
	d.rest = rest[n:]
	return rest[:n]
}

func (d *decoder) time() time.Time {
	text := d.text()
	if text == "" {
		return time.Time{}
	}
	unix, err := strconv.ParseInt(text, 10, 64)
	d.failed = d.failed || err != nil
	return time.Unix(unix, 0)
}

func (d *decoder) list() []string {
	n, err := strconv.Atoi(d.text())
	if err != nil || n < 0 || n > len(d.rest)/len("0:") {
		d.failed = true
		return nil
	}
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = d.text()
	}
	return list
}
