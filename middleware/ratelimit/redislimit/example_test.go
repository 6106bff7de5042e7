package redislimit_test

import (
	"log"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/middleware/ratelimit/redislimit"
)

func Example() {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379", ContextTimeoutEnabled: true})
	defer client.Close()

	app := soay.New()
	app.UseRateLimit(soay.Rate{Requests: 100, Per: time.Minute}, ratelimit.Options{
		Store: redislimit.New(client, redislimit.Options{Prefix: "shop:limit:"}),
	})
	if err := app.Run("127.0.0.1:8000"); err != nil {
		log.Print(err)
	}
}
