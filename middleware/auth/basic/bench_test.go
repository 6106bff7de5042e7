package basic_test

import (
	"net/http/httptest"
	"testing"

	"github.com/soay-go/soay/middleware/auth/basic"
)

// BenchmarkGuesses shows whether the time of a refusal tells which names there are, and how much of a password was right.
// The times of the kinds should not differ by more than they do from run to run.
func BenchmarkGuesses(b *testing.B) {
	app := newApp(basic.Options{Users: []basic.User{{Name: "ada", Password: secret}}})
	for _, guess := range []struct{ name, user, password string }{
		{"a known name", "ada", "wrong horse battery staples"},
		{"the beginning of the password", "ada", secret[:len(secret)-1] + "x"},
		{"an unknown name", "eve", "wrong horse battery staples"},
	} {
		b.Run(guess.name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "/me", nil)
			r.RemoteAddr = "127.0.0.1:1"
			r.SetBasicAuth(guess.user, guess.password)
			for b.Loop() {
				app.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}
