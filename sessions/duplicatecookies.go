package sessions

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
)

// A browser may have several cookies with the name of the session cookie, and sends them all: one from
// before Domain or Path was changed, for instance, or one that another host of the domain has planted.
// The request does not tell where each is from (RFC 6265 section 4.2.2).

// duplicates describes several cookies of which none was taken as the session.
type duplicates struct {
	storeIDs  []string // the ids that they stand for in a store
	ambiguous bool     // it is unknown which of them is the visitor's
	url       *url.URL // of the request
}

// maxDuplicates is how many cookies of the session's name are opened, since each may cost a call of the
// store.
const maxDuplicates = 4

// choose opens several cookies and takes the only one that is a session. If two are sessions, it is unknown
// which is the visitor's. Then neither is taken, and the browser is told to delete all that are not where
// Soay sets its cookie. One cookie remains, and no other host can have set it if it is for this host alone.
func (m *Manager) choose(rec *record, r *http.Request, name string, count int) *record {
	all := &duplicates{url: r.URL, ambiguous: count > maxDuplicates}
	rec.duplicates = all
	if all.ambiguous {
		m.refused(rec, name, fmt.Errorf("sessions: the request has %d cookies of this name", count))
		return rec
	}
	var found *record
	for n, value := range header.Cookies(http1.Values(r, "Cookie")) {
		if n != name {
			continue
		}
		one := &record{manager: m, https: rec.https, ctx: rec.ctx, operation: rec.operation, hadCookie: true}
		ok := m.open(one, name, value)
		if one.unavailable != nil {
			return one
		}
		if one.storeID != "" {
			all.storeIDs = append(all.storeIDs, one.storeID)
		}
		if ok {
			all.ambiguous = all.ambiguous || found != nil
			found = one
		}
	}
	switch {
	case all.ambiguous:
		m.refused(rec, name, fmt.Errorf("sessions: more than one of %d cookies of this name is a session", count))
	case found != nil:
		return found
	}
	return rec
}

// DuplicateDeletions returns deletions of the cookies that make it unknown which session is the visitor's,
// nil where that is known. They cover every domain and path from which the browser may have sent a cookie
// to this host and path, except where the session cookie itself is set.
func (s State) DuplicateDeletions(host string) []*http.Cookie {
	rec := s.session.loaded()
	if rec == nil || rec.duplicates == nil || !rec.duplicates.ambiguous {
		return nil
	}
	m := rec.manager
	name := m.CookieName(rec.https)
	if header.IsHostCookie(name) { // a browser keeps it in one place only
		return nil
	}
	var all []*http.Cookie
	own := strings.ToLower(strings.TrimPrefix(m.opts.Domain, "."))
	for _, path := range m.pathsTo(rec.duplicates.url) {
		for _, domain := range domainsOf(host) {
			if domain == own && path == m.opts.Path {
				continue
			}
			c := m.newCookie(name, "", m.IsSecure(rec.https, host))
			c.Path, c.Domain = path, domain
			header.ExpireCookie(&c)
			all = append(all, &c)
		}
	}
	return all[:min(len(all), maxDeletions)]
}

// maxDeletions limits the headers that long hosts and deep paths add to a response.
const maxDeletions = 20

// pathsTo returns the paths of cookies that a browser sends with a request for url, the session's own first.
func (m *Manager) pathsTo(url *url.URL) []string {
	paths := []string{m.opts.Path}
	add := func(path string) {
		if !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	add("/")
	if url == nil {
		return paths
	}
	var path strings.Builder
	for segment := range strings.SplitSeq(strings.TrimPrefix(url.EscapedPath(), "/"), "/") {
		if segment == "" || strings.Contains(segment, ";") || !header.ValidCookieValue(segment) || len(paths) == maxDeletions {
			break
		}
		path.WriteString("/" + segment)
		add(path.String())
	}
	return paths
}

// domainsOf returns the domains of cookies that a browser sends to a host: "" for the host alone, the host
// with all below it, and the domains above it. Browsers ignore deletions for public suffixes such as co.uk.
func domainsOf(host string) []string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(host)
	domains := []string{""}
	if !validDomain(host) || net.ParseIP(host) != nil {
		return domains
	}
	for strings.Contains(host, ".") {
		domains = append(domains, host)
		_, host, _ = strings.Cut(host, ".")
	}
	return domains
}
