package main

import (
	"github.com/soay-go/soay"
	"github.com/soay-go/soay/router/openapi"
)

// Profiles has the handlers about what users see of one another.
type Profiles struct {
	Store Store `inject:""`
}

// Routes implements soay.Controller.
func (c *Profiles) Routes(g soay.Group) {
	soay.Get(g, "/", c.show).Auth(optional).Doc(openapi.Doc{Summary: "Shows a profile", Errors: []int{401, 404}})
	soay.Post(g, "/follow", c.follow).Auth().Doc(openapi.Doc{Summary: "Follows a user", Errors: []int{401, 404}})
	soay.Delete(g, "/follow", c.unfollow).Auth().
		Doc(openapi.Doc{Summary: "Follows a user no more", Errors: []int{401, 404}})
}

// Profile is what others see of a user.
type Profile struct {
	Username  string  `json:"username"`
	Bio       *string `json:"bio"`
	Image     *string `json:"image"`
	Following bool    `json:"following" doc:"whether you follow this user"`
}

// OneProfile is a profile by itself.
type OneProfile struct {
	Profile Profile `json:"profile"`
}

// ViewProfile is the input of show.
type ViewProfile struct {
	Anyone
	Username string `path:"username"`
}

func (c *Profiles) show(req soay.Request, in ViewProfile) (OneProfile, error) {
	profile, err := c.Store.Profile(req.Context(), in.Viewer.ID, in.Username)
	return OneProfile{profile}, err
}

// Follow is the input of follow and unfollow.
type Follow struct {
	Member
	Username string `path:"username"`
}

func (c *Profiles) follow(req soay.Request, in Follow) (OneProfile, error) {
	profile, err := c.Store.Follow(req.Context(), in.User.ID, in.Username, true)
	return OneProfile{profile}, err
}

func (c *Profiles) unfollow(req soay.Request, in Follow) (OneProfile, error) {
	profile, err := c.Store.Follow(req.Context(), in.User.ID, in.Username, false)
	return OneProfile{profile}, err
}
