package upload

import (
	"cmp"
	"errors"
	"fmt"
	"os"
)

// Limits are those of a form with files. A zero field has its default.
type Limits struct {
	// MaxBytes is how many bytes the form may have as a whole. The default is 32 MiB for [router.Route.Uploads], and the limit
	// of the route elsewhere, which is never exceeded.
	MaxBytes int64
	// MaxFileBytes is how many bytes one file may have. The default is 10 MiB. max of the tag file takes its place.
	MaxFileBytes int64
	// MaxFieldBytes is how many bytes one value may have that is no file. The default is 64 KiB.
	MaxFieldBytes int64
	// MaxFieldsBytes is how many bytes all of these values may have together. The default is 1 MiB.
	MaxFieldsBytes int64
	// MaxParts is how many values and files there may be. The default is 100.
	MaxParts int
	// MaxFiles is how many of them may be files. The default is 20.
	MaxFiles int
	// MaxPartHeaderBytes is how many bytes the headers of one value or file may have. The default is 8 KiB.
	MaxPartHeaderBytes int
	// Memory is how many bytes of all files of one request are kept in memory, together; a file for which there is no room is
	// on the disk as a whole. The default is 256 KiB.
	Memory int64
	// TempDir is the folder of the temporary files. The default is [os.TempDir].
	TempDir string
}

// The defaults of Limits.
const (
	defaultMaxBytes           = 32 << 20
	defaultMaxFileBytes       = 10 << 20
	defaultMaxFieldBytes      = 64 << 10
	defaultMaxFieldsBytes     = 1 << 20
	defaultMaxParts           = 100
	defaultMaxFiles           = 20
	defaultMaxPartHeaderBytes = 8 << 10
	defaultMemory             = 256 << 10
)

// Check returns what is wrong with the limits, nil if nothing is.
func (l Limits) Check() error {
	var errs []error
	for _, limit := range []struct {
		name  string
		value int64
	}{
		{"MaxBytes", l.MaxBytes}, {"MaxFileBytes", l.MaxFileBytes}, {"MaxFieldBytes", l.MaxFieldBytes},
		{"MaxFieldsBytes", l.MaxFieldsBytes}, {"MaxParts", int64(l.MaxParts)}, {"MaxFiles", int64(l.MaxFiles)},
		{"MaxPartHeaderBytes", int64(l.MaxPartHeaderBytes)}, {"Memory", l.Memory},
	} {
		if limit.value < 0 {
			errs = append(errs, fmt.Errorf("%s: %d is not positive", limit.name, limit.value))
		}
	}
	return errors.Join(errs...)
}

// WithDefaults returns the limits with those of other where they have none, and the defaults where neither has one. It is
// for the framework.
func (l Limits) WithDefaults(other Limits) Limits {
	return Limits{
		MaxBytes:           cmp.Or(l.MaxBytes, other.MaxBytes, defaultMaxBytes),
		MaxFileBytes:       cmp.Or(l.MaxFileBytes, other.MaxFileBytes, defaultMaxFileBytes),
		MaxFieldBytes:      cmp.Or(l.MaxFieldBytes, other.MaxFieldBytes, defaultMaxFieldBytes),
		MaxFieldsBytes:     cmp.Or(l.MaxFieldsBytes, other.MaxFieldsBytes, defaultMaxFieldsBytes),
		MaxParts:           cmp.Or(l.MaxParts, other.MaxParts, defaultMaxParts),
		MaxFiles:           cmp.Or(l.MaxFiles, other.MaxFiles, defaultMaxFiles),
		MaxPartHeaderBytes: cmp.Or(l.MaxPartHeaderBytes, other.MaxPartHeaderBytes, defaultMaxPartHeaderBytes),
		Memory:             cmp.Or(l.Memory, other.Memory, defaultMemory),
		TempDir:            cmp.Or(l.TempDir, other.TempDir, os.TempDir()),
	}
}
