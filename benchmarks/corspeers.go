package main

import (
	"net/http"

	"github.com/gofiber/fiber/v3"
	fibercors "github.com/gofiber/fiber/v3/middleware/cors"
	jub0bs "github.com/jub0bs/cors"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	rs "github.com/rs/cors"

	"github.com/soay-go/soay"
)

// What the policies of all say.
var (
	corsOrigins = []string{otherOrigin}
	corsMethods = []string{http.MethodGet, http.MethodPut}
	corsNames   = []string{"Authorization", "Content-Type"}
)

// corsSeconds is how long browsers may remember a preflight.
const corsSeconds = 600

func soayCORS() server {
	app := newSoay()
	app.UseCORS(soay.CORS{Origins: corsOrigins, RequestHeaders: corsNames, Credentials: true})
	app.Get(plainPath, soayPlain)
	app.Put(plainPath, soayPlain)
	return soayServer{app}
}

func echoCORS() server {
	e := echo.New()
	e.Use(middleware.CORSWithConfig(middleware.CORSConfig{
		AllowOrigins: corsOrigins, AllowMethods: corsMethods, AllowHeaders: corsNames, AllowCredentials: true, MaxAge: corsSeconds,
	}))
	e.GET(plainPath, echoPlain)
	e.PUT(plainPath, echoPlain)
	return httpServer{e}
}

func fiberCORS() server {
	app := fiber.New()
	app.Use(fibercors.New(fibercors.Config{
		AllowOrigins: corsOrigins, AllowMethods: corsMethods, AllowHeaders: corsNames, AllowCredentials: true, MaxAge: corsSeconds,
	}))
	app.Get(plainPath, fiberPlain)
	app.Put(plainPath, fiberPlain)
	return fiberServer{app}
}

// rsCORS is rs/cors around a ServeMux.
func rsCORS() framework {
	return framework{name: "rs/cors", module: "github.com/rs/cors", cors: func() server {
		return httpServer{rs.New(rs.Options{
			AllowedOrigins: corsOrigins, AllowedMethods: corsMethods, AllowedHeaders: corsNames, AllowCredentials: true, MaxAge: corsSeconds,
		}).Handler(corsMux())}
	}}
}

// jub0bsCORS is jub0bs/cors around a ServeMux.
func jub0bsCORS() framework {
	return framework{name: "jub0bs/cors", module: "github.com/jub0bs/cors", cors: func() server {
		m, err := jub0bs.NewMiddleware(jub0bs.Config{
			Origins: corsOrigins, Methods: corsMethods, RequestHeaders: corsNames, Credentialed: true, MaxAgeInSeconds: corsSeconds,
		})
		if err != nil {
			panic("jub0bs/cors: " + err.Error())
		}
		return httpServer{m.Wrap(corsMux())}
	}}
}

func corsMux() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET "+plainPath, plainHandler)
	m.HandleFunc("PUT "+plainPath, plainHandler)
	return m
}
