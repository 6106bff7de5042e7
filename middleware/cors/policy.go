package cors

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/response"
)

// Policy says which pages of other origins may read answers, and what their scripts may send. The zero Policy allows
// nobody, for routes in an app that allows somebody.
type Policy struct {
	// Origins are those of the pages, as browsers send them: https://shop.example, without a path. An origin may begin
	// with https://*., for all names below a domain, and end in :*, for any port and none. "*" alone stands for all
	// origins.
	Origins []string
	// Methods are those that scripts may use besides GET, HEAD and POST. The default is all that the path has.
	Methods []string
	// RequestHeaders are those that scripts may set besides Accept, Accept-Language, Content-Language, Range, and
	// Content-Type with the values that forms have: Content-Type for JSON, Authorization for tokens. "*" stands for all but
	// Authorization, which can stand beside it, and needs a policy without Credentials.
	RequestHeaders []string
	// ResponseHeaders are those that scripts may read besides Cache-Control, Content-Language, Content-Length, Content-Type,
	// Expires, Last-Modified and Pragma. "*" stands for all, and needs a policy without Credentials.
	ResponseHeaders []string
	// Credentials lets scripts send requests with cookies, and read the answers. Then the origins must be known.
	Credentials bool
	// MaxAge is how long browsers may remember what they were allowed, in whole seconds, at most 24 hours. The default is
	// 10 minutes; a negative value makes them ask each time.
	MaxAge time.Duration
	// InsecureOrigins allows origins with http beside Credentials, whose pages anybody on the way can change. Those of
	// this machine, such as http://localhost:3000, need it not.
	InsecureOrigins bool
}

const (
	defaultMaxAge = 10 * time.Minute
	longestMaxAge = 24 * time.Hour // what browsers keep at most

	allNames = "*"

	keyOrigin  = "Access-Control-Allow-Origin"
	keyMethods = "Access-Control-Allow-Methods"
	keyHeaders = "Access-Control-Allow-Headers"
)

// Rules are a compiled [Policy]. They never change, so they are safe for concurrent use. It is for the framework.
type Rules struct {
	text     string
	all      bool                // every origin, without credentials
	exact    map[string]*granted // by origins
	patterns []pattern           // further origins
	methods  []string            // nil for all that the path has
	headers  requestHeaders      // that scripts may set
	allowed  response.Response   // the headers of answers to scripts, but for the origin
	preflit  response.Response   // those of answers to preflights, but for the origin, the method and the headers
	refused  response.Response   // those of answers to everybody else
	granted  *granted            // where all is set
}

// granted are the headers of answers to scripts of one origin.
type granted struct{ actual, preflight response.Response }

