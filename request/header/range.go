package header

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxRanges bounds the ranges of one request. Media players and PDF readers ask for a few.
const maxRanges = 16

// Errors of [ParseRange], to be tested with errors.Is.
var (
	// ErrRangeSyntax says that the Range header is malformed.
	ErrRangeSyntax = errors.New("header: malformed Range")
	// ErrRangeExcessive says that the Range header lists more than 16 ranges, or more than two that overlap.
	ErrRangeExcessive = errors.New("header: excessive Range")
	// ErrRangeNotSatisfiable says that no range lies within the representation.
	ErrRangeNotSatisfiable = errors.New("header: Range not satisfiable")
)

// ByteRange is a part of a representation.
type ByteRange struct {
	Start  int64 // offset of its first byte
	Length int64 // in bytes, at least 1
}

// ContentRange returns the value of the Content-Range header that goes with r (RFC 9110, 14.4), such as "bytes 0-499/1234". Size
// is that of the whole representation.
func (r ByteRange) ContentRange(size int64) string {
	return fmt.Sprintf("bytes %d-%d/%d", r.Start, r.Start+r.Length-1, size)
}

// ParseRange parses the value of a Range header for a representation of size bytes (RFC 9110, 14.2). The ranges come in the order
// of the header, cut to what exists; those outside of it are left out.
//
// Without ranges and without an error the header asks for nothing that could be served in part, and the whole representation is
// the answer: the unit is not bytes, the size is unknown (negative), or the end of an empty representation is wanted.
// [ErrRangeNotSatisfiable] calls for status 416. [ErrRangeSyntax] and [ErrRangeExcessive] are best answered with the whole
// representation too: RFC 9110, 14.2 lets a server ignore such headers, as broken or hostile.
func ParseRange(value string, size int64) ([]ByteRange, error) {
	unit, set, ok := strings.Cut(trim(value), "=")
	if !ok || !IsToken(unit) {
		return nil, rangeError(ErrRangeSyntax, value)
	}
	if !equalFold(unit, "bytes") || size < 0 {
		return nil, nil
	}
	ranges, err := parseRangeSet(set, size)
	if err != nil {
		return nil, rangeError(err, value)
	}
	return ranges, nil
}

func rangeError(err error, value string) error {
	return fmt.Errorf("%w %q", err, excerpt(value))
}

// parseRangeSet parses what follows "bytes=".
func parseRangeSet(set string, size int64) (ranges []ByteRange, err error) {
	satisfiable := false
	elements := list{line: set}
	for n := 0; ; n++ {
		spec, ok := elements.next()
		switch {
		case !ok && n == 0:
			return nil, ErrRangeSyntax
		case !ok && !satisfiable:
			return nil, ErrRangeNotSatisfiable
		case !ok:
			return ranges, nil
		case n == maxRanges:
			return nil, ErrRangeExcessive
		}
		r, fits, ok := parseRangeSpec(spec, size)
		if !ok {
			return nil, ErrRangeSyntax
		}
		satisfiable = satisfiable || fits
		if r.Length > 0 {
			ranges = append(ranges, r)
		}
		if overlapping(ranges) > 2 {
			return nil, ErrRangeExcessive
		}
	}
}

// parseRangeSpec parses one of "first-last", "first-" and "-suffix" (RFC 9110, 14.1.2). The end of an empty representation fits,
// but has no bytes.
func parseRangeSpec(spec string, size int64) (r ByteRange, fits, ok bool) {
	first, last, ok := strings.Cut(spec, "-")
	if !ok {
		return ByteRange{}, false, false
	}
	if first == "" {
		n, ok := parsePosition(last)
		length := min(n, size)
		return ByteRange{size - length, length}, n > 0, ok
	}
	start, ok := parsePosition(first)
	end := int64(math.MaxInt64)
	if ok && last != "" {
		end, ok = parsePosition(last)
	}
	if !ok || end < start {
		return ByteRange{}, false, false
	}
	if start >= size {
		return ByteRange{}, false, true
	}
	return ByteRange{start, min(end, size-1) - start + 1}, true, true
}

// parsePosition reads a decimal number of any length. Beyond int64 it gives the largest one, as no representation reaches there.
func parsePosition(s string) (n int64, ok bool) {
	if !digitChars.spells(s) {
		return 0, false
	}
	n, _ = strconv.ParseInt(s, 10, 64) // the only error left is overflow, for which it returns the maximum
	return n, true
}

// overlapping counts the ranges that share bytes with another one.
func overlapping(ranges []ByteRange) (n int) {
	for i, a := range ranges {
		for j, b := range ranges {
			if i != j && a.Start < b.Start+b.Length && b.Start < a.Start+a.Length {
				n++
				break
			}
		}
	}
	return n
}
