package openapi

import (
	"strings"

	"github.com/soay-go/soay/router"
)

// template is a path with parameters as OpenAPI writes it.
type template struct {
	path  string   // /cats/{id}
	shape string   // /cats/{}, which two paths must not have in common
	names []string // of the parameters
}

// templateOf converts the pattern of a route.
func templateOf(pattern string, params []router.PathParam) template {
	t := template{path: pattern, shape: pattern}
	parts := strings.Split(pattern, "/")
	shapes := strings.Split(pattern, "/")
	for i, part := range parts {
		if len(t.names) == len(params) || !isParameter(part) {
			continue
		}
		name := params[len(t.names)].Name
		t.names = append(t.names, name)
		parts[i], shapes[i] = "{"+name+"}", "{}"
	}
	t.path, t.shape = strings.Join(parts, "/"), strings.Join(shapes, "/")
	return t
}

// isParameter reports whether a segment of a pattern is one: no literal begins with these.
func isParameter(segment string) bool {
	return len(segment) > 1 && strings.ContainsAny(segment[:1], "{<:")
}

// hasRest reports whether a pattern ends with a catch-all, whose slashes no path of OpenAPI can hold.
func hasRest(params []router.PathParam) bool {
	return len(params) > 0 && params[len(params)-1].Value == "path"
}
