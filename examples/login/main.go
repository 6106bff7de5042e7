// Command login is a site that people sign in to: accounts with passwords, flash messages, signing
// out here and everywhere. Its sessions are in cookies, in memory, in Redis or in PostgreSQL.
//
//	go run . -store redis
//
// It serves on http://127.0.0.1:8000. The accounts are ada and grace, and the password of both is
// "correct horse battery staple". README.md tells more.
package main

import (
	"flag"
	"log"
	"time"

	"github.com/soay-go/soay"
)

func main() {
	var k storage
	addr := flag.String("addr", "127.0.0.1:8000", "the address to serve on")
	drain := flag.Duration("drain", 0, "how long to go on serving after SIGTERM, until load balancers have noticed")
	flag.StringVar(&k.store, "store", "cookie", "where sessions are kept: cookie, memory, redis or postgres")
	flag.StringVar(&k.epochs, "epochs", "", "with cookies, the file that says who has signed out everywhere; without it, memory")
	flag.StringVar(&k.redis, "redis", "127.0.0.1:6379", "the address of Redis")
	flag.StringVar(&k.postgres, "postgres", "", "the URL or DSN of PostgreSQL; what it does not say is taken from PGHOST and so on")
	flag.Parse()
	if err := run(*addr, *drain, k); err != nil {
		log.Fatal(err)
	}
}

func run(addr string, drain time.Duration, k storage) error {
	people, err := newAccounts(demo)
	if err != nil {
		return err
	}
	app, err := newApp(people, k, soay.Options{DrainDelay: drain})
	if err != nil {
		return err
	}
	return app.Run(addr)
}
