package main

import (
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/limiter"
	"github.com/gofiber/fiber/v3/middleware/session"
	"github.com/gofiber/fiber/v3/middleware/timeout"
	"github.com/gofiber/storage/redis/v3"
)

// fiberFramework is fiber in its default configuration, called through its
// fasthttp handler. Its sessions are its own middleware with the memory store
// that is its default, or with its storage in Redis.
func fiberFramework() framework {
	return framework{
		name:        "fiber",
		module:      "github.com/gofiber/fiber/v3",
		redisModule: "github.com/gofiber/storage/redis/v3",
		plain:       func() server { return fiberApp(plainPath, fiberPlain) },
		timed: func() server {
			return fiberApp(plainPath, timeout.New(fiberPlain, timeout.Config{Timeout: time.Minute}))
		},
		param: func() server {
			return fiberApp("/user/:name", func(c fiber.Ctx) error { return c.SendString(c.Params("name")) })
		},
		five: func() server {
			app := fiber.New()
			for range 5 {
				app.Use(func(c fiber.Ctx) error { return c.Next() })
			}
			app.Get(plainPath, fiberPlain)
			return fiberServer{app}
		},
		page:   fiberPage,
		static: fiberStatic,
		packed: fiberPacked,
		json: func() server {
			return fiberApp(jsonPath, func(c fiber.Ctx) error { return c.JSON(sample) })
		},
		table: func(routes []route) server {
			app := fiber.New()
			for _, r := range routes {
				text := r.answer
				handler := func(c fiber.Ctx) error { return c.SendString(text) }
				if text == "" {
					handler = func(c fiber.Ctx) error { c.Status(fiber.StatusNoContent); return nil }
				}
				app.Add([]string{r.method}, r.colons(), handler)
			}
			return fiberServer{app}
		},
		memory: func() server { return fiberSessions(session.Config{}) },
		redis: func(socket string) server {
			return fiberSessions(session.Config{Storage: redis.New(redis.Config{Addrs: []string{socket}})})
		},
		limit: func(requests int) server {
			return fiberLimit(limiter.Config{Max: requests, Expiration: limitedTime})
		},
		limitRedis: func(socket string, requests int) server {
			return fiberLimit(limiter.Config{
				Max: requests, Expiration: limitedTime, Storage: redis.New(redis.Config{Addrs: []string{socket}, Database: limitDatabase}),
			})
		},
		gzip: fiberGzip,
		cors: fiberCORS, apiKey: fiberKey, userMemory: fiberSignedIn,
		bind:  fiberBind,
		query: fiberQuery,
		id:    fiberTypedID,
	}
}

// fiberApp is an app with one route.
func fiberApp(path string, handler fiber.Handler) server {
	app := fiber.New()
	app.Get(path, handler)
	return fiberServer{app}
}

func fiberPlain(c fiber.Ctx) error {
	return c.SendString(greeting)
}

func fiberLimit(config limiter.Config) server {
	app := fiber.New()
	app.Use(limiter.New(config))
	app.Get(plainPath, fiberPlain)
	return fiberServer{app}
}

func fiberSessions(config session.Config) server {
	app := fiber.New()
	app.Use(session.New(config))
	app.Get(writePath, func(c fiber.Ctx) error {
		s := session.FromContext(c)
		n, ok := s.Get("n").(int)
		if !ok {
			n = firstCount
		}
		tell(&counted, n+1)
		s.Set("n", n+1)
		return c.SendString(greeting)
	})
	app.Get(readPath, func(c fiber.Ctx) error {
		n, _ := session.FromContext(c).Get("n").(int)
		tell(&counted, n)
		return c.SendString(greeting)
	})
	app.Get(plainPath, fiberPlain)
	return fiberServer{app}
}
