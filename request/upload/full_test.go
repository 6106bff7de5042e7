//go:build unix

package upload_test

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/soay-go/soay/request/upload"
)

func TestIsFull(t *testing.T) {
	for err, want := range map[error]bool{
		nil: false, errors.New("full"): false, syscall.EIO: false, syscall.ENOSPC: true, syscall.EDQUOT: true,
		fmt.Errorf("copy: %w", &os.PathError{Op: "write", Path: "a", Err: syscall.ENOSPC}): true,
	} {
		if got := upload.IsFull(err); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}
