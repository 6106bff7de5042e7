package compress

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response"
)

// lookup returns the values of a header of an answer.
type lookup func(name string) []string

// untouched are the headers that say that content is to stay as it is: it has a coding, is a part, or a digest of the bytes
// that are sent is known (RFC 9530).
var untouched = []string{"Content-Encoding", "Content-Range", "Content-Digest", "Repr-Digest", "Digest", "Content-Md5"}

// couldBe reports whether an answer to GET with a status, a Content-Type and other headers is compressed for clients that accept it.
func (c *compressor) couldBe(status int, contentType string, values lookup) bool {
	if status < 200 || status == http.StatusPartialContent || !response.HasContent(http.MethodGet, status) ||
		!c.types.has(contentType) {
		return false
	}
	for _, name := range untouched {
		if len(values(name)) > 0 {
			return false
		}
	}
	// Ranges are those of the bytes before they are compressed, so a client could put parts of both together.
	return !lists(values("Accept-Ranges"), "bytes") && !lists(values("Cache-Control"), "no-transform")
}

// announcesLess reports whether a Content-Length is below MinBytes.
func (c *compressor) announcesLess(lines []string) bool {
	if len(lines) == 0 {
		return false
	}
	n, err := strconv.ParseInt(lines[0], 10, 64)
	return err == nil && n < int64(c.minBytes)
}

// choose returns the coding for an answer to hr, nil for none.
func (c *compressor) choose(hr *http.Request, setsCookie bool, values lookup) *coding {
	if !c.mayTell(hr, setsCookie, values) {
		return nil
	}
	name := header.NegotiateEncoding(http1.ListOf(hr, "Accept-Encoding"), c.names...)
	if i := slices.Index(c.names, name); i >= 0 {
		return c.codings[i]
	}
	return nil
}

// mayTell reports whether the length of an answer may tell about its content.
func (c *compressor) mayTell(hr *http.Request, setsCookie bool, values lookup) bool {
	if c.personal == Always || !setsCookie && !lists(values("Vary"), "Cookie") && !lists(values("Vary"), "*") && !isKnown(hr) {
		return true
	}
	return c.personal == OwnPages && isOwn(hr)
}

// isKnown reports whether the browser has said who the user is by itself, so that it says so for a page of an attacker too:
// by a certificate or by a password, but not by a token, which only scripts send.
func isKnown(hr *http.Request) bool {
	if hr.TLS != nil && len(hr.TLS.PeerCertificates) > 0 {
		return true
	}
	for _, line := range http1.Values(hr, "Authorization") {
		scheme, _, _ := header.ParseAuthorization(line)
		switch scheme {
		case "basic", "digest", "negotiate", "ntlm":
			return true
		}
	}
	return false
}

// isOwn reports whether a browser says that the user or a page of the same origin makes the request (Fetch Metadata).
func isOwn(hr *http.Request) bool {
	lines := http1.Values(hr, "Sec-Fetch-Site")
	return len(lines) == 1 && (lines[0] == "same-origin" || lines[0] == "none")
}

// lists reports whether one of the lines of a header, which are lists, has a member.
func lists(lines []string, member string) bool {
	for _, line := range lines {
		for m := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.Trim(m, " \t"), member) {
				return true
			}
		}
	}
	return false
}

// weak returns the weak form of a tag, and false for one that is weak already, or none. The compressed bytes of some content
// are others than those that a strong tag stands for (RFC 9110 section 8.8.3.3).
func weak(tag string) (string, bool) {
	if !strings.HasPrefix(tag, `"`) {
		return "", false
	}
	return "W/" + tag, true
}
