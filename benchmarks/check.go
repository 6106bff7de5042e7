package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
)

// entry is one framework in one row, checked and ready to be timed.
type entry struct {
	row       row
	framework string
	client    client
	calls     []call       // what the client sends
	verify    func() error // checks the answers of the client that is timed
	note      string
	result    result
}

// openPage builds an app, prepares one request for it and checks the answer.
func openPage(build func() server, request call, check func(answer) error) (*entry, error) {
	if build == nil {
		return nil, nil
	}
	return openCalls(build(), []call{request}, func(_ int, a answer) error { return check(a) })
}

// openCalls prepares requests and checks the answer to each. Every request is
// sent twice, since the second one is where a request or a response that was
// not reset would show.
func openCalls(s server, calls []call, check func(i int, a answer) error) (*entry, error) {
	c, err := s.client(calls)
	if err != nil {
		return nil, err
	}
	verify := func() error {
		for i, call := range calls {
			for range 2 {
				if err := check(i, c.answer(i)); err != nil {
					return fmt.Errorf("%s %s: %w", call.method, call.path, err)
				}
			}
		}
		return nil
	}
	if err := verify(); err != nil {
		return nil, err
	}
	return &entry{client: c, calls: calls, verify: verify}, nil
}

// openTable checks the whole GitHub table twice: with an answer of its own for
// each route, to see that each request reaches its route, and then with the
// one answer that is timed.
func openTable(f framework) (*entry, error) {
	if f.table == nil {
		return nil, nil
	}
	named := githubRoutes(func(method, pattern string) string { return method + " " + pattern })
	if _, err := openRoutes(f, named); err != nil {
		return nil, err
	}
	return openRoutes(f, okRoutes())
}

// openEmptyTable checks and prepares the GitHub table with handlers that answer 204.
func openEmptyTable(f framework) (*entry, error) {
	if f.table == nil {
		return nil, nil
	}
	return openRoutes(f, githubRoutes(func(_, _ string) string { return "" }))
}

// openRoutes prepares a request for each route.
func openRoutes(f framework, routes []route) (*entry, error) {
	var calls []call
	for _, r := range routes {
		calls = append(calls, call{method: r.method, path: r.path()})
	}
	return openCalls(f.table(routes), calls, func(i int, a answer) error {
		if routes[i].answer == "" {
			return noContent(a)
		}
		return text(routes[i].answer)(a)
	})
}

// smallTable gives the function that builds an app of two routes, on which the
// answers 404 and 405 are timed.
func smallTable(f framework) func() server {
	if f.table == nil {
		return nil
	}
	return func() server {
		return f.table([]route{
			{method: http.MethodGet, pattern: plainPath, answer: greeting},
			{method: http.MethodGet, pattern: "/user/{name}", answer: greeting},
		})
	}
}

func okRoutes() []route {
	return githubRoutes(func(_, _ string) string { return "ok" })
}

// text checks for a 200 with the text.
func text(want string) func(answer) error {
	return func(a answer) error {
		if err := content(a, "text/plain"); err != nil {
			return err
		}
		if a.body != want {
			return fmt.Errorf("answers %q, want %q", a.body, want)
		}
		return nil
	}
}

// noContent checks for a 204 without a body.
func noContent(a answer) error {
	if a.status != http.StatusNoContent || a.body != "" {
		return fmt.Errorf("answers %d %q, want 204", a.status, a.body)
	}
	return nil
}

// jsonSample checks for a 200 with JSON that is equal to sample's. Frameworks
// differ in whether a line break ends the document, so bytes are not compared.
func jsonSample(a answer) error {
	if err := content(a, "application/json"); err != nil {
		return err
	}
	encoded, err := json.Marshal(sample)
	if err != nil {
		return err
	}
	var got, want any
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		return fmt.Errorf("answers %q: %w", a.body, err)
	}
	if err := json.Unmarshal(encoded, &want); err != nil {
		return err
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("answers %q, want the same as %q", a.body, encoded)
	}
	return nil
}

// content checks for a 200 with the media type.
func content(a answer, media string) error {
	if err := status(http.StatusOK)(a); err != nil {
		return err
	}
	if got := a.header.Get("Content-Type"); !strings.HasPrefix(got, media) {
		return fmt.Errorf("Content-Type is %q, want %s", got, media)
	}
	return nil
}

// status checks for the status alone.
func status(want int) func(answer) error {
	return func(a answer) error {
		if a.err != nil {
			return a.err
		}
		if a.status != want {
			return fmt.Errorf("status is %d, want %d", a.status, want)
		}
		return nil
	}
}

// methodNotAllowed checks for a 405. An Allow that is present must be right;
// a missing one is noted in the table instead of being a failure.
func methodNotAllowed(a answer) error {
	if err := status(http.StatusMethodNotAllowed)(a); err != nil {
		return err
	}
	allow := strings.Join(a.header.Values("Allow"), ", ")
	if allow != "" && !strings.Contains(allow, otherMethodAllow) {
		return fmt.Errorf("header Allow is %q, want %s in it", allow, otherMethodAllow)
	}
	return nil
}
