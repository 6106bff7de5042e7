package main

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/soay-go/soay/middleware/auth/apikey"
	"github.com/soay-go/soay/sessions"
)

// printed returns what the command prints.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	var out strings.Builder
	if err := run(args, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestKeysAreNewAndGoodEnough(t *testing.T) {
	first, second := printed(t), printed(t)
	if first == second {
		t.Errorf("two runs printed the same key")
	}
	key, isLine := strings.CutSuffix(first, "\n")
	if !isLine {
		t.Errorf("printed %q, want a line", first)
	}
	if err := sessions.CheckKey("the key", key); err != nil {
		t.Errorf("the key %v", err)
	}
}

func TestAPIKeysAreNewAndHaveTheirDigests(t *testing.T) {
	lines := regexp.MustCompile(`^key:    (cats_\w+)\ndigest: ([0-9a-f]{64})\n$`)
	first, second := lines.FindStringSubmatch(printed(t, "-api", "cats")), lines.FindStringSubmatch(printed(t, "-api=cats"))
	if first == nil || second == nil || first[1] == second[1] {
		t.Fatalf("printed %q and %q, want two new keys", first, second)
	}
	if want := apikey.Digest(first[1]); first[2] != want {
		t.Errorf("the digest of %s is %s, want %s", first[1], first[2], want)
	}
}

// A variable that is not set makes no key of another kind.
func TestEmptyPrefix(t *testing.T) {
	if got := printed(t, "-api", ""); !strings.Contains(got, "\ndigest: ") {
		t.Errorf("printed %q, want an API key and its digest", got)
	}
}

func TestUnknownFlags(t *testing.T) {
	var out, errors strings.Builder
	if err := run([]string{"-key"}, &out, &errors); err == nil || out.String() != "" || !strings.Contains(errors.String(), "-api prefix") {
		t.Errorf("%v with %q and %q, want an error and the usage", err, out.String(), errors.String())
	}
}
