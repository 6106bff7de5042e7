package main

import (
	"log/slog"

	"github.com/go-fuego/fuego"
)

// fuegoFramework is fuego without its log of requests. It validates with
// go-playground/validator.
func fuegoFramework() framework {
	return framework{
		name:   "fuego",
		module: "github.com/go-fuego/fuego",
		bind: func() server {
			s := newFuego()
			fuego.Post(s, usersPath, func(c fuego.ContextWithBody[fuegoUser]) (string, error) {
				in, err := c.Body()
				if err != nil {
					return "", err
				}
				tell(&boundUser, user(in))
				return greeting, nil
			})
			return httpServer{s.Mux}
		},
		query: func() server {
			s := newFuego()
			fuego.Get(s, searchPath, fuegoSearch,
				fuego.OptionQueryInt("page", "Page"),
				fuego.OptionQueryInt("limit", "Lines of a page"),
				fuego.OptionQueryBool("active", "Only the active ones"),
			)
			return httpServer{s.Mux}
		},
		id: func() server {
			s := newFuego()
			fuego.Get(s, usersPath+"/{id}", func(c fuego.ContextNoBody) (string, error) {
				id, err := c.PathParamIntErr("id")
				if err != nil {
					return "", err
				}
				tell(&boundID, id)
				return greeting, nil
			})
			return httpServer{s.Mux}
		},
	}
}

// newFuego also turns the default logger of log/slog off, since fuego writes
// each refusal to it.
func newFuego() *fuego.Server {
	return fuego.NewServer(
		fuego.WithLogHandler(slog.DiscardHandler),
		fuego.WithLoggingMiddleware(fuego.LoggingConfig{DisableRequest: true, DisableResponse: true}),
	)
}

type fuegoUser struct {
	Name  string   `json:"name" validate:"required,max=50"`
	Email string   `json:"email" validate:"required,email"`
	Age   int      `json:"age" validate:"gte=0,lte=130"`
	Role  string   `json:"role" validate:"oneof=admin editor reader"`
	Tags  []string `json:"tags" validate:"max=5,dive,max=20"`
}

// fuegoSearch takes the values one by one, since fuego's own struct of
// parameters is marked as not yet defined.
func fuegoSearch(c fuego.ContextNoBody) (string, error) {
	page, err := c.QueryParamIntErr("page")
	if err != nil {
		return "", err
	}
	limit, err := c.QueryParamIntErr("limit")
	if err != nil {
		return "", err
	}
	active, err := c.QueryParamBoolErr("active")
	if err != nil {
		return "", err
	}
	tell(&boundSearch, search{Page: page, Limit: limit, Active: active})
	return greeting, nil
}
