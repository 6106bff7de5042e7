package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response/problem"
)

// newClient returns a client of an app with some cats.
func newClient(t *testing.T, cats ...Cat) *requesttest.Client {
	t.Helper()
	repository := &Repository{}
	for _, cat := range cats {
		if _, err := repository.Add(cat); err != nil {
			t.Fatal(err)
		}
	}
	return requesttest.New(t, newApp(repository, soay.Options{Logger: slog.New(slog.DiscardHandler)}))
}

var acceptJSON = http.Header{"Accept": {"application/json"}}

func TestLifeOfACat(t *testing.T) {
	c := newClient(t)
	minka := map[string]any{"name": "Minka", "born": 2021}

	created := c.Post("/cats", requesttest.With{JSON: minka})
	location := created.Header.Get("Location")
	if created.Status != http.StatusCreated || location != "/cats/1" {
		t.Fatalf("create = %d with Location %q, want 201 with /cats/1", created.Status, location)
	}
	want := Cat{ID: 1, Name: "Minka", Born: 2021}
	check(t, "created", created, want)
	check(t, "shown", c.Get(location), want)
	check(t, "listed", c.Get("/cats"), []Cat{want})

	want.Name = "Minka the Second"
	change := map[string]any{"id": 99, "name": "Minka the Second", "born": 2021}
	check(t, "updated", c.Put(location, requesttest.With{JSON: change}), want)
	check(t, "shown after the update", c.Get(location), want)

	if got := c.Delete(location); got.Status != http.StatusNoContent || len(got.Body) > 0 {
		t.Errorf("delete = %d %q, want 204 and nothing", got.Status, got.Text())
	}
	if got := c.Get(location); got.Status != http.StatusNotFound {
		t.Errorf("GET %s after the delete = %d, want 404", location, got.Status)
	}
	check(t, "listed after the delete", c.Get("/cats"), []Cat{})
}

