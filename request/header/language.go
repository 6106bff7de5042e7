package header

import "strings"

// NegotiateLanguage returns the offer that an Accept-Language header likes best, or "" if it accepts none (RFC 9110, 12.5.4).
// Values are the field lines, http.Header["Accept-Language"]; offers are language tags such as "en" or "pt-BR".
//
// A range matches the offer it names, the offers below it (en matches en-GB: basic filtering, RFC 4647, 3.3.1), and the offers
// above it (zh-Hant-TW matches zh-Hant and zh: lookup, RFC 4647, 3.4). Ranges are tried by weight, then in the order of the
// header. If one matches several offers, the longest common part wins, then the one with nothing beyond that part, then the
// earlier one. The range "*" matches what no other range does, and among equal weights comes last; of two the first counts.
//
// The weight of a range holds for the offer that it names and for the offers below that. There it replaces the weight of shorter
// ranges and of later equal ones, and 0 refuses. Case does not matter, and malformed elements are skipped. Without any well-formed
// element (no header, an empty one) the first offer is returned.
//
// At most 64 elements are looked at; later ones are ignored. It allocates nothing.
func NegotiateLanguage(values []string, offers ...string) string {
	var best languageMatch
	tag := ""
	for _, offer := range offers {
		if m := matchLanguage(values, offer); m.beats(best) {
			best, tag = m, offer
		}
	}
	return tag
}

// languageMatch says how well a range and an offer suit each other.
type languageMatch struct {
	weight    int // 0: not at all
	position  int // of the range in the header
	closeness int // grows with the part they have in common; 0: none
}

// beats reports whether m is a match, and a better one than n.
func (m languageMatch) beats(n languageMatch) bool {
	switch {
	case m.weight == 0 || m.weight != n.weight:
		return m.weight > n.weight
	case m.position != n.position:
		return m.position < n.position
	default:
		return m.closeness > n.closeness
	}
}

// matchLanguage returns the best match of offer with a range of the header.
func matchLanguage(values []string, offer string) languageMatch {
	var found languageMatches
	listed := false
	elements := list{lines: values}
	for position := range maxElements {
		element, ok := elements.next()
		if !ok {
			break
		}
		if r, weight, ok := scanWeighted(element); ok && isLanguageRange(r) {
			found.add(r, offer, weight, position)
			listed = true
		}
	}
	if !listed {
		return languageMatch{weight: maxWeight}
	}
	return found.best()
}

// languageMatches are the matches of one offer by kind: with a range that names it or is above it, with a range below it, with "*".
type languageMatches struct {
	filter, lookup, wildcard languageMatch
}

// add notes a range of the header if it suits the offer.
func (ms *languageMatches) add(r, offer string, weight, position int) {
	m := languageMatch{weight, position, closeness(r, offer)}
	switch {
	case r == "*":
		if ms.wildcard.closeness == 0 {
			ms.wildcard = languageMatch{weight, maxElements, 1} // behind all others
		}
	case covers(r, offer):
		if m.closeness > ms.filter.closeness {
			ms.filter = m
		}
	case covers(offer, r):
		if m.beats(ms.lookup) {
			ms.lookup = m
		}
	}
}

func (ms *languageMatches) best() languageMatch {
	switch refused := ms.filter.closeness > 0 && ms.filter.weight == 0; {
	case refused:
		return languageMatch{}
	case ms.lookup.beats(ms.filter):
		return ms.lookup
	case ms.filter.weight > 0:
		return ms.filter
	default:
		return ms.wildcard
	}
}

// closeness measures the common part of two tags, of which one covers the other. An offer that has nothing beyond that part gets half a
// step more.
func closeness(r, offer string) int {
	if len(offer) <= len(r) {
		return 2*len(offer) + 1
	}
	return 2 * len(r)
}

// covers reports whether tag is the language range r or below it. Lookup also drops a single letter or digit that it would leave
// at the end of a range; no language tag ends in one, so that needs no step here.
func covers(r, tag string) bool {
	n := len(r)
	return n > 0 && n <= len(tag) && equalFold(tag[:n], r) && (n == len(tag) || tag[n] == '-')
}

// IsLanguageTag reports whether s is written like a language tag, such as en or zh-Hant-TW. It does not know
// which tags are registered (RFC 5646, 2.2.9: well-formed, about).
func IsLanguageTag(s string) bool { return s != "*" && isLanguageRange(s) }

// isLanguageRange reports whether s is a basic language range: "*", or subtags of one to eight letters and, after the first
// subtag, digits (RFC 4647, 2.1).
func isLanguageRange(s string) bool {
	if s == "*" {
		return true
	}
	allowed := letterChars
	for more := true; more; allowed = alphanumericChars {
		var subtag string
		subtag, s, more = strings.Cut(s, "-")
		if len(subtag) > 8 || !allowed.spells(subtag) {
			return false
		}
	}
	return true
}
