package loop_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// canary is the request behind all others. Whether it is answered says whether the connection was usable, and what a
// handler sees of it says where the request before it ended.
const canary = "GET /canary HTTP/1.1\r\nHost: canary\r\nConnection: close\r\n\r\n"

// describe returns all that a handler can see of the head of a request.
func describe(hr *http.Request) string {
	ctx, u := hr.Context(), *hr.URL
	u.User = nil // a pointer, which RequestURI tells enough of
	return fmt.Sprintf("%s %q %q %#v host=%q header=%q len=%d te=%q close=%v from=%s tls=%v form=%v pattern=%q local=%v server=%v",
		hr.Method, hr.RequestURI, hr.Proto, u, hr.Host, hr.Header, hr.ContentLength, hr.TransferEncoding, hr.Close,
		hr.RemoteAddr, hr.TLS, hr.Form, hr.Pattern, ctx.Value(http.LocalAddrContextKey), ctx.Value(http.ServerContextKey) != nil)
}

// classOf returns what two servers must have in common of an error.
func classOf(err error) string {
	tooLarge := new(http.MaxBytesError)
	for _, known := range []error{
		io.EOF, io.ErrUnexpectedEOF, http.ErrBodyReadAfterClose, http.ErrContentLength, http.ErrBodyNotAllowed,
		http.ErrHijacked, http.ErrNotSupported,
	} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &tooLarge):
		return "too large"
	}
	return "error"
}

// pair is a server of package net/http and the loop with the same handlers.
type pair struct{ standard, own *served }

// compare fails if the servers disagree about a connection.
func (p pair) compare(t *testing.T, program []byte, pieces ...[]byte) {
	t.Helper()
	want := p.standard.play(program, pieces...)
	got := p.own.play(program, pieces...)
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Fatalf("%q, program %v: net/http(-), loop(+):\n%s", pieces, program, diff)
	}
}

// seedRequests are beginnings of connections.
func seedRequests() []string {
	var all []string
	for _, c := range http1Cases() {
		if s := strings.Join(c.send, ""); len(s) < 10_000 {
			all = append(all, s)
		}
	}
	return all
}
