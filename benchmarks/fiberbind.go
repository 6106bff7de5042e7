package main

import "github.com/gofiber/fiber/v3"

type fiberUser struct {
	Name  string   `json:"name" validate:"required,max=50"`
	Email string   `json:"email" validate:"required,email"`
	Age   int      `json:"age" validate:"gte=0,lte=130"`
	Role  string   `json:"role" validate:"oneof=admin editor reader"`
	Tags  []string `json:"tags" validate:"max=5,dive,max=20"`
}

type fiberSearch struct {
	Page   int  `query:"page"`
	Limit  int  `query:"limit"`
	Active bool `query:"active"`
}

type fiberID struct {
	ID int `uri:"id"`
}

func fiberBind() server {
	app := fiber.New(fiber.Config{StructValidator: newValidator()})
	app.Post(usersPath, func(c fiber.Ctx) error {
		var in fiberUser
		if err := c.Bind().Body(&in); err != nil {
			return fiberRefusal(err)
		}
		tell(&boundUser, user(in))
		return c.SendString(greeting)
	})
	return fiberServer{app}
}

// fiberQuery binds a struct because the typed functions for single values,
// such as fiber.Query, do not report one that is of another type.
func fiberQuery() server {
	return fiberApp(searchPath, func(c fiber.Ctx) error {
		var in fiberSearch
		if err := c.Bind().Query(&in); err != nil {
			return fiberRefusal(err)
		}
		tell(&boundSearch, search(in))
		return c.SendString(greeting)
	})
}

func fiberTypedID() server {
	return fiberApp(usersPath+"/:id", func(c fiber.Ctx) error {
		var in fiberID
		if err := c.Bind().URI(&in); err != nil {
			return fiberRefusal(err)
		}
		tell(&boundID, in.ID)
		return c.SendString(greeting)
	})
}

// fiberRefusal is needed since an error without a status is answered with 500.
func fiberRefusal(err error) error {
	return fiber.NewError(fiber.StatusBadRequest, err.Error())
}
