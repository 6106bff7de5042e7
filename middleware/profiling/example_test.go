package profiling_test

import (
	"log"
	"os"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth/basic"
	"github.com/soay-go/soay/middleware/profiling"
)

// Those who run the program see its profiles, by go tool pprof http://olga:password@127.0.0.1:8000/debug/pprof/heap.
func ExampleHandler() {
	app := soay.New()
	app.AddScheme("staff", basic.New(basic.Options{
		Users: []basic.User{{Name: "olga", PasswordHash: os.Getenv("OLGA_HASH"), Roles: []string{"ops"}}},
	}))
	app.UseProfiling(profiling.Handler(), soay.Auth{Roles: []string{"ops"}})
	if err := app.Run("127.0.0.1:8000"); err != nil {
		log.Fatal(err)
	}
}
