package header_test

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/soay-go/soay/request/header"
)

func ExampleParseMediaType() {
	m, err := header.ParseMediaType(`Application/Problem+JSON; Charset="utf-8"`)
	if err != nil {
		fmt.Println(err)
		return
	}
	charset, _ := m.Param("charset")
	fmt.Println(m.Type, m.Subtype, m.Suffix(), charset)
	fmt.Println(m)
	// Output:
	// application problem+json json utf-8
	// application/problem+json; charset=utf-8
}

func ExampleIsJSON() {
	fmt.Println(header.IsJSON("application/json; charset=utf-8"))
	fmt.Println(header.IsJSON("application/vnd.api+json"))
	fmt.Println(header.IsJSON("text/plain"))
	// Output:
	// true
	// true
	// false
}

func ExampleNegotiateMediaType() {
	h := http.Header{"Accept": {"text/html, application/json;q=0.9, */*;q=0.1"}}
	fmt.Println(header.NegotiateMediaType(h["Accept"], "application/json", "text/html"))
	fmt.Println(header.NegotiateMediaType(h["Accept"], "application/json", "image/png"))
	fmt.Println(header.NegotiateMediaType(nil, "application/json", "text/html"))
	// Output:
	// text/html
	// application/json
	// application/json
}

func ExampleNegotiateEncoding() {
	fmt.Println(header.NegotiateEncoding([]string{"gzip, br;q=0.8"}, "br", "gzip"))
	fmt.Println(header.NegotiateEncoding([]string{"deflate"}, "br", "gzip"))
	fmt.Printf("%q\n", header.NegotiateEncoding([]string{"deflate, *;q=0"}, "br", "gzip"))
	// Output:
	// gzip
	// identity
	// ""
}

func ExampleNegotiateLanguage() {
	values := []string{"de-CH, fr;q=0.8"}
	fmt.Println(header.NegotiateLanguage(values, "en", "fr", "de"))
	fmt.Println(header.NegotiateLanguage(values, "en", "fr-CA"))
	// Output:
	// de
	// fr-CA
}

func ExampleParseRange() {
	const size = 1000
	ranges, err := header.ParseRange("bytes=-200", size)
	switch {
	case errors.Is(err, header.ErrRangeNotSatisfiable):
		fmt.Println(http.StatusRequestedRangeNotSatisfiable)
	case err != nil || len(ranges) == 0:
		fmt.Println(http.StatusOK)
	default:
		fmt.Println(http.StatusPartialContent, ranges[0].ContentRange(size))
	}
	// Output: 206 bytes 800-999/1000
}

func ExampleParseForwarded() {
	hops, err := header.ParseForwarded([]string{`for="[2001:db8::17]:4711";proto=https;host=example.com, for=_hidden`})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, hop := range hops {
		addr, ok := hop.For.Addr()
		fmt.Println(hop.For, addr, ok, hop.Proto, hop.Host)
	}
	// Output:
	// [2001:db8::17]:4711 2001:db8::17 true https example.com
	// _hidden invalid IP false
}

func ExampleParseXForwardedFor() {
	fmt.Println(header.ParseXForwardedFor([]string{"192.0.2.1:5000, 2001:db8::1"}))
	fmt.Println(header.ParseXForwardedFor([]string{"192.0.2.1, localhost"}))
	// Output:
	// [192.0.2.1 2001:db8::1] <nil>
	// [] header: X-Forwarded-For "localhost": not an IP address
}

func ExampleParseAuthorization() {
	scheme, credentials, ok := header.ParseAuthorization("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
	if ok && scheme == "basic" {
		fmt.Println(header.ParseBasic(credentials))
	}
	// Output: Aladdin open sesame true
}

func ExampleParseBearer() {
	fmt.Println(header.ParseBearer("mF_9.B5f-4.1JqM"))
	// Output: mF_9.B5f-4.1JqM true
}

func ExampleParseETags() {
	current := header.ETag{Tag: "v2"}
	tags, anyTag, err := header.ParseETags([]string{`"v1", W/"v2"`})
	notModified := anyTag
	for _, tag := range tags {
		notModified = notModified || tag.WeakMatch(current)
	}
	fmt.Println(notModified, err)
	// Output: true <nil>
}

func ExampleQuote() {
	fmt.Println("filename=" + header.Quote(`the "best".txt`))
	// Output: filename="the \"best\".txt"
}
