package header_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/header"
)

func TestParseRange(t *testing.T) {
	type ranges = []header.ByteRange
	const huge = "99999999999999999999999999"
	for _, tt := range []struct {
		name    string
		in      string
		size    int64
		want    ranges
		wantErr error
	}{
		{"first and last", "bytes=0-499", 1000, ranges{{0, 500}}, nil},
		{"one byte", "bytes=0-0", 1000, ranges{{0, 1}}, nil},
		{"last byte", "bytes=999-999", 1000, ranges{{999, 1}}, nil},
		{"open end", "bytes=500-", 1000, ranges{{500, 500}}, nil},
		{"suffix", "bytes=-1", 1000, ranges{{999, 1}}, nil},
		{"unit ignores case", "ByTeS=0-0", 1000, ranges{{0, 1}}, nil},
		{"several, in the order of the header", "bytes=500-599, 0-9,-1", 1000, ranges{{500, 100}, {0, 10}, {999, 1}}, nil},
		{"whitespace and empty elements", " bytes=, 0-0\t ,, 5-5, ", 1000, ranges{{0, 1}, {5, 1}}, nil},
		{"end beyond the size", "bytes=990-2000", 1000, ranges{{990, 10}}, nil},
		{"suffix beyond the size", "bytes=-2000", 1000, ranges{{0, 1000}}, nil},
		{"end beyond int64", "bytes=990-" + huge, 1000, ranges{{990, 10}}, nil},
		{"suffix beyond int64", "bytes=-" + huge, 1000, ranges{{0, 1000}}, nil},
		{"largest size", "bytes=9223372036854775806-9223372036854775807", math.MaxInt64, ranges{{math.MaxInt64 - 1, 1}}, nil},
		{"leading zeros", "bytes=0000000000000000000000005-6", 1000, ranges{{5, 2}}, nil},
		{"unsatisfiable among others", "bytes=2000-, 0-0, -0", 1000, ranges{{0, 1}}, nil},
		{"two overlap", "bytes=0-10, 5-15", 1000, ranges{{0, 11}, {5, 11}}, nil},
		{"neighbours do not overlap", "bytes=0-9,10-19,20-29", 1000, ranges{{0, 10}, {10, 10}, {20, 10}}, nil},
		{"16 ranges", "bytes=" + separateRanges(16), 1000, manyRanges(16), nil},

		{"another unit", "seconds=1-2", 1000, nil, nil},
		{"another unit with its own grammar", "pages=?", 1000, nil, nil},
		{"unknown size", "bytes=0-0", -1, nil, nil},
		{"suffix of an empty representation", "bytes=-5", 0, nil, nil},

		{"start of an empty representation", "bytes=0-", 0, nil, header.ErrRangeNotSatisfiable},
		{"start at the size", "bytes=1000-", 1000, nil, header.ErrRangeNotSatisfiable},
		{"start beyond int64", "bytes=" + huge + "-", math.MaxInt64, nil, header.ErrRangeNotSatisfiable},
		{"empty suffix", "bytes=-0", 1000, nil, header.ErrRangeNotSatisfiable},
		{"empty suffix of an empty representation", "bytes=-0", 0, nil, header.ErrRangeNotSatisfiable},
		{"none satisfiable", "bytes=-0, 1000-1001", 1000, nil, header.ErrRangeNotSatisfiable},

		{"empty", "", 1000, nil, header.ErrRangeSyntax},
		{"no unit", "=0-0", 1000, nil, header.ErrRangeSyntax},
		{"no equals sign", "bytes 0-0", 1000, nil, header.ErrRangeSyntax},
		{"space before the equals sign", "bytes =0-0", 1000, nil, header.ErrRangeSyntax},
		{"no ranges", "bytes=", 1000, nil, header.ErrRangeSyntax},
		{"only commas", "bytes=,,", 1000, nil, header.ErrRangeSyntax},
		{"no hyphen", "bytes=5", 1000, nil, header.ErrRangeSyntax},
		{"only a hyphen", "bytes=-", 1000, nil, header.ErrRangeSyntax},
		{"two hyphens", "bytes=--5", 1000, nil, header.ErrRangeSyntax},
		{"three numbers", "bytes=1-2-3", 1000, nil, header.ErrRangeSyntax},
		{"end before start", "bytes=5-4", 1000, nil, header.ErrRangeSyntax},
		{"end before start, beyond the size", "bytes=5000-4000", 1000, nil, header.ErrRangeSyntax},
		{"plus sign", "bytes=+0-5", 1000, nil, header.ErrRangeSyntax},
		{"space within", "bytes=0 - 5", 1000, nil, header.ErrRangeSyntax},
		{"hexadecimal", "bytes=0x0-5", 1000, nil, header.ErrRangeSyntax},
		{"Arabic digits", "bytes=٠-", 1000, nil, header.ErrRangeSyntax},
		{"one malformed range spoils all", "bytes=0-0, x", 1000, nil, header.ErrRangeSyntax},
		{"malformed after unsatisfiable", "bytes=5000-, x", 1000, nil, header.ErrRangeSyntax},

		{"17 ranges", "bytes=" + separateRanges(17), 1000, nil, header.ErrRangeExcessive},
		{"17 unsatisfiable ranges", "bytes=" + strings.Repeat("2000-,", 17), 1000, nil, header.ErrRangeExcessive},
		{"three overlap", "bytes=0-10, 5-15, 10-20", 1000, nil, header.ErrRangeExcessive},
		{"whole thrice", "bytes=0-,0-,0-", 1000, nil, header.ErrRangeExcessive},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := header.ParseRange(tt.in, tt.size)
			if !errors.Is(err, tt.wantErr) {
				t.Errorf("error %v, want %v", err, tt.wantErr)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ranges (-want +got):\n%s", diff)
			}
		})
	}
}