// Compile returns the rules of a policy. The error joins all that is wrong. It is for the framework.
func Compile(p Policy) (*Rules, error) {
	r := &Rules{exact: map[string]*granted{}, methods: slices.Clone(p.Methods), text: strings.Join(p.Origins, " ")}
	if len(p.Origins) == 0 {
		return r.nobody(p)
	}
	errs := append(r.addOrigins(p), checkMethods(p.Methods), p.checkExposed(), p.checkMaxAge())
	var err error
	if r.headers, err = newRequestHeaders(p.RequestHeaders, p.Credentials); err != nil {
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	r.fill(p)
	return r, nil
}

// nobody returns the rules of a policy without origins, for which nothing else may be set.
func (r *Rules) nobody(p Policy) (*Rules, error) {
	if len(p.Methods)+len(p.RequestHeaders)+len(p.ResponseHeaders) > 0 || p.Credentials || p.InsecureOrigins || p.MaxAge != 0 {
		return nil, errors.New("there are no Origins, so nobody has a use for the rest of the policy")
	}
	r.refused = varying("Origin")
	return r, nil
}

// String returns the origins, "nobody" without any.
func (r *Rules) String() string {
	if r.text == "" {
		return "nobody"
	}
	return r.text
}

func varying(names string) response.Response { return response.Response{}.WithHeader("Vary", names) }

// fill makes the headers of answers.
func (r *Rules) fill(p Policy) {
	seconds := strconv.Itoa(int(max(p.MaxAge, 0) / time.Second))
	if p.MaxAge == 0 {
		seconds = strconv.Itoa(int(defaultMaxAge / time.Second))
	}
	r.preflit = varying(varyOfPreflights).WithHeader("Access-Control-Max-Age", seconds)
	if !r.all {
		r.allowed, r.refused = varying("Origin"), varying("Origin")
	}
	if len(p.ResponseHeaders) > 0 {
		r.allowed = r.allowed.WithHeader("Access-Control-Expose-Headers", strings.Join(p.ResponseHeaders, ", "))
	}
	if p.Credentials {
		r.allowed = r.allowed.WithHeader("Access-Control-Allow-Credentials", "true")
		r.preflit = r.preflit.WithHeader("Access-Control-Allow-Credentials", "true")
	}
	if r.all {
		r.granted = r.grant(allNames)
	}
	for origin := range r.exact {
		r.exact[origin] = r.grant(origin)
	}
}

func (r *Rules) grant(origin string) *granted {
	return &granted{r.allowed.WithHeader(keyOrigin, origin), r.preflit.WithHeader(keyOrigin, origin)}
}

// addOrigins takes the origins of a policy into the rules.
func (r *Rules) addOrigins(p Policy) []error {
	var errs []error
	for _, s := range p.Origins {
		if s == allNames {
			r.all = true
			if p.Credentials {
				errs = append(errs, errors.New("option Origins: \"*\" has no Credentials; name the origins"))
			}
			if len(p.Origins) > 1 {
				errs = append(errs, errors.New("option Origins: \"*\" stands alone, since it has all others in it"))
			}
			continue
		}
		o, err := parsePattern(s)
		if err == nil && p.Credentials && !p.InsecureOrigins && o.isInsecure() {
			err = errors.New("anybody on the way can change a page that comes over http and then use the cookies; take https, or set InsecureOrigins")
		}
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("option Origins: %q: %w", s, err))
		case o.isExact():
			r.exact[s] = nil
		default:
			r.patterns = append(r.patterns, o)
		}
	}
	return errs
}

// forbidden are the methods that scripts cannot use (Fetch standard, section 2.2.1).
var forbidden = []string{http.MethodConnect, http.MethodTrace, "TRACK"}

// unmended are the methods that browsers do not write in upper case by themselves, though they are known so.
var known = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

func checkMethods(methods []string) error {
	var errs []error
	for _, m := range methods {
		upper := strings.ToUpper(m)
		switch {
		case m == allNames:
			errs = append(errs, errors.New("option Methods: \"*\" is no method; all that the path has are the default"))
		case !header.IsToken(m):
			errs = append(errs, fmt.Errorf("option Methods: %q is no method", m))
		case slices.Contains(forbidden, upper):
			errs = append(errs, fmt.Errorf("option Methods: scripts cannot use %s", m))
		case upper != m && slices.Contains(known, upper):
			errs = append(errs, fmt.Errorf("option Methods: %q is spelled %s", m, upper))
		}
	}
	return errors.Join(errs...)
}

// checkExposed returns what is wrong with the headers that scripts may read.
func (p Policy) checkExposed() error {
	var errs []error
	for _, name := range p.ResponseHeaders {
		switch lower := strings.ToLower(name); {
		case name == allNames && p.Credentials:
			errs = append(errs, errors.New("option ResponseHeaders: \"*\" means nothing with Credentials; name the headers"))
		case !header.IsToken(name):
			errs = append(errs, fmt.Errorf("option ResponseHeaders: %q is no name of a header", name))
		case lower == "set-cookie" || lower == "set-cookie2":
			errs = append(errs, fmt.Errorf("option ResponseHeaders: no script can read %s", name))
		}
	}
	return errors.Join(errs...)
}

func (p Policy) checkMaxAge() error {
	switch {
	case p.MaxAge > longestMaxAge:
		return fmt.Errorf("option MaxAge: %v is more than the 24 hours that browsers remember at most", p.MaxAge)
	case p.MaxAge > 0 && p.MaxAge%time.Second != 0:
		return fmt.Errorf("option MaxAge: %v is not a number of seconds", p.MaxAge)
	}
	return nil
}
