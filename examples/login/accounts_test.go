package main

import "testing"

func TestAccounts(t *testing.T) {
	const password = "correct horse battery staple"
	people, err := newAccounts(map[string]string{"ada": password, "grace": password})
	if err != nil {
		t.Fatal(err)
	}
	people["none"] = "" // an account without a password
	tests := []struct {
		description, name, password string
		want                        string // "" for nobody
	}{
		{"right", "ada", password, "ada"},
		{"wrong", "ada", "guess", ""},
		{"another case", "ada", "Correct horse battery staple", ""},
		{"cut off", "ada", password[:27], ""},
		{"a space more", "ada", password + " ", ""},
		{"empty", "ada", "", ""},
		{"a name in another case", "Ada", password, ""},
		{"a name that nobody has", "eve", password, ""},
		{"no name", "", password, ""},
		{"neither", "", "", ""},
		{"an account without a password", "none", password, ""},
		{"an account without a password, and none", "none", "", ""},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			who, err := people.find(test.name, test.password)
			if who.Subject() != test.want || who.Name() != test.want || err != nil {
				t.Errorf("find = %v, %v, want %q", who, err, test.want)
			}
		})
	}
	if people["ada"] == people["grace"] {
		t.Errorf("the same password has the same hash in two accounts")
	}
	if _, err := newAccounts(map[string]string{"ada": ""}); err == nil {
		t.Errorf("an account is made with an empty password")
	}
}
