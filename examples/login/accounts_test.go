package main

import (
	"bytes"
	"testing"
)

func TestAccounts(t *testing.T) {
	const password = "correct horse battery staple"
	people, err := newAccounts(1000, map[string]string{"ada": password, "grace": password, "none": ""})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		description, name, password string
		want                        bool
	}{
		{"right", "ada", password, true},
		{"wrong", "ada", "guess", false},
		{"another case", "ada", "Correct horse battery staple", false},
		{"cut off", "ada", password[:27], false},
		{"a space more", "ada", password + " ", false},
		{"empty", "ada", "", false},
		{"a name in another case", "Ada", password, false},
		{"a name that nobody has", "eve", password, false},
		{"no name", "", password, false},
		{"neither", "", "", false},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			who, err := people.find(test.name, test.password)
			if who.IsAuthenticated() != test.want || err != nil {
				t.Errorf("find = %v, %v, want somebody: %v", who, err, test.want)
			}
		})
	}
	if bytes.Equal(people.hashes["ada"].sum, people.hashes["grace"].sum) {
		t.Errorf("the same password has the same hash in two accounts")
	}
}

// A name that nobody has costs the work of one that somebody has.
func TestDecoy(t *testing.T) {
	people, err := newAccounts(7, map[string]string{"ada": "correct horse"})
	if err != nil {
		t.Fatal(err)
	}
	ada, adaKnown := people.hashOf("ada")
	eve, eveKnown := people.hashOf("eve")
	if !adaKnown || eveKnown {
		t.Errorf("ada is known: %v, and eve: %v", adaKnown, eveKnown)
	}
	if eve.iterations != ada.iterations || len(eve.salt) != len(ada.salt) || len(eve.sum) != len(ada.sum) {
		t.Errorf("the hash for a name that nobody has is %+v, that of an account %+v", eve, ada)
	}
	people.decoy = ada // who guesses even its password is not signed in
	if who, err := people.find("eve", "correct horse"); who != nil || err != nil {
		t.Errorf("find = %v, %v for a name that nobody has", who, err)
	}
}
