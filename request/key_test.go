package request_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
)

func TestKey(t *testing.T) {
	number, other := request.NewKey[int]("n"), request.NewKey[int]("n")
	text := request.NewKey[string]("n")
	req := requesttest.Request("GET", "/")
	if v, ok := number.Get(req); v != 0 || ok {
		t.Errorf("%d, %v before Set", v, ok)
	}
	number.Set(req, 1)
	if v, ok := other.Get(req); v != 0 || ok {
		t.Errorf("%d, %v from another key with the same name and type", v, ok)
	}
	if v, ok := text.Get(req); v != "" || ok {
		t.Errorf("%q, %v from another key with the same name", v, ok)
	}
	text.Set(req, "x")
	number.Set(req, 2)
	copied := req.WithContext(t.Context())
	if v, ok := number.Get(copied); v != 2 || !ok {
		t.Errorf("%d, %v from a copy, want what was set last", v, ok)
	}
	text.Set(copied, "y")
	if v, ok := text.Get(req); v != "y" || !ok {
		t.Errorf("%q, %v, want what was set on a copy", v, ok)
	}
	if v, ok := number.Get(requesttest.Request("GET", "/")); v != 0 || ok {
		t.Errorf("%d, %v from another request", v, ok)
	}
	if number.String() != "n" {
		t.Errorf("name %q, want n", number)
	}
}

func TestKeyOfZeroValues(t *testing.T) {
	req := requesttest.Request("GET", "/")
	failure := request.NewKey[error]("failure")
	failure.Set(req, nil)
	if v, ok := failure.Get(req); v != nil || !ok {
		t.Errorf("%v, %v after setting a nil interface", v, ok)
	}
	failure.Set(req, errors.ErrUnsupported)
	if v, ok := failure.Get(req); v != errors.ErrUnsupported || !ok {
		t.Errorf("%v, %v after setting an error", v, ok)
	}
	pointer := request.NewKey[*int]("pointer")
	pointer.Set(req, nil)
	if v, ok := pointer.Get(req); v != nil || !ok {
		t.Errorf("%v, %v after setting a nil pointer", v, ok)
	}
}

func TestKeyFromManyGoroutines(t *testing.T) {
	req := requesttest.Request("GET", "/")
	keys := make([]request.Key[int], 20)
	var all sync.WaitGroup
	for i := range keys {
		keys[i] = request.NewKey[int]("k")
		all.Go(func() {
			keys[i].Set(req, i)
			if v, ok := keys[i].Get(req); v != i || !ok {
				t.Errorf("%d, %v; want %d", v, ok, i)
			}
		})
	}
	all.Wait()
	for i, key := range keys {
		if v, ok := key.Get(req); v != i || !ok {
			t.Errorf("%d, %v at the end; want %d", v, ok, i)
		}
	}
}
