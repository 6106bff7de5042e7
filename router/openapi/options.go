package openapi

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/soay-go/soay/router"
)

// Options sets how an API is described and where the description can be read. The zero value is the
// default.
type Options struct {
	// Servers are the places where the API is served. None means the host that the document comes from.
	Servers []Server
	// Tags describes tags of operations, and puts them first, in this order. Other tags follow in the
	// order of the routes.
	Tags []Tag
	// Error is the format in which the app's own handlers of errors answer, those of HandleError and
	// HandleStatus. The types of errors and the statuses that they take follow from the setup. The default tells
	// nothing of it. All other errors are problem details (RFC 9457).
	Error Response
	// Production serves the document and the pages in production too. By default they are served in
	// development only, since they list everything that the API can do.
	Production bool
	// Auth is the rule for who may see the document and the pages. By default everybody may in development,
	// and in production they are like routes without a rule: UseAuthorization closes them. A rule holds in both. A browser
	// has to open the pages, so the rule needs a scheme that browsers know, of sessions or basic; an Optional
	// rule opens them to everybody in production, too.
	Auth *router.Auth
	// JSONPath is where the document is served as JSON, "/openapi.json" by default. Here as below,
	// "-" means nowhere.
	JSONPath string
	// YAMLPath is where the document is served as YAML, "/openapi.yaml" by default.
	YAMLPath string
	// SwaggerPath is where Swagger UI shows the document, "/docs" by default. It reads JSONPath.
	SwaggerPath string
	// ReDocPath is where ReDoc shows the document, "/redoc" by default. It reads JSONPath.
	ReDocPath string
}

// Server is a place where an API is served.
type Server struct {
	// URL may be relative to that of the document, such as /v2. It must be set.
	URL string `json:"url"`
	// Description is in Markdown.
	Description string `json:"description,omitempty"`
}

// Tag groups operations.
type Tag struct {
	// Name is the name in [Doc].
	Name string `json:"name"`
	// Description is in Markdown.
	Description string `json:"description,omitempty"`
}

// nowhere is the path of a page that is not served.
const nowhere = "-"

// WithDefaults returns the options with the default paths in place of empty ones, and with empty ones in
// place of "-". The error names options that contradict each other.
// It is for the framework.
func (o Options) WithDefaults() (Options, error) {
	paths := map[string]bool{}
	var errs []error
	for _, p := range []struct {
		path  *string
		field string
		usual string
	}{
		{&o.JSONPath, "JSONPath", "/openapi.json"}, {&o.YAMLPath, "YAMLPath", "/openapi.yaml"},
		{&o.SwaggerPath, "SwaggerPath", "/docs"}, {&o.ReDocPath, "ReDocPath", "/redoc"},
	} {
		switch *p.path = cmp.Or(*p.path, p.usual); {
		case *p.path == nowhere:
			*p.path = ""
			continue
		case !strings.HasPrefix(*p.path, "/"):
			errs = append(errs, fmt.Errorf("openapi: Options.%s: %q does not start with a slash", p.field, *p.path))
		case paths[*p.path]:
			errs = append(errs, fmt.Errorf("openapi: Options.%s: %q is the path of something else", p.field, *p.path))
		}
		paths[*p.path] = true
	}
	if o.JSONPath == "" && (o.SwaggerPath != "" || o.ReDocPath != "") {
		errs = append(errs, errors.New(`openapi: the pages need the document: set SwaggerPath and ReDocPath to "-" too`))
	}
	if o.Auth != nil {
		for _, err := range router.Unjoin(o.Auth.Check()) {
			errs = append(errs, fmt.Errorf("openapi: Options.Auth: %w", err))
		}
	}
	return o, errors.Join(errs...)
}

// check returns the mistakes in the parts that go into a document.
func (o Options) check() error {
	var errs []error
	for _, s := range o.Servers {
		if s.URL == "" {
			errs = append(errs, errors.New("openapi: a server in Options has no URL"))
		}
	}
	seen := map[string]bool{}
	for _, t := range o.Tags {
		if t.Name == "" || seen[t.Name] {
			errs = append(errs, fmt.Errorf("openapi: the tag %q in Options is empty or there twice", t.Name))
		}
		seen[t.Name] = true
	}
	return errors.Join(errs...)
}
