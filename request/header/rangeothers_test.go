package header_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/header"
)

// The cases that package net/http and the range parser of Express have in their tests, with our results. Headers that
// others take and we do not are answered with the whole representation, as those that nobody takes.
func TestRangesOfOthers(t *testing.T) {
	type ranges = []header.ByteRange
	for _, tt := range []struct {
		in   string
		size int64
		want ranges
	}{
		// net/http: what is no range
		{"", 0, nil}, {"", 1000, nil}, {"foo", 0, nil}, {"bytes=", 0, nil}, {"bytes=7", 10, nil}, {"bytes= 7 ", 10, nil},
		{"bytes=1-", 0, nil}, {"bytes=5-4", 10, nil}, {"bytes=0-2,5-4", 10, nil}, {"bytes=2-5,4-3", 10, nil},
		{"bytes=--5,4--3", 10, nil}, {"bytes=A-", 10, nil}, {"bytes=A- ", 10, nil}, {"bytes=A-Z", 10, nil}, {"bytes= -Z", 10, nil},
		{"bytes=5-Z", 10, nil}, {"bytes=Ran-dom, garbage", 10, nil}, {"bytes=0x01-0x02", 10, nil}, {"bytes=         ", 10, nil},
		{"bytes= , , ,   ", 10, nil},
		// net/http: what is one
		{"bytes=0-9", 10, ranges{{0, 10}}}, {"bytes=0-", 10, ranges{{0, 10}}}, {"bytes=5-", 10, ranges{{5, 5}}},
		{"bytes=0-20", 10, ranges{{0, 10}}}, {"bytes=15-,0-5", 10, ranges{{0, 6}}}, {"bytes=1-2,5-", 10, ranges{{1, 2}, {5, 5}}},
		{"bytes=-2 , 7-", 11, ranges{{9, 2}, {7, 4}}}, {"bytes=0-0 ,2-2, 7-", 11, ranges{{0, 1}, {2, 1}, {7, 4}}},
		{"bytes=-5", 10, ranges{{5, 5}}}, {"bytes=-15", 10, ranges{{0, 10}}}, {"bytes=0-499", 10000, ranges{{0, 500}}},
		{"bytes=500-999", 10000, ranges{{500, 500}}}, {"bytes=-500", 10000, ranges{{9500, 500}}},
		{"bytes=9500-", 10000, ranges{{9500, 500}}}, {"bytes=0-0,-1", 10000, ranges{{0, 1}, {9999, 1}}},
		{"bytes=500-600,601-999", 10000, ranges{{500, 101}, {601, 399}}},
		{"bytes=500-700,601-999", 10000, ranges{{500, 201}, {601, 399}}},
		// Blanks inside of a range are no part of RFC 9110 section 14.1.1, and net/http takes them.
		{"bytes=   1 -2   ,  4- 5, 7 - 8 , ,,", 11, nil},
		// Express
		{"malformed", 200, nil}, {"bytes=100200", 200, nil}, {"bytes=,100200", 200, nil}, {"bytes=500-20", 200, nil},
		{"bytes=500-999", 200, nil}, {"bytes=500-999,1000-1499", 200, nil}, {"bytes=0-499", 1000, ranges{{0, 500}}},
		{"bytes=40-80", 1000, ranges{{40, 41}}}, {"bytes=-400", 1000, ranges{{600, 400}}}, {"bytes=400-", 1000, ranges{{400, 600}}},
		{"bytes=0-0", 1000, ranges{{0, 1}}}, {"bytes=-1", 1000, ranges{{999, 1}}},
		{"bytes=40-80,81-90,-1", 150, ranges{{40, 41}, {81, 10}, {149, 1}}}, {"bytes=0-4,90-99,5-75,100-199,101-102", 150, ranges{{0, 5}, {90, 10}, {5, 71}, {100, 50}, {101, 2}}},
		{"bytes=0-4,90-99,5-75", 150, ranges{{0, 5}, {90, 10}, {5, 71}}},
		// A unit of somebody's own means nothing to us (RFC 9110 section 14.2).
		{"items=0-5", 1000, nil},
		// One element that is none spoils the header; Express leaves it out.
		{"bytes=0-4,x-y", 200, nil},
	} {
		got, err := header.ParseRange(tt.in, tt.size)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil && tt.want != nil {
			t.Errorf("%q of %d: %v (-want +got):\n%s", tt.in, tt.size, err, diff)
		}
	}
}
