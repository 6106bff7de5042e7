package main

import (
	"fmt"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/password"
)

// demo are the accounts of this example and their passwords. A real program has accounts in a database, which
// never gets a password but only its hash.
var demo = map[string]string{
	"ada":   "correct horse battery staple",
	"grace": "correct horse battery staple",
}

// accounts are the people who can sign in: the hashes of their passwords, by name.
type accounts map[string]string

// newAccounts returns accounts by names and passwords.
func newAccounts(passwords map[string]string) (accounts, error) {
	a := accounts{}
	for name, text := range passwords {
		hash, err := password.Hash(text)
		if err != nil {
			return nil, fmt.Errorf("login: the account %q: %w", name, err)
		}
		a[name] = hash
	}
	return a, nil
}

// find returns whose name and password these are, nil for nobody. A name that nobody has costs the same work, so the
// time of the answer does not reveal which names exist. A real program has the number of the account as its subject, for a
// name may be given to somebody else one day.
func (a accounts) find(name, text string) (*soay.Identity, error) {
	ok, _, err := password.Verify(a[name], text)
	if err != nil || !ok {
		return nil, err
	}
	return auth.NewIdentity(auth.Profile{Subject: name, Name: name})
}
