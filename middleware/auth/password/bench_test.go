package password_test

import (
	"testing"

	"github.com/soay-go/soay/middleware/auth/password"
)

// BenchmarkHash is where the documentation has the time and the memory of a hash from.
func BenchmarkHash(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := password.Hash("correct horse battery staple"); err != nil {
			b.Fatal(err)
		}
	}
}
