package compress

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/soay-go/soay/request/header"
)

// Encoder compresses what is written to it. That of package compress/gzip is one.
type Encoder interface {
	io.WriteCloser
	// Flush sends on all that has been written, so that it can be decoded.
	Flush() error
	// Reset begins anew, for another writer. The encoder is as a new one then.
	Reset(io.Writer)
}

// Coder is a way to compress: gzip, or one of the packages fastgzip, zstd and brotli below this one.
type Coder struct {
	// Name is that of the coding in Accept-Encoding and Content-Encoding, such as gzip (RFC 9110 section 8.4.1).
	Name string
	// New makes an encoder, to be Reset before its first use. It may be called by several goroutines at once. Encoders are
	// used again.
	New func() Encoder
	// Err is the mistake in the options of the coder, which the start of the app reports. nil means that there is none.
	Err error
}

const defaultGzipLevel = 5

// Gzip compresses with the standard library's gzip, which all clients know. Levels are from 1, the fastest, to 9, for the
// fewest bytes; 0 means 5. Another level is an error at the start.
func Gzip(level int) Coder {
	if level == 0 {
		level = defaultGzipLevel
	}
	if level < gzip.BestSpeed || level > gzip.BestCompression {
		return Coder{Name: "gzip", Err: fmt.Errorf("gzip of level %d; levels are from 1 to 9", level)}
	}
	return Coder{Name: "gzip", New: func() Encoder {
		z, err := gzip.NewWriterLevel(io.Discard, level)
		if err != nil { // not for these levels
			panic(err)
		}
		return z
	}}
}

// Check returns the mistakes in a list of coders: names that are no codings, two of one name, none that makes an encoder.
// It is for the framework.
func Check(coders []Coder) error {
	var errs []error
	for i, c := range coders {
		same := func(other Coder) bool { return strings.EqualFold(c.Name, other.Name) }
		switch {
		case c.Err != nil:
			errs = append(errs, c.Err)
		case !header.IsToken(c.Name) || c.Name == "*" || strings.EqualFold(c.Name, "identity"):
			errs = append(errs, fmt.Errorf("a coder has the name %q, which is not that of a coding", c.Name))
		case slices.ContainsFunc(coders[:i], same):
			errs = append(errs, fmt.Errorf("two coders have the name %q", c.Name))
		case c.New == nil:
			errs = append(errs, fmt.Errorf("the coder %q has no New", c.Name))
		}
	}
	return errors.Join(errs...)
}
