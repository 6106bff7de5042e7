package request_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

var changed = time.Date(2026, 3, 4, 5, 6, 7, 890, time.UTC)

func TestPreconditions(t *testing.T) {
	at := func(d time.Duration) string { return changed.Add(d).Format(http.TimeFormat) }
	now := request.Validators{ETag: "v7", Modified: changed}
	required := request.Validators{ETag: "v7", Required: true}
	missing := request.Validators{Missing: true, Modified: changed}
	type pairs = []string
	for _, tt := range []struct {
		description string
		now         request.Validators
		header      pairs
		want        int // 0 for nil
	}{
		{"no condition", now, nil, 0},
		{"the tag", now, pairs{"If-Match", `"v7"`}, 0},
		{"one of two tags", now, pairs{"If-Match", `"v6", "v7"`}, 0},
		{"tags in two lines", now, pairs{"If-Match", `"v6"`, "If-Match", `"v7"`}, 0},
		{"another tag", now, pairs{"If-Match", `"v6"`}, 412},
		{"a weak tag is not enough", now, pairs{"If-Match", `W/"v7"`}, 412},
		{"tags differ by case", now, pairs{"If-Match", `"V7"`}, 412},
		{"whatever it is", now, pairs{"If-Match", "*"}, 0},
		{"whatever it is, but it is missing", missing, pairs{"If-Match", "*"}, 412},
		{"a tag of what is missing", missing, pairs{"If-Match", `"v7"`}, 412},
		{"a resource without tags", request.Validators{}, pairs{"If-Match", `"v7"`}, 412},
		{"an empty tag of a resource without tags", request.Validators{}, pairs{"If-Match", `""`}, 412},
		{"a malformed tag", now, pairs{"If-Match", `v7`}, 400},
		{"a malformed tag behind the right one", now, pairs{"If-Match", `"v7", v7`}, 400},
		{"a star among tags", now, pairs{"If-Match", `"v7", *`}, 400},
		{"an empty list", now, pairs{"If-Match", ``}, 412},

		{"unmodified since", now, pairs{"If-Unmodified-Since", at(0)}, 0},
		{"unmodified since later", now, pairs{"If-Unmodified-Since", at(time.Hour)}, 0},
		{"modified since", now, pairs{"If-Unmodified-Since", at(-time.Second)}, 412},
		{"the tag goes before the date", now, pairs{"If-Match", `"v7"`, "If-Unmodified-Since", at(-time.Hour)}, 0},
		{"the other tag, too", now, pairs{"If-Match", `"v6"`, "If-Unmodified-Since", at(0)}, 412},
		{"a malformed date is ignored", now, pairs{"If-Unmodified-Since", "yesterday"}, 0},
		{"two dates are ignored", now, pairs{"If-Unmodified-Since", at(-time.Hour), "If-Unmodified-Since", at(0)}, 0},
		{"a date without a time to compare", request.Validators{ETag: "v7"}, pairs{"If-Unmodified-Since", at(-time.Hour)}, 0},
		{"a date of what is missing", missing, pairs{"If-Unmodified-Since", at(0)}, 412},

		{"only if it is new", missing, pairs{"If-None-Match", "*"}, 0},
		{"only if it is new, but it exists", now, pairs{"If-None-Match", "*"}, 412},
		{"only if it is another", now, pairs{"If-None-Match", `"v6"`}, 0},
		{"only if it is another, but it is this", now, pairs{"If-None-Match", `"v7"`}, 412},
		{"weak tags are compared weakly", now, pairs{"If-None-Match", `W/"v7"`}, 412},
		{"a malformed one", now, pairs{"If-None-Match", "v7"}, 400},
		{"both fit", now, pairs{"If-Match", `"v7"`, "If-None-Match", `"v6"`}, 0},
		{"the second fails", now, pairs{"If-Match", `"v7"`, "If-None-Match", `"v7"`}, 412},
		{"the first fails before the second is read", now, pairs{"If-Match", `"v6"`, "If-None-Match", "x"}, 412},
		{"modified since is for GET", now, pairs{"If-Modified-Since", at(time.Hour)}, 0},

		{"required, and none", required, nil, 428},
		{"required, and there", required, pairs{"If-Match", `"v7"`}, 0},
		{"required, and none matching is one", required, pairs{"If-None-Match", `"v6"`}, 0},
		{"required, and wrong", required, pairs{"If-Match", `"v6"`}, 412},
		{"required, and malformed", required, pairs{"If-Match", `v7`}, 400},
		{"required, and a date that cannot be compared", required, pairs{"If-Unmodified-Since", at(0)}, 428},
		{"required, and a malformed date", request.Validators{Modified: changed, Required: true}, pairs{"If-Unmodified-Since", "x"}, 428},
		{"required, and a date", request.Validators{Modified: changed, Required: true}, pairs{"If-Unmodified-Since", at(0)}, 0},
		{"required, and one for GET", required, pairs{"If-Modified-Since", at(0)}, 428},
		{"required for what is missing", request.Validators{Missing: true, Required: true}, pairs{"If-None-Match", "*"}, 0},

		{"a tag with quotes is a mistake", request.Validators{ETag: `"v7"`}, nil, 500},
		{"a tag with a line break is a mistake", request.Validators{ETag: "v\n7"}, pairs{"If-Match", "*"}, 500},
	} {
		t.Run(tt.description, func(t *testing.T) {
			h := http.Header{}
			for i := 0; i < len(tt.header); i += 2 {
				h.Add(tt.header[i], tt.header[i+1])
			}
			for _, method := range []string{"PUT", "PATCH", "DELETE", "POST", "PURGE", "GET", "HEAD", "OPTIONS", "TRACE"} {
				want := tt.want
				switch method {
				case "GET", "HEAD", "OPTIONS", "TRACE":
					want = 0
				}
				err := requesttest.Request(method, "/", requesttest.With{Header: h}).Preconditions(tt.now)
				if got := statusOf(err); got != want {
					t.Errorf("%s: %d, want %d: %v", method, got, want, err)
				}
			}
		})
	}
}

