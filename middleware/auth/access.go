package auth

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/soay-go/soay/router"
)

// Refusals returns errors like those with which requests to a route with this access can end because of it. It is for the
// framework.
func (r *Registry) Refusals(a router.Access) []error {
	if !a.Needs && !a.Optional {
		return nil
	}
	var list []error
	add := func(reason Reason) { list = append(list, &RefusedError{Reason: reason, Status: reason.status()}) }
	allowed := slices.DeleteFunc(slices.Clone(r.entries), func(e *entry) bool { return !slices.Contains(a.Schemes, e.name) })
	if slices.ContainsFunc(allowed, (*entry).refuses) {
		add(ReasonMalformed)
		add(ReasonInvalid)
	}
	if a.Needs {
		add(ReasonMissing)
	}
	if len(a.Roles)+len(a.Policies) > 0 {
		add(ReasonNotAllowed)
	}
	if len(a.Scopes) > 0 {
		add(ReasonScopeMissing)
	}
	if !r.options.Throttle.Off && slices.ContainsFunc(allowed, func(e *entry) bool { return !e.implicit }) {
		add(ReasonTooMany)
	}
	return append(list, &UnavailableError{Err: errUnknown})
}

var errUnknown = errors.New("it is not known now who the client is")

// refuses reports whether bad credentials of the scheme are refused, rather than those of nobody.
func (e *entry) refuses() bool {
	_, isFunc := e.scheme.(*funcScheme)
	return !e.implicit || isFunc
}

// accessColumns are the heads of the table of WriteAccess. The place in the source is the last one, so that tests that
// compare the table can cut it off.
var accessColumns = []string{
	"METHOD", "PATTERN", "ACCESS", "SCHEMES", "ROLES", "SCOPES", "POLICIES", "MAX-AGE",
	"ANTI-FORGERY", "PROBE", "RATES", "CONCURRENT", "TIMEOUT", "SOURCE",
}

// WriteAccess writes a table of what routes ask of their clients, sorted by patterns and methods. fallback
// stands for the handler of Fallback, nil without one. It is for the framework.
func (r *Registry) WriteAccess(w io.Writer, infos []router.Info, fallback *router.Info) error {
	var text strings.Builder
	text.WriteString(r.defaultRule() + "\n\n")
	t := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(accessColumns, "\t"))
	sorted := slices.Clone(infos)
	slices.SortStableFunc(sorted, func(a, b router.Info) int {
		return cmp.Or(cmp.Compare(a.Pattern, b.Pattern), cmp.Compare(a.Method, b.Method))
	})
	for _, info := range sorted {
		writeRow(t, info, r.Access(info))
	}
	if fallback != nil {
		writeRow(t, *fallback, r.access(router.OfFallback, fallback.AuthRules()))
	}
	_ = t.Flush() // into text, which takes everything
	_, err := io.WriteString(w, text.String())
	return err
}

// defaultRule says who may use routes without a rule.
func (r *Registry) defaultRule() string {
	switch {
	case !r.HasSchemes():
		return "All routes are open: the app has no schemes."
	case r.access(router.OfRoute, router.AuthRules{}).Needs:
		return "Routes without a rule are closed: the app calls UseAuthorization."
	}
	return "Routes without a rule are open: the app does not call UseAuthorization."
}

// writeRow writes the columns of a route.
func writeRow(t io.Writer, info router.Info, a router.Access) {
	who, schemes := "anyone", ""
	switch {
	case a.Needs:
		who, schemes = "user", joined(a.Schemes, "|")
	case a.Optional:
		who, schemes = "optional", joined(a.Schemes, "|")
	}
	var roles []string
	for _, list := range a.Roles {
		roles = append(roles, joined(list, "|"))
	}
	rates, concurrent := limitsOf(info)
	columns := []string{
		visible(info.Method), visible(info.Pattern), who, schemes, strings.Join(roles, ","), joined(a.Scopes, ","),
		joined(a.Policies, ","), short(a.MaxAge), mark(info.IgnoreAntiForgery, "exempt"), mark(info.IsProbe(), "yes"),
		rates, concurrent, short(info.Timeout()), visible(info.Source),
	}
	for i, text := range columns {
		columns[i] = cmp.Or(text, "-")
	}
	fmt.Fprintln(t, strings.Join(columns, "\t"))
}

// joined returns names with a separator between them. Names that would be taken for something else are quoted.
func joined(names []string, separator string) string {
	list := make([]string, len(names))
	for i, name := range names {
		if list[i] = visible(name); name == "-" || strings.ContainsAny(name, `|,"`) {
			list[i] = strconv.Quote(name)
		}
	}
	return strings.Join(list, separator)
}

// visible returns a text as it is if it is a word that can be seen, and else quoted.
func visible(s string) string {
	isOdd := func(c rune) bool { return c == ' ' || !unicode.IsPrint(c) }
	if utf8.ValidString(s) && !strings.ContainsFunc(s, isOdd) {
		return s
	}
	return strconv.Quote(s)
}

// mark returns the text of a setting that is on, "" for one that is off.
func mark(on bool, text string) string {
	if on {
		return text
	}
	return ""
}

// limitsOf returns the rates of a route and how many of its requests may run at the same time. Probes have no limits,
// whatever their groups say.
func limitsOf(info router.Info) (rates, concurrent string) {
	if info.IsProbe() {
		return "", ""
	}
	var list []string
	for _, rate := range info.Rates() {
		list = append(list, rateText(rate))
	}
	if n := info.MaxConcurrent(); n > 0 {
		concurrent = strconv.Itoa(n)
	}
	return strings.Join(list, ","), concurrent
}

// rateText returns a rate such as 100/1m, and with what is not the default 100/1m:burst=20:user.
func rateText(rate router.Rate) string {
	text := strconv.Itoa(rate.Requests) + "/" + short(rate.Per)
	if rate.Capacity() != rate.Requests {
		text += ":burst=" + strconv.Itoa(rate.Capacity())
	}
	return text + mark(rate.By == router.ByUser, ":user")
}

// short returns a time such as 1h30m, "" for none.
func short(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
