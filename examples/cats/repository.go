package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Cat is a cat, as clients see it.
type Cat struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
	Born int    `json:"born,omitzero"` // a year
}

// NotFoundError says that there is no such cat.
type NotFoundError struct{ ID int }

// Error implements error.
func (e *NotFoundError) Error() string { return fmt.Sprintf("there is no cat %d", e.ID) }

// NameTakenError says that another cat has the name.
type NameTakenError struct{ Name string }

// Error implements error.
func (e *NameTakenError) Error() string { return fmt.Sprintf("another cat is called %q", e.Name) }

// Repository keeps cats in memory. It knows nothing of HTTP. Its zero value is empty and ready, and
// it is safe for concurrent use.
type Repository struct {
	mu     sync.Mutex
	cats   map[int]Cat
	lastID int
}

// List returns the cats whose names contain a text, in the order of their ids and at most limit.
func (r *Repository) List(text string, limit int) []Cat {
	r.mu.Lock()
	defer r.mu.Unlock()
	var cats []Cat
	for _, id := range slices.Sorted(maps.Keys(r.cats)) {
		if len(cats) < limit && strings.Contains(r.cats[id].Name, text) {
			cats = append(cats, r.cats[id])
		}
	}
	return cats
}

// Find returns a cat. The error is a *NotFoundError.
func (r *Repository) Find(id int) (Cat, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	cat, ok := r.cats[id]
	if !ok {
		return Cat{}, &NotFoundError{id}
	}
	return cat, nil
}

// Add keeps a new cat and returns it with its id. The error is a *NameTakenError.
func (r *Repository) Add(cat Cat) (Cat, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	cat.ID = r.lastID + 1
	if err := r.checkName(cat); err != nil {
		return Cat{}, err
	}
	if r.cats == nil {
		r.cats = map[int]Cat{}
	}
	r.lastID = cat.ID
	r.cats[cat.ID] = cat
	return cat, nil
}

// Replace keeps a cat in place of the one with the same id. The error is a *NotFoundError or a
// *NameTakenError.
func (r *Repository) Replace(cat Cat) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.cats[cat.ID]; !ok {
		return &NotFoundError{cat.ID}
	}
	if err := r.checkName(cat); err != nil {
		return err
	}
	r.cats[cat.ID] = cat
	return nil
}

// Remove removes a cat. The error is a *NotFoundError.
func (r *Repository) Remove(id int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.cats[id]; !ok {
		return &NotFoundError{id}
	}
	delete(r.cats, id)
	return nil
}

// checkName is called with the mutex held.
func (r *Repository) checkName(cat Cat) error {
	for id, other := range r.cats {
		if id != cat.ID && other.Name == cat.Name {
			return &NameTakenError{cat.Name}
		}
	}
	return nil
}
