package main

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// humaFramework is huma in its default configuration on a ServeMux, with the
// validation by JSON Schema that is its own.
func humaFramework() framework {
	return framework{
		name:   "huma",
		module: "github.com/danielgtaylor/huma/v2",
		form:   humaForm,
		bind: func() server {
			m, api := newHuma()
			huma.Post(api, usersPath, func(_ context.Context, in *humaUserInput) (*humaText, error) {
				tell(&boundUser, user(in.Body))
				return humaGreeting(), nil
			})
			return httpServer{m}
		},
		query: func() server {
			m, api := newHuma()
			huma.Get(api, searchPath, func(_ context.Context, in *humaSearch) (*humaText, error) {
				tell(&boundSearch, search(*in))
				return humaGreeting(), nil
			})
			return httpServer{m}
		},
		id: func() server {
			m, api := newHuma()
			huma.Get(api, usersPath+"/{id}", func(_ context.Context, in *humaID) (*humaText, error) {
				tell(&boundID, in.ID)
				return humaGreeting(), nil
			})
			return httpServer{m}
		},
	}
}

func newHuma() (*http.ServeMux, huma.API) {
	m := http.NewServeMux()
	return m, humago.New(m, huma.DefaultConfig("Benchmarks", "1.0.0"))
}

type humaUserInput struct {
	Body humaUser
}

type humaUser struct {
	Name  string   `json:"name" maxLength:"50"`
	Email string   `json:"email" format:"email"`
	Age   int      `json:"age" minimum:"0" maximum:"130"`
	Role  string   `json:"role" enum:"admin,editor,reader"`
	Tags  []string `json:"tags" maxItems:"5"`
}

// TransformSchema limits the length of each tag, for which there is no struct
// tag.
func (humaUser) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	longest := 20
	s.Properties["tags"].Items.MaxLength = &longest
	return s
}

type humaSearch struct {
	Page   int  `query:"page"`
	Limit  int  `query:"limit"`
	Active bool `query:"active"`
}

type humaID struct {
	ID int `path:"id"`
}

// humaText is an answer that is not JSON.
type humaText struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func humaGreeting() *humaText {
	return &humaText{ContentType: "text/plain; charset=utf-8", Body: []byte(greeting)}
}
