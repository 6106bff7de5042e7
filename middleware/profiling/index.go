package profiling

import (
	"cmp"
	"fmt"
	"html"
	"net/url"
	"runtime/pprof"
	"slices"
	"strings"

	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// descriptions say what a profile shows.
var descriptions = map[string]string{
	"allocs":       "all memory allocations since the start, sampled",
	"block":        "where goroutines have waited for locks and channels; see runtime.SetBlockProfileRate",
	"goroutine":    "where all goroutines are; ?debug=2 has each by itself",
	"heap":         "memory that is in use, sampled; ?gc=1 collects garbage before",
	"mutex":        "who has held locks that others waited for; see runtime.SetMutexProfileFraction",
	"profile":      "what the CPU is used for, during ?seconds=30",
	"threadcreate": "where threads of the system were made",
	"trace":        "an execution trace for go tool trace, during ?seconds=1",
}

// index returns the page with the profiles. Its links are relative, so that it works behind a proxy that takes a prefix away.
func index(slash bool) response.Response {
	prefix := "pprof/"
	if slash {
		prefix = ""
	}
	profiles := pprof.Profiles()
	slices.SortFunc(profiles, func(a, b *pprof.Profile) int { return cmp.Compare(a.Name(), b.Name()) })
	var b strings.Builder
	b.WriteString("<ul>\n")
	for _, p := range profiles {
		writeLink(&b, prefix, p.Name(), "debug=1", fmt.Sprintf(" (%d)", p.Count()))
	}
	writeLink(&b, prefix, "profile", "", "")
	writeLink(&b, prefix, "trace", "", "")
	b.WriteString("</ul>\n<p>For go tool pprof leave ?debug=1 out.</p>\n")
	return response.HTML(problem.Page("Profiles", b.String()))
}

func writeLink(b *strings.Builder, prefix, name, query, count string) {
	link := (&url.URL{Path: "./" + prefix + name, RawQuery: query}).String()
	fmt.Fprintf(b, "<li><a href=\"%s\">%s</a>%s", html.EscapeString(link), html.EscapeString(name), count)
	if text := descriptions[name]; text != "" {
		b.WriteString(": " + html.EscapeString(text))
	}
	b.WriteString("</li>\n")
}
