package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"
)

// limitedTime is that in which the rows of limits allow their requests.
const limitedTime = time.Hour

// manyRequests is more than a run makes, so that none is refused.
const manyRequests = 1_000_000_000

// limitRows lists the rows of rate limits but those in Redis.
func limitRows() []row {
	wanted := target{ratio: 0.70, anyAllocs: true}
	return []row{
		{name: "rate limit, memory", target: wanted, open: func(f framework) (*entry, error) { return openLimit(f.limit) }},
		{name: "rate limit without headers", target: wanted, open: func(f framework) (*entry, error) { return openLimit(f.limitSilent) }},
	}
}

// limitRows lists the rows of rate limits in Redis, none without a server.
func (s *redisServer) limitRows() []row {
	if s == nil {
		return nil
	}
	return []row{{name: "rate limit, redis", target: target{ratio: 1.00, anyAllocs: true}, open: s.openLimit}}
}

// openLimit sees first that a third request is refused where two are allowed.
func openLimit(build func(requests int) server) (*entry, error) {
	if build == nil {
		return nil, nil
	}
	request := call{method: http.MethodGet, path: plainPath}
	few, err := build(2).client([]call{request})
	if err != nil {
		return nil, err
	}
	for i, check := range []func(answer) error{text(greeting), text(greeting), status(http.StatusTooManyRequests)} {
		if err := check(few.answer(0)); err != nil {
			return nil, fmt.Errorf("request %d of 2 allowed: %w", i+1, err)
		}
	}
	return openPage(func() server { return build(manyRequests) }, request, text(greeting))
}

// limitDatabase is the database of Redis for limits. Others have sessions in theirs.
const limitDatabase = 1

// openLimit begins with an empty database for each app, and sees besides that
// there is something new in it.
func (s *redisServer) openLimit(f framework) (*entry, error) {
	if f.limitRedis == nil {
		return nil, nil
	}
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: s.socket, DB: limitDatabase})
	defer client.Close()
	ctx := context.Background()
	var failed error
	e, err := openLimit(func(requests int) server {
		failed = errors.Join(failed, client.FlushDB(ctx).Err())
		return f.limitRedis(s.socket, requests)
	})
	if err := errors.Join(err, failed); err != nil {
		return nil, err
	}
	n, err := client.DBSize(ctx).Result()
	if err == nil && n == 0 {
		err = errors.New("the limit is not in Redis")
	}
	return e, err
}
