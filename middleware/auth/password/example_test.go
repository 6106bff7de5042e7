package password_test

import (
	"fmt"

	"github.com/soay-go/soay/middleware/auth/password"
)

type account struct{ Name, PasswordHash string }

func Example() {
	hash, err := password.Hash("correct horse battery staple")
	if err != nil {
		fmt.Println(err)
		return
	}
	accounts := map[string]account{"ada": {"ada", hash}}

	for _, try := range []struct{ name, password string }{
		{"ada", "correct horse battery staple"},
		{"ada", "123456"},
		{"eve", "123456"}, // has no account: the hash is "", and the work is the same
	} {
		ok, _, err := password.Verify(accounts[try.name].PasswordHash, try.password)
		fmt.Println(try.name, ok, err)
	}
	// Output:
	// ada true <nil>
	// ada false <nil>
	// eve false <nil>
}

// A hash of another program is replaced when its owner signs in.
func ExampleVerify() {
	a := account{"ada", "$pbkdf2-sha256$29000$fG8t5fzf2zvHOKcUwjgnRA$xp6JnQXU6S.te7KxQVId7ZRiMeEtt4NgxbTV1puSMik"}
	typed := "correct horse battery staple"

	ok, stale, err := password.Verify(a.PasswordHash, typed)
	if ok && stale {
		a.PasswordHash, err = password.Hash(typed)
	}
	fmt.Println(ok, a.PasswordHash[:29], err)
	// Output: true $argon2id$v=19$m=19456,t=2,p= <nil>
}

// Hashes in a configuration are checked when the program starts.
func ExampleCheck() {
	fmt.Println(password.Check("$2b$31$Fb4nrB03A/6jypfMGluIVOzEeK.nL/QXG9mC7la8CZE6R.pbhF3HW"))
	// Output: password: the hash asks for more than 16 as the cost of bcrypt
}
