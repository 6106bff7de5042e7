package header

// NegotiateEncoding returns the content coding that an Accept-Encoding header likes best among offers and "identity", or "" if it
// accepts none (RFC 9110, 12.5.3). Values are the field lines, http.Header["Accept-Encoding"].
//
// An offer must be listed, by name or by "*", with a weight above 0. Among equally liked ones the earlier wins, and identity,
// unless it is an offer itself, comes last. Not being listed, identity is chosen if no offer is acceptable; only identity;q=0
// refuses it, or *;q=0 without a word on identity. So a missing or empty header means identity. Case does not matter, and
// x-gzip and x-compress mean gzip and compress (RFC 9110, 8.4.1). Of two elements with one name the first counts. Malformed
// elements are skipped.
//
// At most 64 elements are looked at; later ones are ignored. It allocates nothing.
func NegotiateEncoding(values []string, offers ...string) string {
	var best choice
	for _, offer := range offers {
		weight, _ := codingWeight(values, offer)
		best.consider(offer, weight)
		if best.weight == maxWeight {
			return best.offer // nothing can beat it
		}
	}
	identity, listed := codingWeight(values, "identity")
	best.consider("identity", identity)
	if best.offer == "" && !listed {
		return "identity"
	}
	return best.offer
}

// codingWeight returns the weight that the header gives to coding, and whether it gives one.
func codingWeight(values []string, coding string) (weight int, listed bool) {
	coding = registeredCoding(coding)
	elements := list{lines: values}
	for range maxElements {
		element, ok := elements.next()
		if !ok {
			break
		}
		name, w, ok := scanWeighted(element)
		switch {
		case !ok:
		case equalFold(registeredCoding(name), coding):
			return w, true
		case name == "*" && !listed:
			weight, listed = w, true
		}
	}
	return weight, listed
}

// registeredCoding replaces the two aliases that RFC 9110, 8.4.1 asks recipients to know.
func registeredCoding(name string) string {
	switch {
	case equalFold(name, "x-gzip"):
		return "gzip"
	case equalFold(name, "x-compress"):
		return "compress"
	}
	return name
}
