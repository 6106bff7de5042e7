package response

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/soay-go/soay/request/header"
)

// CacheControl says how long caches may keep an answer, and which (RFC 9111 section 5.2.2). Without one, a browser may
// guess from Last-Modified how long it keeps an answer. The zero value of a field says nothing.
//
// These are mistakes: Public with Private, Private with SharedMaxAge, NoStore with a time (but for MustUnderstand),
// Immutable without MaxAge, a time that is negative or below a second, and nothing at all.
type CacheControl struct {
	// NoStore forbids all caches to keep the answer.
	NoStore bool
	// NoCache lets caches keep the answer, and makes them ask before each use whether it is still good. With a tag or
	// a time the answer to that is a short 304.
	NoCache bool
	// Public lets shared caches keep what they would not keep otherwise, such as the answer to a request with
	// Authorization.
	Public bool
	// Private lets browsers keep the answer, and no cache that several users share.
	Private bool
	// MustRevalidate forbids to use the answer after its time without asking, even if the app cannot be reached.
	MustRevalidate bool
	// ProxyRevalidate is MustRevalidate for shared caches.
	ProxyRevalidate bool
	// MustUnderstand lets only caches keep the answer that know its status. Others obey NoStore, which belongs to it.
	MustUnderstand bool
	// NoTransform forbids proxies to change the content, and the app to compress it.
	NoTransform bool
	// Immutable says that the content will never change within MaxAge, so that browsers do not ask even when the
	// user reloads. It is for URLs that name a version.
	Immutable bool
	// MaxAge is how long the answer may be used without asking, in seconds; the rest is dropped.
	MaxAge time.Duration
	// SharedMaxAge takes the place of MaxAge for caches that several users share.
	SharedMaxAge time.Duration
	// StaleWhileRevalidate is how long after MaxAge the answer may be used while the cache asks for a new one (RFC 5861).
	StaleWhileRevalidate time.Duration
	// StaleIfError is how long after MaxAge the answer may be used if the app fails or cannot be reached (RFC 5861).
	StaleIfError time.Duration
}

// times returns the times by their directives.
func (c CacheControl) times() [4]cacheTime {
	return [...]cacheTime{
		{"max-age", c.MaxAge}, {"s-maxage", c.SharedMaxAge},
		{"stale-while-revalidate", c.StaleWhileRevalidate}, {"stale-if-error", c.StaleIfError},
	}
}

type cacheTime struct {
	name string
	d    time.Duration
}

// Check returns what contradicts itself. It is for the framework.
func (c CacheControl) Check() error {
	var errs []error
	timed := false
	for _, t := range c.times() {
		timed = timed || t.d != 0
		if t.d != 0 && t.d < time.Second {
			errs = append(errs, fmt.Errorf("%s of %v is below a second", t.name, t.d))
		}
	}
	for _, contradiction := range []struct {
		found bool
		text  string
	}{
		{c == CacheControl{}, "it says nothing"},
		{c.Public && c.Private, "Public contradicts Private"},
		{c.Private && c.SharedMaxAge != 0, "SharedMaxAge contradicts Private, which shared caches do not keep"},
		{c.NoStore && timed && !c.MustUnderstand, "NoStore contradicts a time for which caches keep the answer"},
		{c.Immutable && c.MaxAge == 0, "Immutable needs MaxAge"},
	} {
		if contradiction.found {
			errs = append(errs, errors.New(contradiction.text))
		}
	}
	return errors.Join(errs...)
}

// maxCacheSeconds is the greatest time, about 68 years (RFC 9111 section 1.2.2).
const maxCacheSeconds = 1 << 31

// String returns the value of the header Cache-Control.
func (c CacheControl) String() string {
	var b []byte
	add := func(on bool, directive string) {
		if !on {
			return
		}
		if len(b) > 0 {
			b = append(b, ", "...)
		}
		b = append(b, directive...)
	}
	addTime := func(t cacheTime) {
		add(t.d != 0, t.name)
		if t.d != 0 {
			b = strconv.AppendInt(append(b, '='), min(int64(t.d/time.Second), maxCacheSeconds), 10)
		}
	}
	times := c.times()
	add(c.Private, "private")
	add(c.Public, "public")
	addTime(times[0])
	addTime(times[1])
	add(c.NoCache, "no-cache")
	add(c.MustRevalidate, "must-revalidate")
	add(c.ProxyRevalidate, "proxy-revalidate")
	add(c.NoStore, "no-store")
	add(c.MustUnderstand, "must-understand")
	add(c.NoTransform, "no-transform")
	add(c.Immutable, "immutable")
	addTime(times[2])
	addTime(times[3])
	return string(b)
}

// WithCacheControl returns a copy with the header Cache-Control. One that contradicts itself makes it an error response.
// An answer that depends on a session is private all the same, and no cache keeps one that changes the session.
func (r Response) WithCacheControl(c CacheControl) Response {
	if err := c.Check(); err != nil {
		return invalid("CacheControl: %w", err)
	}
	return r.WithHeader(cacheControlKey, c.String())
}

const (
	cacheControlKey = "Cache-Control"
	etagKey         = "Etag"
	lastModifiedKey = "Last-Modified"
	acceptRangesKey = "Accept-Ranges"
)

// WithETag returns a copy with a strong tag: a text that names this version of the content, byte by byte, such as a hash
// or the number of a version. It stands in the header ETag between quotes, and must not have any itself. The text may
// not be empty, nor have spaces or control characters, else it is an error response.
//
// The app compares the tag of a 200 with the conditions of a GET or HEAD. A client that has this version already gets a
// 304 without content; see docs/caching.md.
func (r Response) WithETag(tag string) Response { return r.withTag(header.ETag{Tag: tag}) }

// WithWeakETag is [Response.WithETag] with a tag that versions share which mean the same, though their bytes may differ.
// It serves for a 304, but neither for ranges nor for If-Match (RFC 9110 section 8.8.1).
func (r Response) WithWeakETag(tag string) Response {
	return r.withTag(header.ETag{Tag: tag, Weak: true})
}

func (r Response) withTag(tag header.ETag) Response {
	value := tag.String()
	if _, err := header.ParseETag(value); err != nil || tag.Tag == "" {
		return invalid("%q is no tag: it is empty, or has a quote, a space or a control character", tag.Tag)
	}
	return r.WithHeader(etagKey, value)
}

// WithLastModified returns a copy with the time when the content has changed, to the second. Clients that have it since
// get a 304, as with [Response.WithETag]; two changes within a second look the same to them. The zero time, and one to
// come (RFC 9110 section 8.8.2.1), set nothing.
func (r Response) WithLastModified(t time.Time) Response {
	if t = lastModified(t); t.IsZero() {
		return r
	}
	return r.WithHeader(lastModifiedKey, t.Format(http.TimeFormat))
}
