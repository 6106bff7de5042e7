// Package brotli compresses with Brotli (RFC 7932), which makes pages and scripts smaller than gzip and takes more time for it.
// Browsers accept it over https. Clients that do not get what comes behind it in the list:
//
//	app.UseCompression(compress.Options{Coders: []compress.Coder{brotli.Coder(0), compress.Gzip(0)}})
//
// It is github.com/andybalholm/brotli.
package brotli

import (
	"fmt"
	"io"

	"github.com/andybalholm/brotli"

	"github.com/soay-go/soay/middleware/compress"
)

const defaultLevel = 4

// Coder returns a coder of a level from 1, the fastest, to 11, for the fewest bytes; 0 means 4. Levels above 5 are for files,
// which are compressed once. Another level is an error at the start.
func Coder(level int) compress.Coder {
	if level == 0 {
		level = defaultLevel
	}
	if level < 1 || level > brotli.BestCompression {
		return compress.Coder{Name: "br", Err: fmt.Errorf("brotli of level %d; levels are from 1 to %d", level, brotli.BestCompression)}
	}
	return compress.Coder{Name: "br", New: func() compress.Encoder { return brotli.NewWriterLevel(io.Discard, level) }}
}
