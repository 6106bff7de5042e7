package main

import (
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/router/openapi"
)

// Comments has the handlers about the comments on an article.
type Comments struct {
	Store Store `inject:""`
}

// Routes implements soay.Controller.
func (c *Comments) Routes(g soay.Group) {
	soay.Get(g, "/", c.list).Auth(optional).Doc(openapi.Doc{Summary: "Lists comments", Errors: []int{401, 404}})
	soay.Post(g, "/", c.create).Auth().Doc(openapi.Doc{Summary: "Adds a comment", Errors: []int{401, 404}})
	soay.Delete(g, "/{id}", c.remove).Auth().
		Doc(openapi.Doc{Summary: "Removes a comment", Errors: []int{401, 403, 404}})
}

// Comment is a comment on an article.
type Comment struct {
	ID        int       `json:"id"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
	Body      string    `json:"body"`
	Author    Profile   `json:"author"`
}

// OneComment is a comment by itself.
type OneComment struct {
	Comment Comment `json:"comment"`
}

// CommentList is all comments on an article.
type CommentList struct {
	Comments []Comment `json:"comments"`
}

func (c *Comments) list(req soay.Request, in ViewArticle) (CommentList, error) {
	comments, err := c.Store.Comments(req.Context(), in.Viewer.ID, in.Slug)
	return CommentList{comments}, err
}

// NewComment is what a client says of a new comment.
type NewComment struct {
	Body string `json:"body" validate:"required,notblank,max=10000"`
}

// CreateComment is the input of create.
type CreateComment struct {
	Member
	Slug string `path:"slug"`
	Body struct {
		Comment NewComment `json:"comment" validate:"required"`
	} `body:"json"`
}

func (c *Comments) create(req soay.Request, in CreateComment) (soay.Created[OneComment], error) {
	comment, err := c.Store.AddComment(req.Context(), in.User.ID, in.Slug, in.Body.Comment.Body)
	return soay.NewCreated("", OneComment{comment}), err
}

// OwnComment is the input of remove.
type OwnComment struct {
	Member
	Slug string `path:"slug"`
	ID   int    `path:"id"`
}

func (c *Comments) remove(req soay.Request, in OwnComment) (soay.NoContent, error) {
	return soay.NoContent{}, c.Store.RemoveComment(req.Context(), in.User.ID, in.Slug, in.ID)
}
