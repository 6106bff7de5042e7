package compress_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/soay-go/soay/middleware/compress"
)

func TestPoolEncode(t *testing.T) {
	pool := compress.NewPool(compress.Gzip(0))
	text := strings.Repeat("the quick brown fox ", 500)
	var running sync.WaitGroup
	for n := range 50 {
		running.Go(func() {
			want := text[:len(text)-n]
			got, err := pool.Encode(t.Context(), want)
			if err != nil {
				t.Error(err)
				return
			}
			z, err := gzip.NewReader(bytes.NewReader(got))
			if err != nil {
				t.Error(err)
				return
			}
			if plain, err := io.ReadAll(z); err != nil || string(plain) != want {
				t.Errorf("text %d: %d bytes and %v", n, len(plain), err)
			}
		})
	}
	running.Wait()
}

func TestPoolEncodeNotSmaller(t *testing.T) {
	pool := compress.NewPool(compress.Gzip(9))
	for _, text := range []string{"", "a", "abcdefghijklmnopqrstuvwxyz0123456789"} {
		if got, err := pool.Encode(t.Context(), text); got != nil || err != nil {
			t.Errorf("%q became %d bytes, error %v", text, len(got), err)
		}
	}
}

// broken is an encoder that fails, after it has written something.
type broken struct{ w io.Writer }

var errBroken = errors.New("broken")

func (b *broken) Write(p []byte) (int, error) { _, _ = b.w.Write(p[:1]); return 0, errBroken }
func (b *broken) Close() error                { return nil }
func (b *broken) Flush() error                { return nil }
func (b *broken) Reset(w io.Writer)           { b.w = w }

func TestPoolDropsFailedEncoders(t *testing.T) {
	made := 0
	pool := compress.NewPool(compress.Coder{Name: "gzip", New: func() compress.Encoder { made++; return new(broken) }})
	for range 3 {
		got, err := pool.Encode(context.Background(), "some text")
		if got != nil || !errors.Is(err, errBroken) {
			t.Errorf("%q and %v", got, err)
		}
	}
	if made != 3 {
		t.Errorf("%d encoders were made for 3 failures", made)
	}
}

func TestCheck(t *testing.T) {
	gzip := compress.Gzip(0)
	named := func(name string) compress.Coder { return compress.Coder{Name: name, New: gzip.New} }
	for _, test := range []struct {
		name   string
		coders []compress.Coder
		want   string
	}{
		{"none", nil, ""},
		{"two", []compress.Coder{gzip, named("br")}, ""},
		{"one name in two cases", []compress.Coder{gzip, named("GZIP")}, `two coders have the name "GZIP"`},
		{"no name", []compress.Coder{named("")}, `a coder has the name "", which is not that of a coding`},
		{"all", []compress.Coder{named("*")}, `a coder has the name "*", which is not that of a coding`},
		{"identity", []compress.Coder{named("identity")}, `a coder has the name "identity", which is not that of a coding`},
		{"a list", []compress.Coder{named("gzip, br")}, `a coder has the name "gzip, br", which is not that of a coding`},
		{"no New", []compress.Coder{{Name: "br"}}, `the coder "br" has no New`},
		{"level", []compress.Coder{compress.Gzip(10)}, "gzip of level 10; levels are from 1 to 9"},
		{"negative level", []compress.Coder{compress.Gzip(-2)}, "gzip of level -2; levels are from 1 to 9"},
		{"all mistakes", []compress.Coder{named(""), compress.Gzip(11)},
			"a coder has the name \"\", which is not that of a coding\ngzip of level 11; levels are from 1 to 9"},
	} {
		got := ""
		if err := compress.Check(test.coders); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
