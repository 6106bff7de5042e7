package requesttest

import (
	"net/http"
	"net/url"
	"strings"
)

// jarFor returns the jar for a request that may bring cookies of its own in its header. The header wins by
// name: were both sent, the app would not know which one counts.
func jarFor(jar http.CookieJar, req *http.Request) http.CookieJar {
	lines, ok := req.Header["Cookie"]
	if !ok {
		return jar
	}
	o := overridden{jar, map[string]bool{}, len(lines) == 0}
	all := strings.Join(lines, "; ")
	for pair := range strings.SplitSeq(all, ";") {
		name, _, _ := strings.Cut(pair, "=")
		o.names[strings.TrimSpace(name)] = true
	}
	if len(lines) > 1 && len(o.Cookies(req.URL)) > 0 {
		req.Header["Cookie"] = []string{all} // for the client of package http adds them to the first line alone
	}
	return o
}

// overridden is a jar for one exchange. It does not return the cookies that the request brings itself.
type overridden struct {
	http.CookieJar
	names map[string]bool // that stand in the header
	all   bool
}

// Cookies implements http.CookieJar.
func (o overridden) Cookies(u *url.URL) []*http.Cookie {
	var sent []*http.Cookie
	for _, c := range o.CookieJar.Cookies(u) {
		if !o.all && !o.names[c.Name] {
			sent = append(sent, c)
		}
	}
	return sent
}

// SetCookies implements http.CookieJar. What the app sets is sent from then on when a redirect is
// followed: the client of package http drops it from the header itself.
func (o overridden) SetCookies(u *url.URL, cookies []*http.Cookie) {
	o.CookieJar.SetCookies(u, cookies)
	for _, c := range cookies {
		delete(o.names, c.Name)
	}
}
