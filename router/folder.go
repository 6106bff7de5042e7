package router

import "net/http"

// HandleFolder registers a handler for GET of all that is below a group's prefix, and of the prefix itself. What is set on
// the route that it returns holds for both. It is for the framework.
func HandleFolder(g Group, h Handler) *Route {
	route := g.Get("/*", h).Doc(Doc{Hidden: true})
	if g.g.prefix == "" || g.g.prefix == "/" {
		return route // the catch-all has the slash that is its path
	}
	itself := *route
	itself.text, itself.twin = g.g.prefix, route
	itself.methods = []string{http.MethodGet}
	return g.g.router.add(&itself).twin
}
