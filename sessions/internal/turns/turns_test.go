package turns_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/soay-go/soay/sessions/internal/turns"
)

func TestTake(t *testing.T) {
	var line turns.Turns
	var wg sync.WaitGroup
	n := 0 // which the race detector watches
	for range 100 {
		wg.Go(func() {
			leave, err := line.Take(t.Context(), "a")
			if err != nil {
				t.Error(err)
				return
			}
			defer leave()
			n++
		})
	}
	wg.Wait()
	if n != 100 {
		t.Errorf("100 turns counted to %d", n)
	}
}

// Who waits goes with the context, and holds up nobody; another name is another line.
func TestTakeWithContext(t *testing.T) {
	var line turns.Turns
	leave, err := line.Take(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := line.Take(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("Take of a turn that is taken, with a context that has ended = %v, want %v", err, context.Canceled)
	}
	other, err := line.Take(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	other()
	leave()
	if leave, err = line.Take(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	leave()
}
