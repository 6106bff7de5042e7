package main

import (
	"encoding/json"
	"net/http"
	"testing"
)

// TestWrongBinding sees that the checks of the rows that bind refuse a
// framework that lets anything pass and one that binds something else.
func TestWrongBinding(t *testing.T) {
	lenient := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		boundUser, boundSearch, boundID = user{}, search{Page: 3, Limit: 50, Active: true}, 4711
		json.NewDecoder(r.Body).Decode(&boundUser)
		plainHandler(w, r)
	})
	refuse := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "name", http.StatusBadRequest)
	})
	app := func(h http.Handler) framework {
		build := func() server { return httpServer{h} }
		return framework{bind: build, query: build, id: build}
	}
	rows := map[string]func(framework) (*entry, error){
		"bind": openBind, "faults": openFaults, "query": openQuery, "id": openID,
	}
	for name, open := range rows {
		if _, err := open(app(lenient)); err == nil {
			t.Errorf("%s: that anything passes was not noticed", name)
		}
		if name == "faults" {
			continue
		}
		if _, err := open(app(refuse)); err == nil {
			t.Errorf("%s: that nothing passes was not noticed", name)
		}
	}
	e, err := openFaults(app(refuse))
	if err != nil {
		t.Fatal(err)
	}
	if want := "reports 1 of 3"; e.note != want {
		t.Errorf("an answer that names one field has the note %q, want %q", e.note, want)
	}
}

// TestBound sees that a value which the handler did not report is noticed, also
// if it is the one of the request before.
func TestBound(t *testing.T) {
	right := answer{status: http.StatusOK, header: http.Header{"Content-Type": {"text/plain"}}, body: greeting}
	reported := 4711
	if err := bound(right, &reported, 4711); err != nil {
		t.Error(err)
	}
	if err := bound(right, &reported, 4711); err == nil {
		t.Error("the value of the request before was taken for a new one")
	}
}