// check compares the JSON of an answer.
func check[T any](t *testing.T, name string, resp *requesttest.Response, want T) {
	t.Helper()
	var got T
	resp.JSON(&got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestList(t *testing.T) {
	c := newClient(t, Cat{Name: "Minka"}, Cat{Name: "Felix"}, Cat{Name: "Minnie"})
	tests := []struct {
		name, query string
		want        []string
	}{
		{"all", "", []string{"Minka", "Felix", "Minnie"}},
		{"by a part of the name", "?q=Min", []string{"Minka", "Minnie"}},
		{"the first", "?limit=1", []string{"Minka"}},
		{"both", "?q=Min&limit=1", []string{"Minka"}},
		{"none", "?q=Tom", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			resp := c.Get("/cats" + test.query)
			var cats []Cat
			resp.JSON(&cats)
			var got []string
			for _, cat := range cats {
				got = append(got, cat.Name)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
	if got := c.Get("/cats?q=Tom").Text(); got != "[]" {
		t.Errorf("no cats are %s, want []", got)
	}
}

func TestProblems(t *testing.T) {
	type with = requesttest.With
	type object = map[string]any
	violation := func(status int, title string, violation object) object {
		return object{"status": status, "title": title, "detail": "The request has 1 fault.", "errors": []any{violation}}
	}
	unreadable := func(f object) object { return violation(400, "Bad Request", f) }
	invalid := func(f object) object { return violation(422, "Unprocessable Entity", f) }
	tests := []struct {
		name         string
		method, path string
		with         with
		want         object
	}{
		{"a cat that is not there", "GET", "/cats/7", with{},
			object{"status": 404, "title": "Not Found", "detail": "there is no cat 7"}},
		{"an id beyond all numbers", "GET", "/cats/99999999999999999999", with{},
			unreadable(object{"parameter": "id", "in": "path", "rule": "range", "detail": "id is out of range"})},
		{"an id that is no number", "GET", "/cats/minka", with{},
			unreadable(object{"parameter": "id", "in": "path", "rule": "integer", "detail": "id must be an integer"})},
		{"a limit that is too high", "GET", "/cats?limit=101", with{},
			invalid(object{"parameter": "limit", "in": "query", "rule": "lte", "param": "100", "detail": "limit must be 100 or less"})},
		{"update of a cat that is not there", "PUT", "/cats/7", with{JSON: object{"name": "Tom"}},
			object{"status": 404, "title": "Not Found", "detail": "there is no cat 7"}},
		{"delete of a cat that is not there", "DELETE", "/cats/7", with{},
			object{"status": 404, "title": "Not Found", "detail": "there is no cat 7"}},
		{"a name that is taken", "POST", "/cats", with{JSON: object{"name": "Minka"}},
			object{"status": 409, "title": "Conflict", "detail": `another cat is called "Minka"`}},
		{"another cat's name", "PUT", "/cats/2", with{JSON: object{"name": "Minka"}},
			object{"status": 409, "title": "Conflict", "detail": `another cat is called "Minka"`}},
		{"an empty name", "POST", "/cats", with{JSON: object{"name": ""}},
			invalid(object{
				"pointer": "/name", "in": "body", "rule": "min", "param": "1", "detail": "name must be at least 1 character in length",
			})},
		{"no name", "POST", "/cats", with{JSON: object{}},
			invalid(object{"pointer": "/name", "in": "body", "rule": "required", "detail": "name is a required field"})},
		{"a name that is no text", "POST", "/cats", with{JSON: object{"name": 7}},
			unreadable(object{"pointer": "/name", "in": "body", "rule": "string", "detail": "name must be a string"})},
		{"no JSON", "POST", "/cats", with{Body: strings.NewReader("name=Tom")},
			object{
				"status": 415, "title": "Unsupported Media Type",
				"detail": "The content type must be application/json.",
			}},
		{"too much", "POST", "/cats", with{JSON: object{"name": strings.Repeat("x", maxCat)}},
			object{
				"status": 413, "title": "Request Entity Too Large",
				"detail": "The body may have at most 4096 bytes.",
			}},
		{"a method that is not there", "PATCH", "/cats/1", with{},
			object{"status": 405, "title": "Method Not Allowed"}},
	}
	c := newClient(t, Cat{Name: "Minka"}, Cat{Name: "Felix"})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.with.Header = acceptJSON
			got := c.Do(test.method, test.path, test.with)
			test.want["status"] = float64(test.want["status"].(int)) // as JSON has it
			check(t, "problem", got, test.want)
			if float64(got.Status) != test.want["status"] || got.Header.Get("Content-Type") != problem.ContentType {
				t.Errorf("answered with %d %s", got.Status, got.Header.Get("Content-Type"))
			}
		})
	}
}

func TestDocumentation(t *testing.T) {
	c := newClient(t)
	var document struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	c.Get("/openapi.json").JSON(&document)
	for path, want := range map[string]int{"/cats": 2, "/cats/{id}": 3} {
		if got := len(document.Paths[path]); got != want {
			t.Errorf("%d operations of %s are described, want %d", got, path, want)
		}
	}
	for _, path := range []string{"/docs", "/redoc", "/openapi.yaml"} {
		if got := c.Get(path).Status; got != http.StatusOK {
			t.Errorf("GET %s = %d, want 200", path, got)
		}
	}
}

func TestClientErrorsAreNoFailuresOfTheServer(t *testing.T) {
	failures := requesttest.Log{Level: slog.LevelError}
	c := requesttest.New(t, newApp(&Repository{}, soay.Options{Logger: failures.Logger()}))
	c.Get("/cats/7")
	if lines := failures.Lines(); len(lines) > 0 {
		t.Errorf("a cat that is not there is logged as a failure: %q", lines)
	}
}

func TestConcurrentCreatesGetDifferentIDs(t *testing.T) {
	const n = 50
	c := newClient(t)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			resp, err := c.Try("POST", "/cats", requesttest.With{JSON: map[string]any{"name": fmt.Sprint("cat ", i)}})
			if err != nil || resp.Status != http.StatusCreated {
				t.Errorf("create %d: %v, %v", i, resp, err)
			}
		})
	}
	wg.Wait()
	var cats []Cat
	c.Get("/cats").JSON(&cats)
	for i, cat := range cats {
		if cat.ID != i+1 {
			t.Errorf("cat %d of the list has id %d", i+1, cat.ID)
		}
	}
	if len(cats) != n {
		t.Errorf("%d cats, want %d", len(cats), n)
	}
}

func TestRequestsHaveIDs(t *testing.T) {
	c := newClient(t)
	for _, path := range []string{"/cats", "/cats/7", "/nowhere"} {
		if c.Get(path).Header.Get("X-Request-Id") == "" {
			t.Errorf("GET %s: the answer has no request id", path)
		}
	}
}
