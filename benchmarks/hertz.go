package main

import (
	"context"
	"net/http"
	"slices"

	"github.com/cloudwego/hertz/pkg/app"
	hertz "github.com/cloudwego/hertz/pkg/app/server"
	"github.com/cloudwego/hertz/pkg/common/config"
	"github.com/cloudwego/hertz/pkg/protocol"
)

// hertzFramework is hertz without its middleware, called through its engine.
func hertzFramework() framework {
	return framework{
		name:   "hertz",
		module: "github.com/cloudwego/hertz",
		bind:   hertzBind,
		query: func() server {
			return hertzApp(searchPath, func(_ context.Context, c *app.RequestContext) {
				var in hertzSearch
				if err := c.BindQuery(&in); err != nil {
					hertzRefuse(c, err)
					return
				}
				tell(&boundSearch, search(in))
				c.String(http.StatusOK, greeting)
			})
		},
		id: func() server {
			return hertzApp(usersPath+"/:id", func(_ context.Context, c *app.RequestContext) {
				var in hertzID
				if err := c.BindPath(&in); err != nil {
					hertzRefuse(c, err)
					return
				}
				tell(&boundID, in.ID)
				c.String(http.StatusOK, greeting)
			})
		},
	}
}

type hertzUser struct {
	Name  string   `json:"name" validate:"required,max=50"`
	Email string   `json:"email" validate:"required,email"`
	Age   int      `json:"age" validate:"gte=0,lte=130"`
	Role  string   `json:"role" validate:"oneof=admin editor reader"`
	Tags  []string `json:"tags" validate:"max=5,dive,max=20"`
}

type hertzSearch struct {
	Page   int  `query:"page"`
	Limit  int  `query:"limit"`
	Active bool `query:"active"`
}

type hertzID struct {
	ID int `path:"id"`
}

// hertzBind validates with go-playground/validator, since hertz's own
// validation by vd tags is deprecated, slower and ends at the first fault.
// Binding and validating in two calls is faster than in one, which asks for
// each field in the query and the headers as well.
func hertzBind() server {
	v := newValidator()
	h := newHertz(hertz.WithCustomValidatorFunc(func(_ *protocol.Request, in any) error { return v.Validate(in) }))
	h.POST(usersPath, func(_ context.Context, c *app.RequestContext) {
		var in hertzUser
		if err := c.BindJSON(&in); err != nil {
			hertzRefuse(c, err)
			return
		}
		if err := c.Validate(&in); err != nil {
			hertzRefuse(c, err)
			return
		}
		tell(&boundUser, user(in))
		c.String(http.StatusOK, greeting)
	})
	return hertzServer{h}
}

// hertzOptions are those of all engines: the defaults, but in processes that
// serve.
var hertzOptions []config.Option

func newHertz(more ...config.Option) *hertz.Hertz {
	quiet := []config.Option{hertz.WithDisablePrintRoute(true)}
	return hertz.New(slices.Concat(quiet, hertzOptions, more)...)
}

// hertzApp is an engine with one route.
func hertzApp(path string, handler app.HandlerFunc) server {
	h := newHertz()
	h.GET(path, handler)
	return hertzServer{h}
}

func hertzRefuse(c *app.RequestContext, err error) {
	c.String(http.StatusBadRequest, err.Error())
}
