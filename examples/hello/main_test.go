package main

import (
	"net/http"
	"testing"

	"github.com/soay-go/soay/request/requesttest"
)

func TestHello(t *testing.T) {
	tests := []struct {
		name       string
		path       string
		wantStatus int
		wantBody   string
	}{
		{"the page", "/", http.StatusOK, "Hello, World!"},
		{"a name", "/hello/Ada", http.StatusOK, "Hello, Ada!"},
		{"a name that was encoded", "/hello/Ada%20Lovelace", http.StatusOK, "Hello, Ada Lovelace!"},
		{"no name", "/hello/", http.StatusNotFound, "404 Not Found\n"},
	}
	c := requesttest.New(t, newApp())
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := c.Get(test.path)
			if got.Status != test.wantStatus || got.Text() != test.wantBody {
				t.Errorf("GET %s = %d %q, want %d %q", test.path, got.Status, got.Text(), test.wantStatus, test.wantBody)
			}
		})
	}
}
