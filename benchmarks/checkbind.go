package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strings"
)

// user is what the rows with a body bind. Each framework binds a struct of its
// own with the same fields and its own tags, which converts to this one.
type user struct {
	Name  string   `json:"name"`
	Email string   `json:"email"`
	Age   int      `json:"age"`
	Role  string   `json:"role"`
	Tags  []string `json:"tags"`
}

// search is what the row with a query binds.
type search struct {
	Page   int
	Limit  int
	Active bool
}

// What the handlers have last bound. They report it here instead of in the
// answer, so that no row times its encoding and the values are still checked.
var (
	boundUser   user
	boundSearch search
	boundID     int
)

// ada is the user that is timed.
var ada = user{
	Name:  "Ada Lovelace",
	Email: "ada@example.com",
	Age:   36,
	Role:  "editor",
	Tags:  []string{"mathematics", "engines"},
}

// postWithout gives the request with ada, who has sent all but the field.
func postWithout(field string) call {
	members := map[string]any{
		"name": ada.Name, "email": ada.Email, "age": ada.Age, "role": ada.Role, "tags": ada.Tags,
	}
	delete(members, field)
	return post(members)
}

// post gives the request with the content as its body.
func post(content any) call {
	encoded, err := json.Marshal(content)
	if err != nil {
		panic(err) // there is nothing like that above
	}
	return call{method: http.MethodPost, path: usersPath, body: string(encoded)}
}

// openBind sees that each rule is kept, on both sides of its limit, and then
// prepares the request that is timed.
func openBind(f framework) (*entry, error) {
	if f.bind == nil {
		return nil, nil
	}
	s := f.bind()
	for _, u := range limitUsers() {
		if _, err := openCalls(s, []call{post(u)}, bindsUser(u)); err != nil {
			return nil, fmt.Errorf("%+v: %w", u, err)
		}
	}
	for _, broken := range brokenUsers() {
		if _, err := openCalls(s, []call{broken}, refuses); err != nil {
			return nil, fmt.Errorf("%s: %w", broken.body, err)
		}
	}
	return openCalls(s, []call{post(ada)}, bindsUser(ada))
}

// limitUsers lists users that the rules just let pass.
func limitUsers() []user {
	return []user{
		adaBut(func(u *user) { u.Name = strings.Repeat("n", 50) }),
		adaBut(func(u *user) { u.Age = 0 }),
		adaBut(func(u *user) { u.Age = 130 }),
		adaBut(func(u *user) { u.Role = "reader" }),
		adaBut(func(u *user) { u.Tags = []string{"a", "b", "c", "d", strings.Repeat("t", 20)} }),
	}
}

// brokenUsers gives requests with users that each break one rule.
func brokenUsers() []call {
	return []call{
		postWithout("name"),
		postWithout("email"),
		post(adaBut(func(u *user) { u.Name = strings.Repeat("n", 51) })),
		post(adaBut(func(u *user) { u.Email = "ada.example.com" })),
		post(adaBut(func(u *user) { u.Age = -1 })),
		post(adaBut(func(u *user) { u.Age = 131 })),
		post(adaBut(func(u *user) { u.Role = "visitor" })),
		post(adaBut(func(u *user) { u.Tags = []string{"a", "b", "c", "d", "e", "f"} })),
		post(adaBut(func(u *user) { u.Tags = []string{"a", strings.Repeat("t", 21)} })),
	}
}

func adaBut(change func(*user)) user {
	u := ada
	change(&u)
	return u
}

// openFaults prepares a body with three broken fields, and notes how many of
// them the answer names if it is not all.
func openFaults(f framework) (*entry, error) {
	if f.bind == nil {
		return nil, nil
	}
	broken := adaBut(func(u *user) {
		u.Name = strings.Repeat("n", 60)
		u.Email = "nowhere"
		u.Age = 200
	})
	e, err := openCalls(f.bind(), []call{post(broken)}, refuses)
	if err != nil {
		return nil, err
	}
	if n := faultsNamed(e.client.answer(0).body); n < 3 {
		e.note = fmt.Sprintf("reports %d of 3", n)
	}
	return e, nil
}

// brokenField finds the names of the fields that openFaults has broken.
var brokenField = regexp.MustCompile(`(?i)\b(name|email|age)\b`)

// faultsNamed counts the broken fields that the text names.
func faultsNamed(text string) int {
	named := map[string]bool{}
	for _, name := range brokenField.FindAllString(text, -1) {
		named[strings.ToLower(name)] = true
	}
	return len(named)
}

// openQuery sees that a value of another type is refused, and prepares the
// request that is timed.
func openQuery(f framework) (*entry, error) {
	if f.query == nil {
		return nil, nil
	}
	s := f.query()
	for _, query := range []string{"page=x&limit=50&active=true", "page=3&limit=5.5&active=true", "page=3&limit=50&active=maybe"} {
		if _, err := openCalls(s, []call{{method: http.MethodGet, path: searchPath + "?" + query}}, refuses); err != nil {
			return nil, err
		}
	}
	request := call{method: http.MethodGet, path: searchPath + "?page=3&limit=50&active=true"}
	return openCalls(s, []call{request}, func(_ int, a answer) error {
		return bound(a, &boundSearch, search{Page: 3, Limit: 50, Active: true})
	})
}

// openID sees that a path without an integer is refused, and prepares the
// request that is timed.
func openID(f framework) (*entry, error) {
	if f.id == nil {
		return nil, nil
	}
	s := f.id()
	if _, err := openCalls(s, []call{{method: http.MethodGet, path: usersPath + "/x"}}, refuses); err != nil {
		return nil, err
	}
	request := call{method: http.MethodGet, path: usersPath + "/4711"}
	return openCalls(s, []call{request}, func(_ int, a answer) error { return bound(a, &boundID, 4711) })
}

// bindsUser checks for greeting and for the user that the handler has seen.
func bindsUser(want user) func(int, answer) error {
	return func(_ int, a answer) error { return bound(a, &boundUser, want) }
}

// bound checks for greeting and what the handler has reported, which it clears
// for the next check.
func bound[T any](a answer, reported *T, want T) error {
	got := *reported
	*reported = *new(T)
	if err := text(greeting)(a); err != nil {
		return err
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("the handler has %+v, want %+v", got, want)
	}
	return nil
}

// refuses checks for a status that blames the client.
func refuses(_ int, a answer) error {
	if a.err != nil {
		return a.err
	}
	if a.status < 400 || a.status > 499 {
		return fmt.Errorf("status is %d, want 400 to 499", a.status)
	}
	return nil
}
