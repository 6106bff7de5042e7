package auth

import (
	"errors"
	"slices"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/router"
)

// maxAuthorization is how many bytes an Authorization header may have.
const maxAuthorization = 16 << 10

var errAuthorization = errors.New("there must be one Authorization header, with credentials and of at most 16 KiB")

// isReadable reports whether the values of Authorization are one that schemes may judge (RFC 6750 section 3.1,
// invalid_request). A tab is no credential either.
func isReadable(lines []string) bool {
	return len(lines) == 1 && len(lines[0]) <= maxAuthorization && header.ValidValue(lines[0]) && !strings.Contains(lines[0], "\t")
}

// authorization tells whether credentials of a scheme stand in the header Authorization, and behind which names. A
// scheme that does not tell where they stand may have them there.
func (d Description) authorization() (used bool, names []string) {
	for _, s := range append([]router.SecurityScheme{d.Security}, d.Others...) {
		used = used || s.Type != "apiKey" || s.In == "header" && strings.EqualFold(s.Name, "Authorization")
		if s.Type == "http" && s.Scheme != "" {
			names = append(names, s.Scheme)
		}
	}
	return used, names
}

// checkAuthorization refuses an Authorization header that no scheme should judge, so that not each of them has to look: of
// two, a proxy could have judged the other. Without a scheme for that header it is none of ours.
func (g *guard) checkAuthorization(req request.Request) error {
	lines := http1.Values(request.StateOf(req).Source(), "Authorization") // here, so that it allocates nothing
	if len(lines) == 0 || !slices.ContainsFunc(g.explicit, func(e *entry) bool { return e.headed }) {
		return nil
	}
	if isReadable(lines) && !g.isBare(lines[0]) {
		return nil
	}
	refused := &RefusedError{Reason: ReasonMalformed, Status: ReasonMalformed.status(), Err: errAuthorization}
	if i := slices.IndexFunc(g.explicit, func(e *entry) bool { return e.headed && e.scheme.Presented(req) }); i >= 0 {
		refused.Scheme = g.explicit[i].name
	}
	return refused
}

// isBare reports whether a value of Authorization is the name of an allowed scheme, with nothing behind it.
func (g *guard) isBare(line string) bool {
	line = strings.TrimRight(line, " ")
	for _, e := range g.explicit {
		if slices.ContainsFunc(e.names, func(name string) bool { return strings.EqualFold(name, line) }) {
			return true
		}
	}
	return false
}

// HasCredentials reports whether a request has an Authorization header of a scheme, whose name is in lower case: for
// [Scheme.Presented]. What stands behind the name need not be well-formed.
func HasCredentials(req request.Request, scheme string) bool {
	for _, line := range http1.Values(request.StateOf(req).Source(), "Authorization") { // here, so that it allocates nothing
		n := len(scheme)
		if len(line) >= n && strings.EqualFold(line[:n], scheme) && (len(line) == n || !header.IsToken(line[n:n+1])) {
			return true
		}
	}
	return false
}

// Credentials returns what stands behind the name of a scheme in the Authorization header, for [Scheme.Authenticate].
// Two headers, one without anything behind the name, one with control characters and one of more than 16 KiB are an
// [*InvalidError].
func Credentials(req request.Request, scheme string) (string, error) {
	lines := http1.Values(request.StateOf(req).Source(), "Authorization")
	if !isReadable(lines) {
		return "", Invalid(ReasonMalformed, errAuthorization)
	}
	name, credentials, ok := header.ParseAuthorization(lines[0])
	if !ok || name != scheme || credentials == "" {
		return "", Invalid(ReasonMalformed, errAuthorization)
	}
	return credentials, nil
}
