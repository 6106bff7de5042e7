package main

import (
	"maps"
	"slices"
	"sync"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response/problem"
)

// Cat is a cat, as clients see it.
type Cat struct {
	ID      int    `json:"id"`
	Name    string `json:"name"`
	AddedBy string `json:"addedBy" doc:"whose key has added it"`
}

// NewCat is what a client says of a cat.
type NewCat struct {
	Name string `json:"name" validate:"required,min=1,max=50" example:"Minka"`
}

// Addition is a new cat, and whoever adds it.
type Addition struct {
	Caller
	Cat NewCat `body:"json"`
}

// CatID is the cat that the path names.
type CatID struct {
	ID int `path:"id"`
}

// Cats keeps cats in memory. Its zero value is empty and ready, and it is safe for concurrent use.
type Cats struct {
	mu     sync.Mutex
	byID   map[int]Cat
	lastID int
}

// api has the handlers of cats.
type api struct{ cats *Cats }

func (a *api) list(soay.Request, struct{}) ([]Cat, error) {
	a.cats.mu.Lock()
	defer a.cats.mu.Unlock()
	list := []Cat{}
	for _, id := range slices.Sorted(maps.Keys(a.cats.byID)) {
		list = append(list, a.cats.byID[id])
	}
	return list, nil
}

func (a *api) show(_ soay.Request, in CatID) (Cat, error) {
	a.cats.mu.Lock()
	defer a.cats.mu.Unlock()
	cat, ok := a.cats.byID[in.ID]
	if !ok {
		return Cat{}, errNoCat
	}
	return cat, nil
}

func (a *api) create(req soay.Request, in Addition) (soay.Created[Cat], error) {
	a.cats.mu.Lock()
	defer a.cats.mu.Unlock()
	if a.cats.byID == nil {
		a.cats.byID = map[int]Cat{}
	}
	a.cats.lastID++
	cat := Cat{a.cats.lastID, in.Cat.Name, in.Me.Subject()}
	a.cats.byID[cat.ID] = cat
	location, err := req.URLFor("cat", cat.ID)
	return soay.NewCreated(location, cat), err
}

func (a *api) remove(_ soay.Request, in CatID) (soay.NoContent, error) {
	a.cats.mu.Lock()
	defer a.cats.mu.Unlock()
	if _, ok := a.cats.byID[in.ID]; !ok {
		return soay.NoContent{}, errNoCat
	}
	delete(a.cats.byID, in.ID)
	return soay.NoContent{}, nil
}

var errNoCat = problem.New(404, "There is no such cat.")
