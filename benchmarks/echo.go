package main

import (
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"golang.org/x/time/rate"
)

// echoFramework is echo in its default configuration, which logs no requests.
func echoFramework() framework {
	return framework{
		name:   "echo",
		module: "github.com/labstack/echo/v4",
		plain:  func() server { return echoApp(plainPath, echoPlain) },
		timed: func() server {
			e := echo.New()
			e.Use(middleware.ContextTimeout(time.Minute))
			e.GET(plainPath, echoPlain)
			return httpServer{e}
		},
		param: func() server {
			return echoApp("/user/:name", func(c echo.Context) error {
				return c.String(http.StatusOK, c.Param("name"))
			})
		},
		behind: echoBehind,
		five:   echoFive,
		page:   echoPage,
		static: echoStatic,
		json: func() server {
			return echoApp(jsonPath, func(c echo.Context) error { return c.JSON(http.StatusOK, sample) })
		},
		table: func(routes []route) server {
			e := echo.New()
			for _, r := range routes {
				text := r.answer
				handler := func(c echo.Context) error { return c.String(http.StatusOK, text) }
				if text == "" {
					handler = func(c echo.Context) error { return c.NoContent(http.StatusNoContent) }
				}
				e.Add(r.method, r.colons(), handler)
			}
			return httpServer{e}
		},
		gzip: echoGzip, gzipStandard: echoGzip,
		limitSilent: func(requests int) server {
			e := echo.New()
			e.Use(middleware.RateLimiter(middleware.NewRateLimiterMemoryStoreWithConfig(middleware.RateLimiterMemoryStoreConfig{
				Rate: rate.Limit(float64(requests) / limitedTime.Seconds()), Burst: requests,
			})))
			e.GET(plainPath, echoPlain)
			return httpServer{e}
		},
		cors: echoCORS, apiKey: echoKey, userCookie: echoSignedIn,
		bind:  echoBind,
		form:  echoForm,
		query: echoQuery,
		id:    echoTypedID,
	}
}

// echoApp is an Echo with one route.
func echoApp(path string, handler echo.HandlerFunc) server {
	e := echo.New()
	e.GET(path, handler)
	return httpServer{e}
}

func echoPlain(c echo.Context) error {
	return c.String(http.StatusOK, greeting)
}

func echoBehind() server {
	_, network, err := net.ParseCIDR(proxyNetwork)
	if err != nil {
		panic(fmt.Sprintf("echo: %v", err))
	}
	e := echo.New()
	e.IPExtractor = echo.ExtractIPFromXFFHeader(echo.TrustIPRange(network))
	e.GET(plainPath, func(c echo.Context) error { return c.String(http.StatusOK, c.RealIP()) })
	return httpServer{e}
}

func echoFive() server {
	e := echo.New()
	for range 5 {
		e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error { return next(c) }
		})
	}
	e.GET(plainPath, echoPlain)
	return httpServer{e}
}
