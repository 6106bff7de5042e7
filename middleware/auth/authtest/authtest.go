// Package authtest signs the requests of tests in, without credentials: whatever the app's schemes are, and without
// passwords, keys and sessions of users who are there only for tests.
//
//	func TestAdminsSeeTheUsers(t *testing.T) {
//		c := requesttest.New(t, newApp())
//		ada := authtest.Identity(t, auth.Profile{Subject: "ada", Roles: []string{"admin"}})
//		if got := c.Get("/users", authtest.As(ada)).Status; got != 200 {
//			t.Errorf("for an admin the status is %d, want 200", got)
//		}
//	}
//
// [As] is for one request, and [Client] for all requests of a client. Somebody who is signed in so has been proven by
// whatever scheme a rule asks for. All else is judged as always: roles, scopes, policies, MaxAge, and the end of the
// identity. The session of the client and its other credentials stay untouched, and do not count.
//
// Such a request has a header with the identity and with 256 random bits that the process of the test makes when it
// starts, so nobody else can make one; nothing is kept of it. In a program that is no test the package does nothing: As
// and Client panic there, and no header counts.
package authtest

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/request/requesttest"
)

// As returns what a request of a [requesttest.Client] carries that somebody is signed in with, beside other Withs or
// alone:
//
//	c.Post("/notes", authtest.As(ada), requesttest.With{JSON: note})
//
// Its Header does the same for requests of other clients in this process, and for the function requesttest.Request. A nil
// identity is nobody, also for a client that [Client] has signed in. For a rule with MaxAge the identity needs an
// AuthTime.
//
// The identity is in a header, so all of it must fit into the MaxHeaderBytes of the app.
func As(id *auth.Identity) requesttest.With {
	var values []string // none is no header
	if id != nil {
		values = []string{process.sign(id)}
	}
	return requesttest.With{Header: http.Header{headerName: values}}
}

// Client returns a client whose requests somebody is signed in with, as by [As]. It is the same browser as c: both have
// the same cookies. Several clients of one app can be different people.
func Client(c *requesttest.Client, id *auth.Identity) *requesttest.Client {
	value := ""
	if id != nil {
		value = process.sign(id)
	}
	return c.WithHeader(headerName, value)
}

// Identity returns an identity as auth.NewIdentity does. A wrong profile ends the test.
func Identity(t testing.TB, p auth.Profile) *auth.Identity {
	t.Helper()
	id, err := auth.NewIdentity(p)
	if err != nil {
		t.Fatalf("authtest: %v", err)
	}
	return id
}

// headerName is the header of a request that somebody is signed in with.
const headerName = "Soay-Test-Identity"

// A signer makes and reads the values of the header: a secret, a dot and the profile of an identity.
type signer struct{ secret string }

// process signs for the whole process. It is made before any app is, so that apps read a hook that never changes.
var process = newSigner()

// newSigner makes the signer and tells package auth of it, in a test. Elsewhere it does nothing.
func newSigner() *signer {
	if !testing.Testing() {
		return nil
	}
	var random [32]byte
	rand.Read(random[:]) // never fails
	s := &signer{hex.EncodeToString(random[:]) + "."}
	auth.SetTestIdentity(s.identity)
	return s
}

// content is what a value says of an identity.
type content struct {
	Profile auth.Profile               // without claims
	Claims  map[string]json.RawMessage // with all digits of numbers
}

func (s *signer) sign(id *auth.Identity) string {
	if s == nil {
		panic("authtest: this program is no test, so nobody is signed in without credentials")
	}
	c := content{Profile: auth.Profile{
		Subject: id.Subject(), Issuer: id.Issuer(), Name: id.Name(), SessionID: id.SessionID(),
		Roles: id.Roles(), Scopes: id.Scopes(), AuthTime: id.AuthTime(), Expires: id.Expires(),
	}}
	c.Claims, _ = auth.Claim[map[string]json.RawMessage](id, "")
	text, err := json.Marshal(c)
	if err != nil { // JSON has no times beyond the year 9999
		panic("authtest: " + err.Error())
	}
	return s.secret + base64.RawURLEncoding.EncodeToString(text)
}

// identity returns who a request is signed in with, nil for nobody and for somebody whose identity has ended.
func (s *signer) identity(req request.Request) *auth.Identity {
	value := http1.Value(request.StateOf(req).Source(), headerName)
	n := len(s.secret)
	if len(value) < n || subtle.ConstantTimeCompare([]byte(value[:n]), []byte(s.secret)) == 0 {
		return nil
	}
	id, err := decode(value[n:])
	if err != nil {
		panic("authtest: a header was cut or changed: " + err.Error())
	}
	if end := id.Expires(); !end.IsZero() && !time.Now().Before(end) {
		return nil
	}
	return id
}

func decode(text string) (*auth.Identity, error) {
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	var c content
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, err
	}
	if len(c.Claims) > 0 {
		c.Profile.Claims = map[string]any{}
	}
	for name, claim := range c.Claims {
		c.Profile.Claims[name] = claim
	}
	return auth.NewIdentity(c.Profile)
}
