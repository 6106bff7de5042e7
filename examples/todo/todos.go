package main

import (
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/router/openapi"
)

// TodoController has the handlers for the list of the account that is signed in.
type TodoController struct {
	Store Store `inject:""`
}

// Routes implements soay.Controller.
func (c *TodoController) Routes(g soay.Group) {
	g.Auth().Tags("Things to do")
	soay.Get(g, "/", c.list).
		Doc(openapi.Doc{Summary: "Lists things to do", Errors: []int{401}})
	soay.Post(g, "/", c.add).
		Doc(openapi.Doc{Summary: "Adds something to do", Errors: []int{401}})
	soay.Get(g, "/{id}", c.show).Name("todo").
		Doc(openapi.Doc{Summary: "Shows one", Errors: []int{401, 404}})
	soay.Patch(g, "/{id}", c.change).
		Doc(openapi.Doc{Summary: "Changes what is sent", Errors: []int{401, 404}})
	soay.Delete(g, "/{id}", c.remove).
		Doc(openapi.Doc{Summary: "Removes one", Errors: []int{401, 404}})
}

// Filter says which things to list.
type Filter struct {
	Who
	Done  soay.Optional[bool] `query:"done" doc:"only those that are done, or not"`
	Tags  []string            `query:"tag" validate:"max=5,dive,max=20" doc:"only those with all of these tags"`
	Limit int                 `query:"limit" default:"20" validate:"gte=1,lte=100"`
}

func (c *TodoController) list(req soay.Request, in Filter) ([]Todo, error) {
	return c.Store.List(in.Account.Name, func(todo Todo) bool {
		done, asked := in.Done.Get()
		return (!asked || todo.Done == done) && todo.hasAll(in.Tags)
	}, in.Limit), nil
}

// NewTodo is something to do, as a client says it.
type NewTodo struct {
	Title string     `json:"title" validate:"required,min=1,max=200" example:"feed the cats"`
	Due   *time.Time `json:"due" doc:"when it must be done; absent or null for whenever"`
	Tags  []string   `json:"tags" validate:"max=5,unique,dive,min=1,max=20"`
}

// Addition is something to do and who adds it.
type Addition struct {
	Who
	Todo NewTodo `body:"json"`
}

func (c *TodoController) add(req soay.Request, in Addition) (soay.Created[Todo], error) {
	todo := c.Store.Add(in.Account.Name, Todo{Title: in.Todo.Title, Due: in.Todo.Due, Tags: in.Todo.Tags})
	location, err := req.URLFor("todo", todo.ID)
	return soay.NewCreated(location, todo), err
}

// One is a thing that the path names, among those of the account.
type One struct {
	Who
	ID int `path:"id"`
}

func (c *TodoController) show(req soay.Request, in One) (Todo, error) {
	return c.Store.Find(in.Account.Name, in.ID)
}

// Changes are the parts of a thing that change. What is not sent stays as it is. Due can be sent as
// null, which is not the same as leaving it out.
type Changes struct {
	Title soay.Optional[string]     `json:"title" validate:"min=1,max=200"`
	Done  soay.Optional[bool]       `json:"done"`
	Due   soay.Optional[*time.Time] `json:"due"`
	Tags  soay.Optional[[]string]   `json:"tags" validate:"max=5,unique,dive,min=1,max=20"`
}

// Change is a thing and what becomes of it.
type Change struct {
	One
	Changes Changes `body:"json"`
}

func (c *TodoController) change(req soay.Request, in Change) (Todo, error) {
	return c.Store.Change(in.Account.Name, in.ID, func(todo *Todo) {
		todo.Title = in.Changes.Title.Or(todo.Title)
		todo.Done = in.Changes.Done.Or(todo.Done)
		todo.Due = in.Changes.Due.Or(todo.Due)
		todo.Tags = in.Changes.Tags.Or(todo.Tags)
	})
}

func (c *TodoController) remove(req soay.Request, in One) (soay.NoContent, error) {
	return soay.NoContent{}, c.Store.Remove(in.Account.Name, in.ID)
}
