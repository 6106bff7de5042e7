package main

import (
	"crypto/rand"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/files"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/sessions"
)

// The values of the session.
const (
	message sessions.Value[string] = "message" // for the next page, whose layout shows it
	visitor sessions.Value[string] = "visitor" // whose photos these are: who has a cookie with it may delete them
)

// gallery has the handlers.
type gallery struct {
	store    store
	decoding chan struct{} // has room for those who may decode an image at the same time
}

// list is a page of photos, the newest first.
type list struct {
	Photos []photo
	Older  string // the photo after which the next page begins, "" for the last page
}

// Place is where a page of the list begins.
type Place struct {
	After string `query:"after"`
}

func (g *gallery) list(req soay.Request, in Place) (soay.Response, error) {
	photos, older, err := g.store.list(in.After)
	if err != nil {
		return soay.Response{}, err
	}
	return listPage.Render(req, list{photos, older}), nil
}

// Chosen is a photo of the path. What stands there is whatever a client likes.
type Chosen struct {
	ID string `path:"id"`
}

// photoView is what the page of a photo shows.
type photoView struct {
	photo
	Mine bool
}

func (g *gallery) show(req soay.Request, in Chosen) (soay.Response, error) {
	p, err := g.store.get(in.ID)
	if err != nil {
		return soay.Response{}, err
	}
	return photoPage.Render(req, photoView{p, p.isOf(req)}), nil
}

// image is the photo as it was sent. Its type is that of the name on the disk, which add has chosen, and with every
// answer of Soay goes a nosniff: no browser looks into it for HTML.
func (g *gallery) image(_ soay.Request, in Chosen) (soay.Response, error) {
	p, err := g.store.get(in.ID)
	if err != nil {
		return soay.Response{}, err
	}
	return files.Send(g.store.folder, p.file()), nil
}

func (g *gallery) thumb(_ soay.Request, in Chosen) (soay.Response, error) {
	p, err := g.store.get(in.ID)
	if err != nil {
		return soay.Response{}, err
	}
	return files.Send(g.store.folder, p.thumb()), nil
}

// download is the photo under the name that it had.
func (g *gallery) download(_ soay.Request, in Chosen) (soay.Response, error) {
	p, err := g.store.get(in.ID)
	if err != nil {
		return soay.Response{}, err
	}
	return files.Send(g.store.folder, p.file()).AsAttachment(p.Name), nil
}

// remove deletes a photo of the visitor. It is a POST with a token: neither a link nor a form of another site deletes.
func (g *gallery) remove(req soay.Request, in Chosen) (soay.Response, error) {
	p, err := g.store.get(in.ID)
	if err != nil {
		return soay.Response{}, err
	}
	if !p.isOf(req) {
		return soay.Response{}, problem.New(403, "The photo is not yours.")
	}
	if err := g.store.remove(p); err != nil {
		return soay.Response{}, err
	}
	return done(req, "The photo is gone."), nil
}

// isOf reports whether the visitor has added the photo.
func (p photo) isOf(req soay.Request) bool {
	who, known := visitor.Get(req.Session)
	return known && who == p.Owner
}

// whoever returns the visitor, who gets a name that nobody guesses at the first photo.
func whoever(req soay.Request) string {
	who, known := visitor.Get(req.Session)
	if !known {
		who = rand.Text()
		visitor.Set(req.Session, who)
	}
	return who
}

// done leads to the list, which shows the message once.
func done(req soay.Request, text string) soay.Response {
	message.Flash(req.Session, text)
	return response.SeeOther("/")
}
