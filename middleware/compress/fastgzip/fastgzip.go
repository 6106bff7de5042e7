// Package fastgzip compresses with a gzip that takes a fraction of the time of the standard library's, for some more bytes.
// It has the name gzip, and so takes the place of that one:
//
//	app.UseCompression(compress.Options{Coders: []compress.Coder{fastgzip.Coder(0)}})
//
// It is github.com/klauspost/compress.
package fastgzip

import (
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"

	"github.com/soay-go/soay/middleware/compress"
)

const defaultLevel = 5

// Coder returns a coder of a level from 1, the fastest, to 9, for the fewest bytes; 0 means 5. Another level is an error at
// the start.
func Coder(level int) compress.Coder {
	if level == 0 {
		level = defaultLevel
	}
	if level < gzip.BestSpeed || level > gzip.BestCompression {
		return compress.Coder{Name: "gzip", Err: fmt.Errorf("fastgzip of level %d; levels are from 1 to 9", level)}
	}
	return compress.Coder{Name: "gzip", New: func() compress.Encoder {
		z, err := gzip.NewWriterLevel(io.Discard, level)
		if err != nil { // not for these levels
			panic(err)
		}
		return z
	}}
}