// statusOf returns the status with which an error is answered, 0 for none.
func statusOf(err error) int {
	if err == nil {
		return 0
	}
	return problem.StatusOf(err)
}

// The 500 tells the program what is wrong with its tag, and the 400 keeps what was malformed for the log.
func TestPreconditionErrors(t *testing.T) {
	req := requesttest.Request("PUT", "/", requesttest.With{Header: http.Header{"If-Match": {"v7"}}})
	if err := req.Preconditions(request.Validators{ETag: `a"b`}); err == nil || !strings.Contains(err.Error(), `"a\"b"`) {
		t.Errorf("a tag with a quote: %v", err)
	}
	if err := req.Preconditions(request.Validators{}); !strings.Contains(err.Error(), `"v7"`) {
		t.Errorf("a malformed tag: %v", err)
	}
}

// Two clients edit one version. The second one is told, over each server.
func TestPreconditionsOfTwoClients(t *testing.T) {
	for _, standard := range []bool{false, true} {
		app := soay.New(soay.Options{StandardServer: standard, Logger: new(requesttest.Log).Logger()})
		version := "1"
		app.Put("/", func(req soay.Request) soay.Response {
			if err := req.Preconditions(request.Validators{ETag: version, Required: true}); err != nil {
				return response.Error(err)
			}
			version += "1"
			return response.NoContent().WithETag(version)
		})
		c := requesttest.New(t, app)
		put := func(tag string) int {
			return c.Do("PUT", "/", requesttest.With{Header: http.Header{"If-Match": {tag}}}).Status
		}
		if got := [...]int{put(`"1"`), put(`"1"`), put(`"11"`), c.Do("PUT", "/").Status}; got != [...]int{204, 412, 204, 428} {
			t.Errorf("standard server %v: %v", standard, got)
		}
	}
}
