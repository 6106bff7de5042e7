package main

import (
	"github.com/soay-go/soay"
	"github.com/soay-go/soay/router/openapi"
)

// Tags has the handler about tags.
type Tags struct {
	Store Store `inject:""`
}

// Routes implements soay.Controller.
func (c *Tags) Routes(g soay.Group) {
	soay.Get(g, "/", c.list).Doc(openapi.Doc{Summary: "Lists the tags of all articles"})
}

// TagList is a list of tags.
type TagList struct {
	Tags []string `json:"tags"`
}

func (c *Tags) list(req soay.Request, _ struct{}) (TagList, error) {
	tags, err := c.Store.Tags(req.Context())
	return TagList{tags}, err
}
