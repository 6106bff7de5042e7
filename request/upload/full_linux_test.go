package upload

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/soay-go/soay/response/problem"
)

// A disk without room is 507, whether the bytes come to the file at once or were in memory before.
func TestFullDisk(t *testing.T) {
	for name, memory := range map[string]int64{"at once": 0, "after memory": 8} {
		t.Run(name, func(t *testing.T) {
			full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			s := NewStore(Limits{Memory: memory, TempDir: "uploads"}, func(error) {})
			s.file = full
			c := &content{at: -1, store: s}
			if memory > 0 {
				if err := s.append(c, make([]byte, memory)); err != nil {
					t.Fatal(err)
				}
			}
			err = s.append(c, bytes.Repeat([]byte("a"), 9))
			var p *problem.Problem
			if !errors.As(err, &p) || p.Status != 507 || !errors.Is(err, syscall.ENOSPC) || !IsFull(err) {
				t.Errorf("the error is %v, want 507 because of ENOSPC", err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestIsFull(t *testing.T) {
	for err, want := range map[error]bool{
		nil: false, errors.New("full"): false, syscall.EIO: false, syscall.ENOSPC: true, syscall.EDQUOT: true,
		fmt.Errorf("copy: %w", &os.PathError{Op: "write", Path: "a", Err: syscall.ENOSPC}): true,
	} {
		if got := IsFull(err); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}
