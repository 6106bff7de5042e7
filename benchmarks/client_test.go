package main

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
)

// TestBody sees that a request's body is given anew each time, and its end as
// the server gives it.
func TestBody(t *testing.T) {
	var got []string
	s := httpServer{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := make([]byte, 3)
		for {
			n, err := r.Body.Read(p)
			got = append(got, fmt.Sprint(string(p[:n]), " ", err))
			if err != nil {
				break
			}
		}
		r.Body = http.NoBody
	})}
	c, err := s.client([]call{{method: http.MethodPost, path: usersPath, body: "abcdef"}})
	if err != nil {
		t.Fatal(err)
	}
	c.run(2)
	if want := []string{"abc <nil>", "def EOF", "abc <nil>", "def EOF"}; !slices.Equal(got, want) {
		t.Errorf("reads %q, want %q", got, want)
	}
}
