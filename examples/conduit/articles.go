package main

import (
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/router/openapi"
)

// Articles has the handlers about articles.
type Articles struct {
	Store Store `inject:""`
}

// Routes implements soay.Controller.
func (c *Articles) Routes(g soay.Group) {
	soay.Get(g, "/", c.list).Auth(optional).Doc(openapi.Doc{Summary: "Lists articles, the newest first", Errors: []int{401}})
	soay.Get(g, "/feed", c.feed).Auth().
		Doc(openapi.Doc{Summary: "Lists articles of those whom you follow", Errors: []int{401}})
	soay.Post(g, "/", c.create).Auth().Doc(openapi.Doc{Summary: "Adds an article", Errors: []int{401}})
	soay.Get(g, "/{slug}", c.show).Auth(optional).Name("article").
		Doc(openapi.Doc{Summary: "Shows an article", Errors: []int{401, 404}})
	soay.Put(g, "/{slug}", c.update).Auth().
		Doc(openapi.Doc{Summary: "Changes what is sent", Errors: []int{401, 403, 404}})
	soay.Delete(g, "/{slug}", c.remove).Auth().
		Doc(openapi.Doc{Summary: "Removes an article", Errors: []int{401, 403, 404}})
	soay.Post(g, "/{slug}/favorite", c.favorite).Auth().
		Doc(openapi.Doc{Summary: "Makes an article a favorite", Errors: []int{401, 404}})
	soay.Delete(g, "/{slug}/favorite", c.unfavorite).Auth().
		Doc(openapi.Doc{Summary: "Makes an article no favorite any more", Errors: []int{401, 404}})
}

// Summary is an article as lists have it, without its body.
type Summary struct {
	Slug           string    `json:"slug"`
	Title          string    `json:"title"`
	Description    string    `json:"description"`
	TagList        []string  `json:"tagList"`
	CreatedAt      time.Time `json:"createdAt"`
	UpdatedAt      time.Time `json:"updatedAt"`
	Favorited      bool      `json:"favorited" doc:"whether it is one of your favorites"`
	FavoritesCount int       `json:"favoritesCount"`
	Author         Profile   `json:"author"`
}

// Article is a whole article.
type Article struct {
	Summary
	Body string `json:"body" doc:"Markdown"`
}

// OneArticle is an article by itself.
type OneArticle struct {
	Article Article `json:"article"`
}

// ArticleList is a page of articles.
type ArticleList struct {
	Articles []Summary `json:"articles"`
	Count    int       `json:"articlesCount" doc:"of all pages"`
}

// Page is part of the inputs of lists.
type Page struct {
	Limit  int `query:"limit" default:"20" validate:"gte=1,lte=100"`
	Offset int `query:"offset" validate:"gte=0"`
}

// ListArticles is the input of list.
type ListArticles struct {
	Anyone
	Page
	Tag       string `query:"tag"`
	Author    string `query:"author" doc:"a username"`
	Favorited string `query:"favorited" doc:"a username: only favorites of this user"`
}

func (c *Articles) list(req soay.Request, in ListArticles) (ArticleList, error) {
	return c.Store.Articles(req.Context(), in.Viewer.ID, Query{
		Tag: in.Tag, Author: in.Author, FavoritedBy: in.Favorited, Offset: in.Offset, Limit: in.Limit,
	})
}

// Feed is the input of feed.
type Feed struct {
	Member
	Page
}

func (c *Articles) feed(req soay.Request, in Feed) (ArticleList, error) {
	return c.Store.Articles(req.Context(), in.User.ID, Query{FeedOf: in.User.ID, Offset: in.Offset, Limit: in.Limit})
}

// ViewArticle is the input of show.
type ViewArticle struct {
	Anyone
	Slug string `path:"slug"`
}

func (c *Articles) show(req soay.Request, in ViewArticle) (OneArticle, error) {
	article, err := c.Store.Article(req.Context(), in.Viewer.ID, in.Slug)
	return OneArticle{article}, err
}

// NewArticle is what a client says of a new article.
type NewArticle struct {
	Title       string   `json:"title" validate:"required,notblank,max=200" example:"How to train your dragon"`
	Description string   `json:"description" validate:"required,notblank,max=1000"`
	Body        string   `json:"body" validate:"required,notblank" doc:"Markdown"`
	TagList     []string `json:"tagList" validate:"max=20,unique,dive,notblank,max=50"`
}

// CreateArticle is the input of create.
type CreateArticle struct {
	Member
	Body struct {
		Article NewArticle `json:"article" validate:"required"`
	} `body:"json"`
}

func (c *Articles) create(req soay.Request, in CreateArticle) (soay.Created[OneArticle], error) {
	article, err := c.Store.AddArticle(req.Context(), in.User.ID, Draft(in.Body.Article))
	if err != nil {
		return soay.Created[OneArticle]{}, err
	}
	location, err := req.URLFor("article", article.Slug)
	return soay.NewCreated(location, OneArticle{article}), err
}

// OwnArticle is an article that the path names, and the user who does something with it.
type OwnArticle struct {
	Member
	Slug string `path:"slug"`
}

// ArticleChanges are the parts of an article that change. What is not sent stays as it is.
type ArticleChanges struct {
	Title       soay.Optional[string]   `json:"title" validate:"notnull,notblank,max=200"`
	Description soay.Optional[string]   `json:"description" validate:"notnull,notblank,max=1000"`
	Body        soay.Optional[string]   `json:"body" validate:"notnull,notblank" doc:"Markdown"`
	TagList     soay.Optional[[]string] `json:"tagList" validate:"notnull,max=20,unique,dive,notblank,max=50"`
}

// UpdateArticle is the input of update.
type UpdateArticle struct {
	OwnArticle
	Body struct {
		Article ArticleChanges `json:"article" validate:"required"`
	} `body:"json"`
}

func (c *Articles) update(req soay.Request, in UpdateArticle) (OneArticle, error) {
	changes := in.Body.Article
	article, err := c.Store.ChangeArticle(req.Context(), in.User.ID, in.Slug, func(draft *Draft) {
		draft.Title = changes.Title.Or(draft.Title)
		draft.Description = changes.Description.Or(draft.Description)
		draft.Body = changes.Body.Or(draft.Body)
		draft.TagList = changes.TagList.Or(draft.TagList)
	})
	return OneArticle{article}, err
}

func (c *Articles) remove(req soay.Request, in OwnArticle) (soay.NoContent, error) {
	return soay.NoContent{}, c.Store.RemoveArticle(req.Context(), in.User.ID, in.Slug)
}

func (c *Articles) favorite(req soay.Request, in OwnArticle) (OneArticle, error) {
	article, err := c.Store.Favorite(req.Context(), in.User.ID, in.Slug, true)
	return OneArticle{article}, err
}

func (c *Articles) unfavorite(req soay.Request, in OwnArticle) (OneArticle, error) {
	article, err := c.Store.Favorite(req.Context(), in.User.ID, in.Slug, false)
	return OneArticle{article}, err
}
