package main

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

type echoUser struct {
	Name  string   `json:"name" validate:"required,max=50"`
	Email string   `json:"email" validate:"required,email"`
	Age   int      `json:"age" validate:"gte=0,lte=130"`
	Role  string   `json:"role" validate:"oneof=admin editor reader"`
	Tags  []string `json:"tags" validate:"max=5,dive,max=20"`
}

func echoBind() server {
	e := echo.New()
	e.Validator = newValidator()
	e.POST(usersPath, func(c echo.Context) error {
		var in echoUser
		if err := c.Bind(&in); err != nil {
			return err
		}
		if err := c.Validate(&in); err != nil {
			return echo.NewHTTPError(http.StatusBadRequest, err.Error())
		}
		tell(&boundUser, user(in))
		return c.String(http.StatusOK, greeting)
	})
	return httpServer{e}
}

// echoQuery takes the values with echo's typed binder, which is faster than a
// struct with tags.
func echoQuery() server {
	return echoApp(searchPath, func(c echo.Context) error {
		var in search
		err := echo.QueryParamsBinder(c).Int("page", &in.Page).Int("limit", &in.Limit).Bool("active", &in.Active).BindError()
		if err != nil {
			return echo.NewHTTPError(http.StatusBadRequest, err.Error())
		}
		tell(&boundSearch, in)
		return c.String(http.StatusOK, greeting)
	})
}

func echoTypedID() server {
	return echoApp(usersPath+"/:id", func(c echo.Context) error {
		id, err := echo.PathParam[int](c, "id")
		if err != nil {
			return echo.NewHTTPError(http.StatusBadRequest, err.Error())
		}
		tell(&boundID, id)
		return c.String(http.StatusOK, greeting)
	})
}
