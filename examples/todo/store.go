package main

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Todo is something to do.
type Todo struct {
	ID    int        `json:"id"`
	Title string     `json:"title"`
	Done  bool       `json:"done"`
	Due   *time.Time `json:"due,omitempty"`
	Tags  []string   `json:"tags,omitempty"`
	Added time.Time  `json:"added"`
}

func (t Todo) hasAll(tags []string) bool {
	for _, tag := range tags {
		if !slices.Contains(t.Tags, tag) {
			return false
		}
	}
	return true
}

// Store keeps what accounts have to do. It is safe for concurrent use.
type Store interface {
	// List returns what an account has to do and keep approves, in the order in which it was added
	// and at most limit.
	List(account string, keep func(Todo) bool, limit int) []Todo
	// Add keeps something new and returns it with its id and the time.
	Add(account string, todo Todo) Todo
	// Find returns one thing. The error is a *NotFoundError.
	Find(account string, id int) (Todo, error)
	// Change changes one thing by f and returns it. The error is a *NotFoundError.
	Change(account string, id int, f func(*Todo)) (Todo, error)
	// Remove removes one thing. The error is a *NotFoundError.
	Remove(account string, id int) error
}

// NotFoundError says that an account has no such thing to do, whether or not another one has.
type NotFoundError struct{ ID int }

// Error implements error.
func (e *NotFoundError) Error() string {
	return fmt.Sprintf("there is nothing to do with the id %d", e.ID)
}

// Memory is a Store that forgets everything when the program ends.
type Memory struct {
	now Clock

	mu     sync.Mutex
	todos  map[string]map[int]Todo // by account and id
	lastID int
}

// NewMemory returns an empty store.
func NewMemory(now Clock) *Memory { return &Memory{now: now, todos: map[string]map[int]Todo{}} }

// List implements Store.
func (m *Memory) List(account string, keep func(Todo) bool, limit int) []Todo {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Todo
	for _, id := range slices.Sorted(maps.Keys(m.todos[account])) {
		if todo := m.todos[account][id]; len(list) < limit && keep(todo) {
			list = append(list, todo)
		}
	}
	return list
}

// Add implements Store.
func (m *Memory) Add(account string, todo Todo) Todo {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lastID++
	todo.ID, todo.Added = m.lastID, m.now().UTC()
	if m.todos[account] == nil {
		m.todos[account] = map[int]Todo{}
	}
	m.todos[account][todo.ID] = todo
	return todo
}

// Find implements Store.
func (m *Memory) Find(account string, id int) (Todo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	todo, ok := m.todos[account][id]
	if !ok {
		return Todo{}, &NotFoundError{id}
	}
	return todo, nil
}

// Change implements Store.
func (m *Memory) Change(account string, id int, f func(*Todo)) (Todo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	todo, ok := m.todos[account][id]
	if !ok {
		return Todo{}, &NotFoundError{id}
	}
	f(&todo)
	m.todos[account][id] = todo
	return todo, nil
}

// Remove implements Store.
func (m *Memory) Remove(account string, id int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.todos[account][id]; !ok {
		return &NotFoundError{id}
	}
	delete(m.todos[account], id)
	return nil
}
