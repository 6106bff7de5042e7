package keyring_test

import (
	"fmt"
	"time"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/keyring"
)

func Example() {
	ring, err := keyring.FromKeys(sessions.NewKey()) // FromEnv("") in a real program
	if err != nil {
		fmt.Println(err)
		return
	}
	reset := ring.Protector("password reset")
	token := reset.Protect([]byte("user 7"))

	data, err := reset.Unprotect(token, time.Hour)
	fmt.Printf("%s, %v\n", data, err)

	data, err = ring.Protector("unsubscribe").Unprotect(token, time.Hour)
	fmt.Printf("%s, %v\n", data, err)
	// Output:
	// user 7, <nil>
	// , keyring: token is not valid
}

func ExampleProtectValue() {
	ring, err := keyring.FromKeys(sessions.NewKey())
	if err != nil {
		fmt.Println(err)
		return
	}
	type invitation struct {
		Team int
		Mail string
	}
	p := ring.Protector("invitation")
	token, err := keyring.ProtectValue(p, invitation{7, "ada@example.com"})
	if err != nil {
		fmt.Println(err)
		return
	}
	got, err := keyring.UnprotectValue[invitation](p, token, 24*time.Hour)
	fmt.Println(got.Team, got.Mail, err)
	// Output:
	// 7 ada@example.com <nil>
}
