package cors

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

const (
	varyOrigin    = "Origin"
	varyPreflight = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
)

// defaultMaxAge is how long browsers may remember the answer to a preflight.
const defaultMaxAge = 10 * time.Minute

// policy is a [router.CORS] in the form in which requests are compared with it. It never changes.
type policy struct {
	all      bool // every origin is allowed
	patterns []header.OriginPattern
	methods  []string // besides the safelisted ones; nil for all that have routes
	names    names    // of headers that scripts may set

	actual     answers                // for all but preflights
	preflights map[string]*preflights // by the methods that are likely, "" for the others and the safelisted ones
	refused    response.Response
}

// preflights are the answers to preflights for a method.
type preflights struct {
	plain    answers // to those that name no headers
	detailed answers // with the headers that scripts may set
}

// answers are the headers of answers by the origins that get them, which nobody changes.
type answers struct {
	exact  map[string]response.Response
	common response.Response // for another origin that is allowed, which is to be added unless all are
	denied response.Response // for the others
}

// compile returns the policy of rules that have been checked.
func compile(rules *router.CORS) *policy {
	p := &policy{
		all: slices.Contains(rules.Origins, "*"), methods: slices.Clone(rules.Methods), names: namesOf(rules.RequestHeaders),
		refused: response.Response{}.WithHeader("Vary", varyPreflight),
	}
	exact := []string{}
	for _, s := range rules.Origins {
		if o, err := header.ParseOriginPattern(s); err == nil && o.IsExact() {
			exact = append(exact, s)
		} else if err == nil {
			p.patterns = append(p.patterns, o)
		}
	}
	none := response.Response{}
	actual := none
	if !p.all {
		actual = none.WithHeader("Vary", varyOrigin)
	}
	p.actual = newAnswers(withExposed(withCredentials(actual, rules), rules), exact, p.all, actual)
	p.preflights = map[string]*preflights{"": p.newPreflights(rules, exact, "")}
	for _, method := range append([]string{http.MethodPut, http.MethodPatch, http.MethodDelete}, rules.Methods...) {
		if !isSafelisted(method) {
			p.preflights[method] = p.newPreflights(rules, exact, method)
		}
	}
	return p
}

// newPreflights returns the answers to preflights for a method that has to be allowed, "" for none.
func (p *policy) newPreflights(rules *router.CORS, exact []string, method string) *preflights {
	common := withCredentials(p.refused, rules).WithHeader("Access-Control-Max-Age", seconds(rules.MaxAge))
	if method != "" {
		common = common.WithHeader(allowMethods, method)
	}
	made := &preflights{plain: newAnswers(common, exact, p.all, p.refused)}
	if !p.names.isEmpty() {
		common = common.WithHeader("Access-Control-Allow-Headers", p.names.String())
	}
	made.detailed = newAnswers(common, exact, p.all, p.refused)
	return made
}

func newAnswers(common response.Response, exact []string, all bool, denied response.Response) answers {
	a := answers{exact: map[string]response.Response{}, common: common, denied: denied}
	if all {
		a.common = common.WithHeader(allowOrigin, "*")
	}
	for _, origin := range exact {
		a.exact[origin] = common.WithHeader(allowOrigin, origin)
	}
	return a
}

const (
	allowOrigin  = "Access-Control-Allow-Origin"
	allowMethods = "Access-Control-Allow-Methods"
)

func withCredentials(resp response.Response, rules *router.CORS) response.Response {
	if rules.Credentials {
		return resp.WithHeader("Access-Control-Allow-Credentials", "true")
	}
	return resp
}

func withExposed(resp response.Response, rules *router.CORS) response.Response {
	if len(rules.ResponseHeaders) > 0 {
		return resp.WithHeader("Access-Control-Expose-Headers", strings.Join(rules.ResponseHeaders, ", "))
	}
	return resp
}

func seconds(maxAge time.Duration) string {
	age := max(0, cmp.Or(maxAge, defaultMaxAge))
	return strconv.FormatInt(int64(age/time.Second), 10)
}

// headersFor returns the headers of an answer to an origin, "" for none.
func (p *policy) headersFor(a *answers, origin string) (headers response.Response, allowed bool) {
	if p.all {
		return a.common, true
	}
	if headers, ok := a.exact[origin]; ok {
		return headers, true
	}
	if slices.ContainsFunc(p.patterns, func(o header.OriginPattern) bool { return o.Matches(origin) }) {
		return a.common.WithHeader(allowOrigin, origin), true
	}
	return a.denied, false
}

// answer answers a preflight hr for a route of the policy.
func (p *policy) answer(req request.Request, hr *http.Request, origin, method string) response.Response {
	likely := p.preflights[method]
	made := likely
	if made == nil {
		made = p.preflights[""]
	}
	list := &made.plain
	asked, ok := p.names.allow(http1.Values(hr, "Access-Control-Request-Headers"))
	if asked {
		list = &made.detailed
	}
	headers, allowed := p.headersFor(list, origin)
	switch {
	case !allowed:
		return refuse(req, p, response.Error(errOrigin))
	case !p.allowsMethod(method):
		return refuse(req, p, response.Error(errMethod))
	case !ok:
		return refuse(req, p, response.Error(errHeaders))
	case likely == nil && !isSafelisted(method):
		headers = headers.WithHeader(allowMethods, method)
	}
	return response.NoContent().WithHeadersOf(headers)
}

// allowsMethod reports whether scripts may use a method that the path has.
func (p *policy) allowsMethod(method string) bool {
	switch method {
	case http.MethodConnect, http.MethodTrace, "TRACK":
		return false
	}
	return len(p.methods) == 0 || isSafelisted(method) || slices.Contains(p.methods, method)
}

// isSafelisted reports whether scripts may use a method without permission (Fetch Standard, CORS-safelisted method).
func isSafelisted(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodPost
}
