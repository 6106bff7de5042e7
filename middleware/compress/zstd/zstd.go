// Package zstd compresses with Zstandard (RFC 8878), which makes content smaller than gzip in less time. Browsers accept it
// over https. Clients that do not get what comes behind it in the list:
//
//	app.UseCompression(compress.Options{Coders: []compress.Coder{zstd.Coder(), compress.Gzip(0)}})
//
// It is github.com/klauspost/compress.
package zstd

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"github.com/soay-go/soay/middleware/compress"
)

// Options sets up a coder.
type Options struct {
	// Level is that of the program zstd, from 1, the fastest, to 22; the library has four that stand for them. The default
	// is 3.
	Level int
	// Window is how far back content is compared, in bytes: a power of two, from 1 KiB to the 8 MiB that all clients take
	// (RFC 9659). An encoder takes about four times as much memory. The default is 512 KiB.
	Window int
}

const (
	defaultLevel  = 3
	maxLevel      = 22
	defaultWindow = 512 << 10
	maxWindow     = 8 << 20
)

// Coder returns a coder. Options out of their limits are an error at the start.
func Coder(options ...Options) compress.Coder {
	var o Options
	if len(options) > 0 {
		o = options[0]
	}
	level, window := cmp.Or(o.Level, defaultLevel), cmp.Or(o.Window, defaultWindow)
	if err := check(len(options), level, window); err != nil {
		return compress.Coder{Name: "zstd", Err: err}
	}
	return compress.Coder{Name: "zstd", New: func() compress.Encoder {
		z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(level)), zstd.WithWindowSize(window),
			zstd.WithEncoderConcurrency(1)) // no goroutines
		if err != nil { // not for these options
			panic(err)
		}
		return z
	}}
}

func check(count, level, window int) error {
	var errs []error
	if count > 1 {
		errs = append(errs, fmt.Errorf("zstd with %d options; pass one", count))
	}
	if level < 1 || level > maxLevel {
		errs = append(errs, fmt.Errorf("zstd of level %d; levels are from 1 to %d", level, maxLevel))
	}
	if window < zstd.MinWindowSize || window > maxWindow || window&(window-1) != 0 {
		errs = append(errs, fmt.Errorf("zstd with a window of %d bytes; windows are powers of two from %d to %d",
			window, zstd.MinWindowSize, maxWindow))
	}
	return errors.Join(errs...)
}
