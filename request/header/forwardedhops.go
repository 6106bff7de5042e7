package header

import (
	"fmt"
	"iter"
	"net/netip"
	"strings"
)

// ForwardedFor returns the addresses of X-Forwarded-For headers from the right: that of the hop nearest to this server comes
// first. It yields an error for the first element that is no address, as [ParseXForwardedFor] reads them, or for the 65th, and
// stops there. What a client has written itself stands on the left, so it spoils nothing of what proxies have added.
func ForwardedFor(values []string) iter.Seq2[netip.Addr, error] {
	return func(yield func(netip.Addr, error) bool) {
		fromRight(values, func(n int, element string) bool {
			addr, err := parseHop(n, element)
			return yield(addr, err) && err == nil
		})
	}
}

func parseHop(n int, element string) (netip.Addr, error) {
	addr, ok := parsePeer(element)
	switch {
	case !ok:
		return netip.Addr{}, fmt.Errorf("header: X-Forwarded-For %q: %w", excerpt(element), errAddress)
	case n == maxElements:
		return netip.Addr{}, errElements
	}
	return addr, nil
}

// ForwardedHops returns the elements of Forwarded headers from the right: that of the hop nearest to this server comes first. It
// yields an error for the first malformed element, as [ParseForwarded] reads them, or for the 65th, and stops there.
func ForwardedHops(values []string) iter.Seq2[ForwardedElement, error] {
	return func(yield func(ForwardedElement, error) bool) {
		fromRight(values, func(n int, element string) bool {
			hop, err := parseForwardedElement(params(element))
			switch {
			case err != nil:
				hop, err = ForwardedElement{}, fmt.Errorf("header: Forwarded %q: %w", excerpt(element), err)
			case n == maxElements:
				hop, err = ForwardedElement{}, errElements
			}
			return yield(hop, err) && err == nil
		})
	}
}

// ForwardedValue returns the value of a list such as X-Forwarded-Proto that stands at a distance from its right end, 1 for the
// last one. Of a shorter list it is the first value, and "" of one without any.
func ForwardedValue(values []string, distance int) (value string) {
	fromRight(values, func(n int, element string) bool {
		value = element
		return n+1 < distance
	})
	return value
}

// fromRight calls f with the elements of a list from the right, until it returns false: the one nearest to the end is number 0.
// It splits lines at the commas at which [list] splits them from the left. Where a line is malformed the two differ, and the
// elements to the right of the mistake are whole. Empty elements are skipped.
func fromRight(values []string, f func(n int, element string) bool) {
	n := 0
	for i := len(values) - 1; i >= 0; i-- {
		for line := values[i]; line != ""; {
			start := lastElement(line)
			element := trim(line[start:])
			line = line[:max(start-1, 0)]
			if element == "" {
				continue
			}
			if !f(n, element) {
				return
			}
			n++
		}
	}
}

// lastElement returns where the last element of s starts: behind the last comma outside quotes, as seen from the right.
func lastElement(s string) int {
	quoted := false
	for i := len(s) - 1; i >= 0; i-- {
		switch s[i] {
		case '"':
			if !quoted || !isEscaped(s[:i]) {
				quoted = !quoted
			}
		case ',':
			if !quoted {
				return i + 1
			}
		}
	}
	return 0
}

// isEscaped reports whether an odd number of backslashes stands before a byte.
func isEscaped(before string) bool {
	return (len(before)-len(strings.TrimRight(before, `\`)))%2 == 1
}
