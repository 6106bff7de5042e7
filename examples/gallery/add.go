package main

import (
	"errors"

	"github.com/soay-go/soay"
)

// NewPhoto is the form for a photo. The type of a file is what its first bytes look like, whatever the browser says: HTML
// and SVG, which run scripts, do not come through under the name of a PNG.
type NewPhoto struct {
	Title string    `form:"title" validate:"required,notblank,max=80"`
	Photo soay.File `form:"photo" validate:"required" file:"max=5MiB,types=image/png|image/jpeg|image/gif"`
}

// add saves a photo. A form that fails is shown again with the title that was typed; no browser lets a page fill in a
// file, so that must be chosen again.
func (g *gallery) add(req soay.Request, in soay.Form[NewPhoto]) (soay.Response, error) {
	if !in.Valid() {
		return newPage.Render(req, in).WithStatus(422), nil
	}
	small, err := g.shrink(req, in.Value.Photo)
	switch {
	case errors.Is(err, errTooManyPixels):
		in.AddError("photo", "The photo has too many pixels: 25 million are the most.")
	case errors.Is(err, errBroken):
		in.AddError("photo", "The photo is damaged, or something else under its name.")
	case err != nil:
		return soay.Response{}, err
	}
	if !in.Valid() {
		return newPage.Render(req, in).WithStatus(422), nil
	}
	p := newPhoto(in.Value, whoever(req))
	if err := g.store.add(p, in.Value.Photo, small); err != nil {
		return soay.Response{}, err
	}
	return done(req, "The photo is saved."), nil
}

// shrink makes the small picture before the answer, so that the page that follows shows it, and a photo that is none
// fails while somebody can choose another one. Decoding takes up to 200 MB, so others wait meanwhile; an upload that waits
// takes memory for no more than its file. Where people need not see the result, use File.Detach and AfterResponse.
func (g *gallery) shrink(req soay.Request, file soay.File) ([]byte, error) {
	select {
	case g.decoding <- struct{}{}:
		defer func() { <-g.decoding }()
	case <-req.Context().Done(): // nobody waits for the answer any more
		return nil, req.Context().Err()
	}
	r, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return thumbnail(r)
}
