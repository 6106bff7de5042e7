package router

import (
	"cmp"
	"slices"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// missing answers the requests that no route matches and that lie in a group with handlers of errors: they get
// the error pages of the group. In all else they have the settings of the app.
type missing struct {
	group    *group
	prefix   pattern
	filters  []filter
	notFound *request.Route
	unclean  *request.Route
}

// fillMissing makes the answers for the groups with handlers of errors, those of inner groups first.
func (t *Table) fillMissing(groups []*group, values []ValuePattern) {
	for _, g := range groups {
		prefix, err := parsePattern(cmp.Or(strings.TrimSuffix(g.prefix, "/"), "/"), values)
		if err != nil || errorHandlers.Along(g.settings) == nil {
			continue // a group with a wrong prefix has no routes
		}
		scopes := []*settings{t.scope}
		for _, level := range g.path()[1:] {
			if own := errorHandlers.Along(level.settings); own != nil {
				scopes = append(scopes, settingsWith(own))
			}
		}
		m := &missing{group: g, prefix: prefix, filters: g.allFilters()}
		m.notFound = t.notFoundIn(scopes)
		m.unclean = t.answerIn(response.NotFound(), scopes)
		t.filtered = t.filtered || len(m.filters) > 0
		t.missing = append(t.missing, m)
	}
	slices.SortStableFunc(t.missing, compareMissing)
}

// settingsWith returns settings with nothing but handlers of errors.
func settingsWith(own *ErrorHandlers) *settings {
	s := request.NewRouteSettings(func(string) bool { return true }, func(string, error) {})
	errorHandlers.Set(s, own)
	return s
}

// notFoundIn returns the route that answers where no route matches, with settings.
func (t *Table) notFoundIn(scopes []*settings) *request.Route {
	if h := t.config.Fallback; h != nil {
		return t.config.newRoute(OfFallback, request.Route{}, t.config.answering(h), scopes)
	}
	return t.answerIn(response.NotFound(), scopes)
}

// answerIn returns a route that always gives an error response, with settings.
func (t *Table) answerIn(resp response.Response, scopes []*settings) *request.Route {
	h := t.config.Answer(resp, errorHandlers.Along(scopes...))
	return t.config.newRoute(OfNothing, request.Route{}, t.config.answering(h), scopes)
}

// compareMissing orders groups so that the innermost and most specific one comes first.
func compareMissing(a, b *missing) int {
	for i := range min(len(a.prefix), len(b.prefix)) {
		if d := cmp.Compare(a.prefix[i].rank, b.prefix[i].rank); d != 0 {
			return d
		}
	}
	return cmp.Or(
		cmp.Compare(len(b.prefix), len(a.prefix)),
		cmp.Compare(len(b.filters), len(a.filters)),
		cmp.Compare(len(b.group.path()), len(a.group.path())),
	)
}

// inGroup returns the route that was found for a query, and for one that answers 404 that of the group in which
// the path lies.
func (t *Table) inGroup(q *query, route *request.Route) *request.Route {
	if len(t.missing) == 0 || route != t.notFound && route != t.unclean {
		return route
	}
	for _, m := range t.missing {
		if !m.prefix.begins(q.full) || !passAll(m.filters, q.req) {
			continue
		}
		if route == t.unclean {
			return m.unclean
		}
		return m.notFound
	}
	return route
}

// isMissing reports whether a route is one that answers for paths that no route of the app has.
func (t *Table) isMissing(route *request.Route) bool {
	switch route {
	case t.notFound, t.badPath, t.redirect, t.unclean, t.server:
		return true
	}
	return slices.ContainsFunc(t.missing, func(m *missing) bool { return route == m.notFound || route == m.unclean })
}

// begins reports whether the pattern matches the first segments of a path.
func (p pattern) begins(path string) bool {
	for i := range p {
		if path == "" {
			return false
		}
		part, next := nextPart(path[1:])
		if !p[i].accepts(part) {
			return false
		}
		path = next
	}
	return true
}
