package response

import (
	"net/http"
	"net/textproto"
	"strconv"
	"time"

	"github.com/soay-go/soay/request/http1"
)

// Wire are the circumstances of [State.AppendTo]. It is for the framework.
type Wire struct {
	Head  bool      // the request's method is HEAD
	Close bool      // the connection is closed after the response: Connection: close
	Now   time.Time // for Date
}

// AppendTo appends the status line and the header fields of HTTP/1.1 to b, with the empty line after them. It
// returns the text that follows, which is empty in answer to HEAD and for a status without content. What is
// sent is what net/http's server sends for [State.WriteDirect], but for the order of the fields; no header map
// is made.
//
// It returns b unchanged and false for the responses that it cannot write: one with a [Body]; one that sets a
// field about the connection, omits its length, announces the length of a text that it does not have, or leaves
// the type of its text to be guessed; and one with more than 32 headers and cookies.
func (s State) AppendTo(b []byte, wire Wire) (head []byte, text string, ok bool) {
	r := s.resp
	status := r.Status()
	typed, sized := contentHeaders(status)
	if !typed {
		r.text = ""
	}
	if status < 200 || !r.fitsWire(wire.Head, typed) {
		return b, "", false
	}
	b = http1.AppendStatusLine(b, status)
	if r.header(dateKey) == nil {
		b = http1.AppendDate(b, wire.Now)
	}
	if wire.Close {
		b = append(b, "Connection: close\r\n"...)
	}
	b = r.appendDefaults(b, typed)
	b = r.last.appendFields(b, r.last, typed)
	if sized {
		b = appendLength(b, len(r.text))
	}
	b = append(b, '\r', '\n')
	if wire.Head {
		return b, "", true
	}
	return b, r.text, true
}

// maxParts is how many parts AppendTo takes. It looks at all newer parts for each part, which is cheaper than a
// map only while they are few.
const maxParts = 32

// fitsWire reports whether AppendTo can write the response, whose text is the one that its status allows. typed
// says that the status allows a type.
func (r Response) fitsWire(toHead, typed bool) bool {
	count, hasType := 0, contentTypes[r.content.kind()] != nil
	for p := r.last; p != nil; p = p.prev {
		count++
		switch {
		case p.kind == setBody:
			return false
		case p.kind > omitHeader:
			continue
		}
		switch p.name {
		case "Connection", "Keep-Alive", "Trailer", "Upgrade":
			return false
		case contentLengthKey:
			// A HEAD handler may announce a length without having the content (RFC 9110 section 8.6).
			if p.kind == omitHeader || toHead && r.text == "" {
				return false
			}
		case contentTypeKey:
			hasType = true
		}
	}
	isGuessed := typed && !hasType && r.text != "" && !toHead // by net/http
	return count <= maxParts && !isGuessed
}

// appendDefaults appends the headers that are always there, unless they are set. It is defaultHeaders without a
// map.
func (r Response) appendDefaults(b []byte, typed bool) []byte {
	if known := contentTypes[r.content.kind()]; known != nil && typed && r.header(contentTypeKey) == nil {
		b = appendField(b, contentTypeKey, known[0])
	}
	if r.header(nosniffKey) == nil {
		b = append(b, nosniffKey+": nosniff\r\n"...)
	}
	if r.status == http.StatusUnauthorized && (r.header(challengeKey) == nil || r.omits(challengeKey)) {
		b = appendField(b, challengeKey, defaultChallenge)
	}
	if r.isPage() {
		for _, policy := range pagePolicies {
			if r.header(policy.name) == nil {
				b = appendField(b, policy.name, policy.value[0])
			}
		}
	}
	return b
}

// appendFields appends the fields of p and the parts below it, the oldest first. newest is the first part of the
// whole list.
func (p *part) appendFields(b []byte, newest *part, typed bool) []byte {
	if p == nil {
		return b
	}
	b = p.prev.appendFields(b, newest, typed)
	switch {
	case p.kind != setHeader && p.kind != addHeader && p.kind != setCookie:
	case p.fieldName() == contentLengthKey || p.fieldName() == contentTypeKey && !typed:
	case p.isReplaced(newest):
	case p.kind == addHeader && p.name == "Vary":
		b = append(b, "Vary: "...)
		b = p.appendVary(b, len(b))
		b = append(b, '\r', '\n')
	default:
		b = appendField(b, p.fieldName(), p.value[0])
	}
	return b
}

// fieldName returns the name of the field that the part is about.
func (p *part) fieldName() string {
	if p.kind == setCookie {
		return "Set-Cookie"
	}
	return p.name
}

// isReplaced reports whether a newer part takes the place of p, or has its value as well.
func (p *part) isReplaced(newest *part) bool {
	for q := newest; q != p; q = q.prev {
		switch q.kind {
		case setCookie:
			if p.kind == setCookie && q.name == p.name {
				return true
			}
		case setHeader, omitHeader:
			if q.name == p.fieldName() {
				return true
			}
		case addHeader:
			if q.name == "Vary" && p.fieldName() == "Vary" {
				return true
			}
		}
	}
	return false
}

// appendVary appends the merged value of p and the parts below it that add to Vary. The value begins at start.
func (p *part) appendVary(b []byte, start int) []byte {
	below := p.prev.header("Vary")
	if below == nil || below.kind == omitHeader {
		return append(b, textproto.TrimString(p.value[0])...)
	}
	return appendVary(below.appendVary(b, start), start, p.value[0])
}

// appendLength appends the field Content-Length.
func appendLength(b []byte, n int) []byte {
	b = append(b, "Content-Length: "...)
	if n < len(lengths) {
		b = append(b, lengthValue(n)[0]...)
	} else {
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return append(b, '\r', '\n')
}

// appendField appends a line with a value trimmed as net/http's server does it.
func appendField(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ':', ' ')
	b = append(b, textproto.TrimString(value)...)
	return append(b, '\r', '\n')
}
