package header

// maxWeight is the weight of an element that states none: thousandths, as a weight has at most three decimals.
const maxWeight = 1000

// NegotiateMediaType returns the offer that an Accept header likes best, or "" if it accepts none (RFC 9110, 12.5.1). Values are
// the field lines, http.Header["Accept"]; offers are media types such as "text/html" or "text/html; charset=utf-8".
//
// For each offer the most specific range decides: type/subtype with parameters that the offer has too, then type/subtype, then
// type/*, then */*. Among equally specific ranges the first one counts, among equally liked offers the earlier one wins, and
// q=0 refuses. A malformed element, weight included, is skipped. Without any well-formed element (no header, an empty one)
// everything is accepted. A malformed offer is never returned.
//
// At most 64 elements are looked at; later ones are ignored. It allocates nothing.
func NegotiateMediaType(values []string, offers ...string) string {
	var best choice
	for _, offer := range offers {
		m, err := scanMediaType(offer)
		if err != nil {
			continue
		}
		best.consider(offer, mediaWeight(values, m))
		if best.weight == maxWeight {
			return best.offer // nothing can beat it
		}
	}
	return best.offer
}

// mediaWeight returns the weight that the header gives to offer, 0 if it is not acceptable.
func mediaWeight(values []string, offer MediaType) int {
	weight, closest := maxWeight, -1
	elements := list{lines: values}
	for range maxElements {
		element, ok := elements.next()
		if !ok {
			break
		}
		r, err := scanMediaType(element)
		if err != nil {
			continue
		}
		w, ok := r.params.weight()
		if !ok {
			continue
		}
		if closest < 0 {
			weight, closest = 0, 0 // there is something to satisfy
		}
		if c := specificity(r, offer); c > closest {
			weight, closest = w, c
		}
	}
	return weight
}

// specificity says how closely the media range r describes offer, 0 if it does not.
func specificity(r, offer MediaType) int {
	level := 0
	switch {
	case equalFold(r.Type, offer.Type) && equalFold(r.Subtype, offer.Subtype):
		level = 3
	case equalFold(r.Type, offer.Type) && r.Subtype == "*":
		level = 2
	case r.Type == "*" && r.Subtype == "*":
		level = 1
	default:
		return 0
	}
	n, ok := sharedParams(r.params, offer.params)
	if !ok {
		return 0
	}
	return level*(maxParams+1) + n
}

// sharedParams counts the parameters of a media range without its weight. It is false if the offer lacks one of them.
func sharedParams(r, offer params) (n int, ok bool) {
	s := scanner{string(r)}
	for {
		name, want, ok := s.parameter()
		if !ok {
			return n, true
		}
		if equalFold(name, "q") {
			continue
		}
		// Of the well-known parameters only charset ignores the case of its value (RFC 9110, 8.3.2).
		if have, ok := offer.lookup(name); !ok || !sameText(want, have, equalFold(name, "charset")) {
			return 0, false
		}
		n++
	}
}

// weight returns the weight among the parameters of a media range: any parameter named q, wherever it stands (RFC 9110, 12.5.1).
func (p params) weight() (weight int, ok bool) {
	value, ok := p.lookup("q")
	if !ok {
		return maxWeight, true
	}
	return parseWeight(value)
}

// parseWeight reads a qvalue (RFC 9110, 12.4.2): 0 to 1 with at most three decimals.
func parseWeight(s string) (weight int, ok bool) {
	if s == "" || s[0] != '0' && s[0] != '1' || len(s) > 1 && s[1] != '.' || len(s) > len("0.000") {
		return 0, false
	}
	weight = int(s[0]-'0') * maxWeight
	for i, unit := 2, maxWeight/10; i < len(s); i, unit = i+1, unit/10 {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		weight += int(s[i]-'0') * unit
	}
	return weight, weight <= maxWeight
}

// scanWeighted reads an element that is a token and perhaps a weight.
func scanWeighted(element string) (name string, weight int, ok bool) {
	s := scanner{element}
	if name = s.token(); name == "" || !s.ends(';') {
		return "", 0, false
	}
	if s.rest == "" {
		return name, maxWeight, true
	}
	q, value, ok := s.parameter()
	if !ok || s.rest != "" || !equalFold(q, "q") {
		return "", 0, false
	}
	weight, ok = parseWeight(value)
	return name, weight, ok
}

// choice keeps the best offer seen so far.
type choice struct {
	offer  string
	weight int
}

// consider takes the offer if it weighs more than all before it.
func (c *choice) consider(offer string, weight int) {
	if weight > c.weight {
		*c = choice{offer, weight}
	}
}
