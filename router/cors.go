package router

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
)

// CORS says which scripts of other origins may read the answers of routes, and which requests browsers may send for
// them (Fetch Standard, CORS protocol). The zero CORS allows nobody.
//
//	soay.CORS{Origins: []string{"https://app.example"}, RequestHeaders: []string{"Authorization"}}
//
// A policy opens doors and protects nothing: programs that are no browsers do not ask, and forms and images of other
// sites are sent without asking.
type CORS struct {
	// Origins are those whose scripts are allowed, as browsers write them: https://app.example,
	// https://*.app.example for all names below app.example but not for itself, http://localhost:* for any port and
	// none, and * for all origins. The origin null is never allowed.
	Origins []string
	// Methods are those that scripts may use besides GET, HEAD and POST. The default is all that the path has routes for.
	Methods []string
	// RequestHeaders are headers that scripts may set besides those that every page may send. * is any but
	// Authorization, which has to be named beside it. The default is none.
	RequestHeaders []string
	// ResponseHeaders are headers that scripts may read besides those that they always can, such as Content-Type. * is
	// any. The default is none.
	ResponseHeaders []string
	// Credentials lets browsers send cookies and the like with the requests. No * may stand beside it.
	Credentials bool
	// MaxAge is how long browsers may remember the answer to a preflight, in whole seconds and at most 24 hours. The
	// default is 10 minutes; negative: not at all.
	MaxAge time.Duration
	// InsecureOrigins allows Credentials for origins with http://, whose scripts anybody on the network can write.
	// Those of this machine, such as http://localhost:*, need no permission.
	InsecureOrigins bool
}

// Check returns what is wrong with the policy, nil if it is right.
func (c CORS) Check() error {
	var errs []error
	if len(c.Origins) == 0 && !c.isZero() {
		errs = append(errs, inField("Origins", "no origin is named, so nothing else means anything"))
	}
	for _, s := range c.Origins {
		errs = append(errs, c.checkOrigin(s))
	}
	for _, m := range c.Methods {
		errs = append(errs, checkCORSMethod(m))
	}
	for _, name := range c.RequestHeaders {
		errs = append(errs, c.checkName("RequestHeaders", name, isForbiddenInRequests))
	}
	for _, name := range c.ResponseHeaders {
		errs = append(errs, c.checkName("ResponseHeaders", name, isForbiddenInResponses))
	}
	if c.MaxAge > 24*time.Hour {
		errs = append(errs, inField("MaxAge", "%v is more than 24h, which no browser keeps", c.MaxAge))
	}
	if c.MaxAge > 0 && c.MaxAge < time.Second {
		errs = append(errs, inField("MaxAge", "%v is less than a second", c.MaxAge))
	}
	return errors.Join(errs...)
}

// inField returns what is wrong with a field.
func inField(field, format string, args ...any) error {
	return fmt.Errorf("%s: %w", field, fmt.Errorf(format, args...))
}

func (c CORS) isZero() bool {
	return len(c.Methods)+len(c.RequestHeaders)+len(c.ResponseHeaders) == 0 && !c.Credentials && c.MaxAge == 0 && !c.InsecureOrigins
}

func (c CORS) checkOrigin(s string) error {
	if s == "*" {
		switch {
		case c.Credentials:
			return inField("Origins", "* with Credentials would let every site act for its visitors; name the origins")
		case len(c.Origins) > 1:
			return inField("Origins", "* stands for all, so it stands alone")
		}
		return nil
	}
	p, err := header.ParseOriginPattern(s)
	switch {
	case err != nil:
		return inField("Origins", "%q: %w", s, err)
	case c.Credentials && !c.InsecureOrigins && !p.IsSecure():
		return inField("Origins", "%q with Credentials: anybody on the network can write pages of http; use https, or set InsecureOrigins", s)
	}
	return nil
}

func checkCORSMethod(m string) error {
	switch {
	case m == "*":
		return inField("Methods", "without any, all methods that have routes are allowed, so * is not needed")
	case slices.Contains([]string{http.MethodConnect, http.MethodTrace, "TRACK"}, strings.ToUpper(m)):
		return inField("Methods", "no browser sends %s for a script", m)
	}
	if err := checkMethod(m); err != nil {
		return inField("Methods", "%w", err)
	}
	return nil
}

func (c CORS) checkName(field, name string, forbidden func(string) bool) error {
	switch {
	case name == "*" && c.Credentials:
		return inField(field, "* with Credentials means nothing to browsers; name the headers")
	case !header.IsToken(name):
		return inField(field, "%q is no name of a header", name)
	case forbidden(strings.ToLower(name)):
		return inField(field, "browsers do not let scripts have %s", name)
	}
	return nil
}

// isForbiddenInRequests reports whether scripts cannot set a header (Fetch Standard, forbidden request-header).
func isForbiddenInRequests(name string) bool {
	switch name {
	case "accept-charset", "accept-encoding", "access-control-request-headers", "access-control-request-method",
		"connection", "content-length", "cookie", "cookie2", "date", "dnt", "expect", "host", "keep-alive", "origin",
		"referer", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade", "via":
		return true
	}
	return strings.HasPrefix(name, "proxy-") || strings.HasPrefix(name, "sec-") || strings.HasPrefix(name, "access-control-")
}

// isForbiddenInResponses reports whether scripts cannot read a header, or should not.
func isForbiddenInResponses(name string) bool {
	return name == "set-cookie" || name == "set-cookie2" || strings.HasPrefix(name, "access-control-")
}

func (c CORS) clone() *CORS {
	c.Origins, c.Methods = slices.Clone(c.Origins), slices.Clone(c.Methods)
	c.RequestHeaders, c.ResponseHeaders = slices.Clone(c.RequestHeaders), slices.Clone(c.ResponseHeaders)
	return &c
}

// corsPolicy is nil for routes without a policy.
var corsPolicy = request.NewRouteKey[*CORS]("CORS")

// CORS lets scripts of other origins use the route, in place of what its groups and the app allow; nothing of theirs is
// added. The zero CORS allows nobody.
func (r *Route) CORS(policy CORS) *Route { corsPolicy.Set(r, policy.clone()); return r }

// CORS lets scripts of other origins use the routes of the group, in place of what outer groups and the app allow. See
// [Route.CORS].
func (g Group) CORS(policy CORS) Group { corsPolicy.Set(g, policy.clone()); return g }

// SetCORS sets the policy of an app, which has been checked. It is for the framework.
func SetCORS(on request.RouteScope, policy CORS) { corsPolicy.Set(on, policy.clone()) }

// CORSAlong returns the policy of a route in these scopes, the outermost first, nil without one. The pointer is that of
// the scope that sets it. It is for the framework.
func CORSAlong(scopes ...*request.RouteSettings) *CORS { return corsPolicy.Along(scopes...) }

// CORS returns the policy for scripts of other origins, nil without one.
func (i Info) CORS() *CORS {
	policy, _ := i.Settings[corsPolicy.String()].(*CORS)
	if policy == nil {
		return nil
	}
	return policy.clone()
}
