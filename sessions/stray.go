package sessions

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/soay-go/soay/request/header"
)

// A browser may have several cookies of the session's name, and sends them all: one of before Domain or Path
// was changed, or one that another host of the domain has planted. None of them says where it is from.

// several is what is known of several cookies none of which is taken.
type several struct {
	places    []string // where they lead to in a store
	ambiguous bool     // it is not known which is the visitor's
	url       *url.URL // of the request
}

// maxTried is how many cookies of the session's name are tried, since each may cost a look into the store.
const maxTried = 4

// choose opens the one of several cookies that is a session. Where two are, nobody knows which of them is the
// visitor's: neither is, and the browser is told to delete those that are not where Soay sets them. What is
// left then is one, and where the cookie is for this host alone no other host can have set it.
func (m *Manager) choose(rec *record, r *http.Request, name string, count int) *record {
	all := &several{url: r.URL, ambiguous: count > maxTried}
	rec.several = all
	if all.ambiguous {
		m.refused(rec, name, fmt.Errorf("sessions: the request has %d cookies of this name", count))
		return rec
	}
	var found *record
	for n, value := range header.Cookies(r.Header["Cookie"]) {
		if n != name {
			continue
		}
		one := &record{manager: m, https: rec.https, ctx: rec.ctx, sent: true}
		ok := m.open(one, name, value)
		if one.fault != nil {
			return one
		}
		if one.place != "" {
			all.places = append(all.places, one.place)
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

// Stray returns deletions of the cookies that make it unknown which session the visitor has, nil where that
// is known. They are for all places from which the browser may have sent them to this path of host, but the
// one where the cookie is set.
func Stray(s Session, host string) []*http.Cookie {
	rec := s.touched()
	if rec == nil || rec.several == nil || !rec.several.ambiguous {
		return nil
	}
	m := rec.manager
	name := m.CookieName(rec.https)
	if header.IsHostCookie(name) { // which a browser keeps in one place only
		return nil
	}
	var all []*http.Cookie
	own := strings.ToLower(strings.TrimPrefix(m.opts.Domain, "."))
	for _, path := range m.pathsTo(rec.several.url) {
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
	return all[:min(len(all), maxStray)]
}

// maxStray bounds what long hosts and deep paths add to a response, and cost.
const maxStray = 20

// pathsTo returns the paths of cookies that a browser sends with the request: first that of Soay's.
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
		if segment == "" || strings.Contains(segment, ";") || !header.ValidCookieValue(segment) || len(paths) == maxStray {
			break
		}
		path.WriteString("/" + segment)
		add(path.String())
	}
	return paths
}

// domainsOf returns the domains of cookies that a browser sends to a host: "" for the host alone, the host
// with all below it, and the domains above it. Browsers pass over those that are nobody's own, such as co.uk.
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
