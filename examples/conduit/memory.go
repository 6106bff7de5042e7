package main

import (
	"context"
	"strings"
	"sync"
	"time"
)

// Memory is a Store that forgets everything when the program ends. It has no indexes: it looks through all users
// and articles for what is asked. Its methods in small letters are called with the mutex held.
type Memory struct {
	now func() time.Time

	mu          sync.Mutex // guards all fields below
	users       []User     // the id of a user is its place in the list, from 1 on
	follows     map[follow]bool
	articles    []*article // the oldest first
	lastComment int
}

// follow says that a user follows another one.
type follow struct{ follower, followed UserID }

// NewMemory returns an empty store.
func NewMemory(now func() time.Time) *Memory { return &Memory{now: now, follows: map[follow]bool{}} }

// AddUser implements Store.
func (m *Memory) AddUser(_ context.Context, user User) (User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	user.ID = UserID(len(m.users) + 1)
	if err := m.checkUser(user); err != nil {
		return User{}, err
	}
	m.users = append(m.users, user)
	return user, nil
}

// checkUser makes sure that nobody else has the name and the address of a user. Case makes no difference, so that
// nobody can be taken for somebody else.
func (m *Memory) checkUser(user User) error {
	for _, other := range m.users {
		switch {
		case other.ID == user.ID:
		case strings.EqualFold(other.Username, user.Username):
			return &TakenError{"username"}
		case strings.EqualFold(other.Email, user.Email):
			return &TakenError{"email"}
		}
	}
	return nil
}

// User implements Store.
func (m *Memory) User(_ context.Context, id UserID) (User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	user, err := m.user(id)
	if err != nil {
		return User{}, err
	}
	return *user, nil
}

func (m *Memory) user(id UserID) (*User, error) {
	if id < 1 || int(id) > len(m.users) {
		return nil, &NotFoundError{"user"}
	}
	return &m.users[id-1], nil
}

// UserByEmail implements Store.
func (m *Memory) UserByEmail(_ context.Context, email string) (User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, user := range m.users {
		if strings.EqualFold(user.Email, email) {
			return user, nil
		}
	}
	return User{}, nil
}

// ChangeUser implements Store.
func (m *Memory) ChangeUser(_ context.Context, id UserID, change func(*User)) (User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	user, err := m.user(id)
	if err != nil {
		return User{}, err
	}
	changed := *user
	change(&changed)
	if err := m.checkUser(changed); err != nil {
		return User{}, err
	}
	*user = changed
	return changed, nil
}

// Profile implements Store.
func (m *Memory) Profile(_ context.Context, viewer UserID, username string) (Profile, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	user, err := m.userCalled(username)
	if err != nil {
		return Profile{}, err
	}
	return m.profile(viewer, user.ID), nil
}

// Follow implements Store.
func (m *Memory) Follow(_ context.Context, viewer UserID, username string, wanted bool) (Profile, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	user, err := m.userCalled(username)
	if err != nil {
		return Profile{}, err
	}
	if wanted {
		m.follows[follow{viewer, user.ID}] = true
	} else {
		delete(m.follows, follow{viewer, user.ID})
	}
	return m.profile(viewer, user.ID), nil
}

func (m *Memory) userCalled(username string) (User, error) {
	for _, user := range m.users {
		if user.Username == username {
			return user, nil
		}
	}
	return User{}, &NotFoundError{"profile"}
}

// profile returns what a viewer sees of a user.
func (m *Memory) profile(viewer, id UserID) Profile {
	user := m.users[id-1]
	return Profile{user.Username, user.Bio, user.Image, m.follows[follow{viewer, id}]}
}
