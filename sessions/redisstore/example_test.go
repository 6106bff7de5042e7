package redisstore_test

import (
	"log"

	"github.com/redis/go-redis/v9"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/redisstore"
)

func Example() {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379", ContextTimeoutEnabled: true})
	defer client.Close()

	app := soay.New()
	app.UseSessionStore(redisstore.New(client, redisstore.Options{Prefix: "shop:"}))
	app.Post("/visits", func(req soay.Request) soay.Response {
		if err := sessions.Modify(req.Session, "visits", func(n int) int { return n + 1 }); err != nil {
			return response.Error(err)
		}
		return response.NoContent()
	})
	if err := app.Run("127.0.0.1:8000"); err != nil {
		log.Print(err)
	}
}

// One constructor makes clients for a server, for Sentinel and for Cluster.
func ExampleNew_cluster() {
	client := redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs:                 []string{"10.0.0.1:6379", "10.0.0.2:6379", "10.0.0.3:6379"},
		ContextTimeoutEnabled: true,
	})
	app := soay.New()
	app.UseSessionStore(redisstore.New(client))
}
