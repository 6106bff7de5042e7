package ratelimit

import (
	"strconv"
	"strings"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// The names are in their canonical form, so that they need not be brought into it for each response.
const (
	policyField = "Ratelimit-Policy"
	limitField  = "Ratelimit"
)

// policyHeader has what headers say of a policy.
type policyHeader struct {
	names []string          // of the rates, quoted
	items string            // of the field RateLimit-Policy
	alone response.Response // with the field of this policy alone
}

// add adds a rate under a name. A window that is no number of seconds is left out.
func (h *policyHeader) add(name string, rate router.Rate) {
	quoted := `"` + name + `"`
	h.names = append(h.names, quoted)
	if h.items != "" {
		h.items += ", "
	}
	h.items += quoted + ";q=" + strconv.Itoa(rate.Requests)
	if rate.Per%time.Second == 0 {
		h.items += ";w=" + strconv.FormatInt(int64(rate.Per/time.Second), 10)
	}
}

func (h *policyHeader) finish() {
	if h.items != "" {
		h.alone = response.Response{}.WithHeader(policyField, h.items)
	}
}

// withHeaders returns the response with the headers about all limits that were asked. A refusal also names the
// policies that were not asked any more.
func (l *Limits) withHeaders(
	req request.Request, resp response.Response, list []asked, route *limiter, refused bool,
) response.Response {
	if len(list) == 1 && !refused && list[0].policy.options.Headers == HeadersDraft {
		a := &list[0]
		return resp.WithHeadersOf(a.policy.header.alone).WithHeader(limitField, a.item(make([]byte, 0, 48)))
	}
	var draft, legacy []asked
	for _, a := range list {
		switch a.policy.options.Headers {
		case HeadersDraft:
			draft = append(draft, a)
		case HeadersLegacy:
			legacy = append(legacy, a)
		}
	}
	if len(draft) > 0 {
		resp = resp.WithHeader(policyField, l.policies(req, draft, route, refused))
		resp = resp.WithHeader(limitField, itemsOf(draft))
	}
	if len(legacy) > 0 {
		resp = withLegacy(resp, legacy[tightest(legacy)].result)
	}
	return resp
}

// policies returns the items of the policies of a request: those that were asked, and for a refusal all.
func (l *Limits) policies(req request.Request, list []asked, route *limiter, refused bool) string {
	var items []string
	for _, a := range list {
		items = append(items, a.policy.header.items)
	}
	if !refused {
		return strings.Join(items, ", ")
	}
	all := l.limiters
	if route != nil {
		all = append(all[:len(all):len(all)], route)
	}
	for _, each := range all {
		if each.options.Headers != HeadersDraft || each.options.Exempt != nil && each.options.Exempt(req) {
			continue
		}
		for _, p := range []*policy{&each.address, &each.user} {
			if p.header.items != "" && !contains(list, p) {
				items = append(items, p.header.items)
			}
		}
	}
	return strings.Join(items, ", ")
}

func contains(list []asked, p *policy) bool {
	for _, a := range list {
		if a.policy == p {
			return true
		}
	}
	return false
}

// itemsOf returns the items of the field RateLimit, the tightest last: many clients look at that alone.
func itemsOf(list []asked) string {
	last := tightest(list)
	var items []byte
	for i := range list {
		if i != last {
			items = append(list[i].appendItem(items), ", "...)
		}
	}
	return string(list[last].appendItem(items))
}

// tightest returns the place of the tightest result: a refusal before all others.
func tightest(list []asked) int {
	best := 0
	for i := range list {
		if r, b := list[i].result, list[best].result; r.Allowed != b.Allowed && !r.Allowed || r.Allowed == b.Allowed && r.isTighter(b) {
			best = i
		}
	}
	return best
}

func (a *asked) item(b []byte) string { return string(a.appendItem(b)) }

// appendItem appends an item of the field RateLimit.
func (a *asked) appendItem(b []byte) []byte {
	name := a.policy.header.names[0]
	for i, rate := range a.policy.rates {
		if rate == a.result.Limit {
			name = a.policy.header.names[i]
			break
		}
	}
	b = append(append(b, name...), ";r="...)
	b = strconv.AppendInt(b, int64(max(0, a.result.Remaining)), 10)
	b = append(b, ";t="...)
	return strconv.AppendInt(b, roundUp(a.result.Reset), 10)
}

func withLegacy(resp response.Response, r Result) response.Response {
	return resp.
		WithHeader("X-Ratelimit-Limit", strconv.Itoa(r.Limit.Requests)).
		WithHeader("X-Ratelimit-Remaining", strconv.Itoa(max(0, r.Remaining))).
		WithHeader("X-Ratelimit-Reset", strconv.FormatInt(roundUp(time.Duration(time.Now().Add(r.Reset).UnixNano())), 10))
}

// roundUp returns whole seconds, so that nobody comes too early.
func roundUp(d time.Duration) int64 {
	s := int64(d / time.Second)
	if d%time.Second > 0 {
		s++
	}
	return s
}

func seconds(d time.Duration) string { return strconv.FormatInt(roundUp(d), 10) }
