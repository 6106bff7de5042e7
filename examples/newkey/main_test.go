package main

import (
	"strings"
	"testing"

	"github.com/soay-go/soay/sessions"
)

func TestKeysAreNewAndGoodEnough(t *testing.T) {
	var first, second strings.Builder
	printKey(&first)
	printKey(&second)
	if first.String() == second.String() {
		t.Errorf("two runs printed the same key")
	}
	key, isLine := strings.CutSuffix(first.String(), "\n")
	if !isLine {
		t.Errorf("printed %q, want a line", first.String())
	}
	if err := sessions.CheckKey("the key", key); err != nil {
		t.Errorf("the key %v", err)
	}
}
