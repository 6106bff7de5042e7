package response

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/soay-go/soay/response/problem"
)

// Redirect sends the client to another place on this site with status 302. The location must be
// local: a path, a query or a fragment, no scheme and no host, in any disguise that a browser
// understands. Anything else is a 400, since such locations come from clients; use
// [ExternalRedirect] to leave the site.
func Redirect(location string) Response { return redirect(http.StatusFound, location) }

// MovedPermanently is [Redirect] with status 301.
func MovedPermanently(location string) Response {
	return redirect(http.StatusMovedPermanently, location)
}

// SeeOther is [Redirect] with status 303: the client continues with GET. It is the answer to a form
// that was accepted.
func SeeOther(location string) Response { return redirect(http.StatusSeeOther, location) }

// TemporaryRedirect is [Redirect] with status 307: the client repeats the request with its method
// and body.
func TemporaryRedirect(location string) Response {
	return redirect(http.StatusTemporaryRedirect, location)
}

// PermanentRedirect is [Redirect] with status 308: the client repeats the request with its method
// and body, now and later.
func PermanentRedirect(location string) Response {
	return redirect(http.StatusPermanentRedirect, location)
}

func redirect(status int16, location string) Response {
	if !isLocal(location) {
		return Error(problem.New(http.StatusBadRequest, "The redirect leads to another site.").
			WithCause(fmt.Errorf("response: redirect to %q, which is not local", location)))
	}
	return Response{status: status}.WithLocation(location)
}

// ExternalRedirect sends the client to an absolute http or https URL, with status 302 unless
// WithStatus changes it. Never pass it a location that a client chose.
func ExternalRedirect(location string) Response {
	u, err := url.Parse(location)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil {
		return invalid("redirect to %q, which is no absolute http or https URL", location)
	}
	return Response{status: http.StatusFound}.WithHeader("Location", u.String())
}

// isLocal reports whether a browser that resolves location stays on the site. Browsers drop tabs
// and line breaks, trim spaces and other control characters, and read a backslash as a slash, so
// all of these are refused before the URL is looked at.
func isLocal(location string) bool {
	if location == "" || strings.HasPrefix(location, "//") || strings.Contains(location, `\`) {
		return false
	}
	for i := range len(location) {
		if location[i] <= ' ' || location[i] == 0x7f {
			return false
		}
	}
	u, err := url.Parse(location)
	return err == nil && u.Scheme == "" && u.Host == "" && u.Opaque == ""
}

// RedirectOr is [Redirect] to a target that a client chose, such as the page it came from. If the target
// is missing or leads to another site, the client goes to fallback: it is too late to refuse the request
// then. fallback is the program's own; one that is not local is a 500.
func RedirectOr(target, fallback string) Response {
	return redirectOr(http.StatusFound, target, fallback)
}

// SeeOtherOr is [RedirectOr] with status 303, as [SeeOther] has it. It sends a client that has sent a form
// on to the page that it wanted:
//
//	req.Session.SetUser(name)
//	return response.SeeOtherOr(form.Get("next"), "/profile")
func SeeOtherOr(target, fallback string) Response {
	return redirectOr(http.StatusSeeOther, target, fallback)
}

func redirectOr(status int16, target, fallback string) Response {
	if !isLocal(fallback) {
		return invalid("redirect with the fallback %q, which is not local", fallback)
	}
	if !isLocal(target) {
		target = fallback
	}
	return redirect(status, target)
}
