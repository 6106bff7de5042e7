package main

import "github.com/soay-go/soay"

type soayUser struct {
	Name  string   `json:"name" validate:"required,max=50"`
	Email string   `json:"email" validate:"required,email"`
	Age   int      `json:"age" validate:"gte=0,lte=130"`
	Role  string   `json:"role" validate:"oneof=admin editor reader"`
	Tags  []string `json:"tags" validate:"max=5,dive,max=20"`
}

type soaySearch struct {
	Page   int  `query:"page"`
	Limit  int  `query:"limit"`
	Active bool `query:"active"`
}

type soayID struct {
	ID int `path:"id"`
}

func soayBind() server {
	app := newSoay()
	soay.Post(app, usersPath, func(_ soay.Request, in soayUser) (string, error) {
		tell(&boundUser, user(in))
		return greeting, nil
	})
	return soayServer{app}
}

func soayQuery() server {
	app := newSoay()
	soay.Get(app, searchPath, func(_ soay.Request, in soaySearch) (string, error) {
		tell(&boundSearch, search(in))
		return greeting, nil
	})
	return soayServer{app}
}

func soayTypedID() server {
	app := newSoay()
	soay.Get(app, usersPath+"/{id}", func(_ soay.Request, in soayID) (string, error) {
		tell(&boundID, in.ID)
		return greeting, nil
	})
	return soayServer{app}
}
