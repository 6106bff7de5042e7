package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/requesttest"
)

// brokenStore fails when it is asked for tags.
type brokenStore struct{ Store }

func (brokenStore) Tags(context.Context) ([]string, error) {
	return nil, errors.New("SECRET of the database")
}

// Every error is answered in the same form, those of the framework too, whatever form the client would like.
func TestAllErrorsHaveOneForm(t *testing.T) {
	store := brokenStore{NewMemory(newClock())}
	ada := guest{t, requesttest.New(t, newTestApp(store, newTokens(t)))}.register("ada")
	body := func(text string) io.Reader { return strings.NewReader(text) }
	tests := []struct {
		description, method, path, contentType string
		body                                   io.Reader
		wantStatus                             int
		want                                   map[string][]string
	}{
		{"no such path", "GET", "/nowhere", "", nil, 404, one("request", "Not Found")},
		{"no such method", "PATCH", "/user", "", nil, 405, one("request", "Method Not Allowed")},
		{"another content type", "PUT", "/user", "text/plain", body("x"), 415,
			one("request", "The content type must be application/json.")},
		{"a body that is too large", "PUT", "/user", "application/json", body(strings.Repeat(" ", 1<<20+1)), 413,
			one("request", "The body may have at most 1048576 bytes.")},
		{"no body", "PUT", "/user", "application/json", nil, 400, one("request", "can't be blank")},
		{"a body that is a list", "PUT", "/user", "application/json", body("[]"), 400, one("request", "body must be an object")},
		{"a user that is a text", "PUT", "/user", "application/json", body(`{"user": "ada"}`), 400,
			one("user", "must be an object")},
		{"a failure of the program", "GET", "/tags", "", nil, 500, one("request", "Internal Server Error")},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			header := http.Header{"Accept": {"text/html"}}
			if tt.contentType != "" {
				header.Set("Content-Type", tt.contentType)
			}
			resp := ada.client.Do(tt.method, "/api"+tt.path, with{Body: tt.body, Header: header})
			if diff := cmp.Diff(tt.want, answer[Errors](t, resp, tt.wantStatus).Errors); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			if got := resp.Header.Get("Content-Type"); got != "application/json" {
				t.Errorf("the content type is %q", got)
			}
		})
	}
}

// The description has every endpoint of the specification, and the app's own form of errors.
func TestDescription(t *testing.T) {
	type content map[string]struct {
		Schema struct {
			Ref string `json:"$ref"`
		}
	}
	var document struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct{ Content content }
		}
	}
	newGuest(t).client.Get("/openapi.json").JSON(&document)
	var got []string
	for path, operations := range document.Paths {
		for method, operation := range operations {
			got = append(got, strings.ToUpper(method)+" "+path)
			for status, response := range operation.Responses {
				schema := response.Content["application/json"].Schema.Ref
				if status >= "400" && (schema != "#/components/schemas/Errors" || len(response.Content) != 1) {
					t.Errorf("%s %s: the error %s is described as %v", method, path, status, response.Content)
				}
			}
		}
	}
	slices.Sort(got)
	want := []string{
		"DELETE /api/articles/{slug}",
		"DELETE /api/articles/{slug}/comments/{id}",
		"DELETE /api/articles/{slug}/favorite",
		"DELETE /api/profiles/{username}/follow",
		"GET /api/articles",
		"GET /api/articles/feed",
		"GET /api/articles/{slug}",
		"GET /api/articles/{slug}/comments",
		"GET /api/profiles/{username}",
		"GET /api/tags",
		"GET /api/user",
		"POST /api/articles",
		"POST /api/articles/{slug}/comments",
		"POST /api/articles/{slug}/favorite",
		"POST /api/profiles/{username}/follow",
		"POST /api/users",
		"POST /api/users/login",
		"PUT /api/articles/{slug}",
		"PUT /api/user",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

func TestManyAtOnce(t *testing.T) {
	const n = 30
	g := newGuest(t)
	ada := g.register("ada")
	ada.write("One")
	var users []guest
	for i := range n {
		users = append(users, g.register(fmt.Sprint("user", i)))
	}
	var eves atomic.Int32
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			user := users[i]
			_, err1 := user.try("POST", "/articles/one/favorite", nil)
			_, err2 := user.try("POST", "/articles/one/comments", object{"comment": object{"body": "Nice."}})
			_, err3 := user.try("POST", "/articles", object{"article": object{"title": "Two", "description": "b", "body": "c"}})
			eve, err4 := user.try("PUT", "/user", object{"user": object{"username": "eve"}})
			if err := errors.Join(err1, err2, err3, err4); err != nil {
				t.Error(err)
			} else if eve.Status == http.StatusOK {
				eves.Add(1)
			}
		})
	}
	wg.Wait()
	if got := eves.Load(); got != 1 {
		t.Errorf("%d users have the name eve, want 1", got)
	}
	if got := answer[OneArticle](t, ada.do("GET", "/articles/one", nil), 200).Article.FavoritesCount; got != n {
		t.Errorf("%d favorites, want %d", got, n)
	}
	ids := map[int]bool{}
	for _, comment := range answer[CommentList](t, ada.do("GET", "/articles/one/comments", nil), 200).Comments {
		ids[comment.ID] = true
	}
	slugs := map[string]bool{}
	for _, article := range answer[ArticleList](t, ada.do("GET", "/articles?limit=100", nil), 200).Articles {
		slugs[article.Slug] = true
	}
	if len(ids) != n || len(slugs) != n+1 {
		t.Errorf("%d ids of comments and %d slugs, want %d and %d", len(ids), len(slugs), n, n+1)
	}
}