// separateRanges returns n ranges of one byte each, which do not touch.
func separateRanges(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d-%d,", 2*i, 2*i)
	}
	return b.String()
}

func manyRanges(n int) (ranges []header.ByteRange) {
	for i := range n {
		ranges = append(ranges, header.ByteRange{Start: int64(2 * i), Length: 1})
	}
	return ranges
}

func TestParseRangeErrorText(t *testing.T) {
	_, err := header.ParseRange("bytes=\n"+strings.Repeat("1", 100), 1000)
	want := `header: malformed Range "bytes=\n` + strings.Repeat("1", 57) + `…"`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Ranges lie within the representation, have bytes, and read back from their own Content-Range.
func FuzzParseRange(f *testing.F) {
	for _, s := range []string{
		"bytes=0-499", "bytes=-500,0-", "BYTES=9223372036854775807-, 0-0", "bytes=-0", "bytes=5-4", "bytes=,1-1,", "items=0-5", "bytes=0-,0-,0-",
		"bytes=-9223372036854775808", "bytes=18446744073709551616-",
	} {
		f.Add(s, int64(1000))
		f.Add(s, int64(0))
		f.Add(s, int64(math.MaxInt64))
	}
	f.Fuzz(func(t *testing.T, s string, size int64) {
		ranges, err := header.ParseRange(s, size)
		if err != nil && ranges != nil {
			t.Fatalf("ranges %v with error %v", ranges, err)
		}
		if len(ranges) > 16 {
			t.Errorf("%d ranges", len(ranges))
		}
		for _, r := range ranges {
			if r.Start < 0 || r.Length <= 0 || r.Start > size-r.Length {
				t.Errorf("ParseRange(%q, %d) has %v outside", s, size, r)
			}
			var first, last, length int64
			if _, err := fmt.Sscanf(r.ContentRange(size), "bytes %d-%d/%d", &first, &last, &length); err != nil || length != size {
				t.Fatalf("Content-Range %q: %v", r.ContentRange(size), err)
			}
			again, err := header.ParseRange(fmt.Sprintf("bytes=%d-%d", first, last), size)
			if diff := cmp.Diff([]header.ByteRange{r}, again); diff != "" || err != nil {
				t.Errorf("%v became %v, %v", r, again, err)
			}
		}
	})
}
