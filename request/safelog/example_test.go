package safelog_test

import (
	"log/slog"

	"github.com/soay-go/soay/request/safelog"
)

// A handler that panics ends nothing.
func ExampleWrap() {
	l := safelog.Wrap(slog.New(broken{slog.DiscardHandler, "Enabled", "no connection to the log server"}))
	l.Info("the program goes on")
	// Output:
}
