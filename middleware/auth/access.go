package auth

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/soay-go/soay/router"
)

// WriteAccess writes a table of what routes ask of their clients. It is for the framework.
func (r *Registry) WriteAccess(w io.Writer, infos []router.Info) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "METHOD\tPATTERN\tACCESS")
	for _, info := range infos {
		fmt.Fprintln(t, strings.Join([]string{info.Method, info.Pattern, fmt.Sprint(r.Access(info).Needs)}, "\t"))
	}
	return t.Flush()
}
