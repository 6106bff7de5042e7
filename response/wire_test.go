package response_test

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// wireTime is the time of the responses that AppendTo writes in tests.
var wireTime = time.Date(2001, 2, 3, 4, 5, 6, 7, time.FixedZone("", 3600))

const wireDate = "Date: Sat, 03 Feb 2001 03:05:06 GMT"

// appended returns what AppendTo makes of a response.
func appended(resp response.Response, wire response.Wire) (string, bool) {
	wire.Now = wireTime
	head, text, ok := response.StateOf(resp).AppendTo([]byte("before"), wire)
	return strings.TrimPrefix(string(head), "before") + text, ok
}

func TestAppendTo(t *testing.T) {
	const ok, nosniff = "HTTP/1.1 200 OK\n" + wireDate + "\n", "X-Content-Type-Options: nosniff\n"
	const plain = "Content-Type: text/plain; charset=utf-8\n" + nosniff
	for _, tt := range []struct {
		description string
		response    response.Response
		wire        response.Wire
		want        string
	}{
		{"text", response.Text("hi"), response.Wire{}, ok + plain + "Content-Length: 2\n\nhi"},
		{"HEAD", response.Text("hi"), response.Wire{Head: true}, ok + plain + "Content-Length: 2\n\n"},
		{"close", response.Text("hi"), response.Wire{Close: true},
			ok + "Connection: close\n" + plain + "Content-Length: 2\n\nhi"},
		{"nothing", response.Status(200), response.Wire{}, ok + nosniff + "Content-Length: 0\n\n"},
		{"JSON", response.JSON([]int{1}), response.Wire{},
			ok + "Content-Type: application/json\n" + nosniff + "Content-Length: 3\n\n[1]"},
		{"page", response.HTML("<p>"), response.Wire{}, ok + "Content-Type: text/html; charset=utf-8\n" + nosniff +
			"Referrer-Policy: strict-origin-when-cross-origin\nCross-Origin-Opener-Policy: same-origin\n" +
			"Content-Security-Policy: base-uri 'self'; frame-ancestors 'self'; object-src 'none'\n" +
			"Content-Length: 3\n\n<p>"},
		{"challenge", response.Text("").WithStatus(401), response.Wire{}, "HTTP/1.1 401 Unauthorized\n" + wireDate + "\n" +
			plain + "Www-Authenticate: Session realm=\"app\"\nContent-Length: 0\n\n"},
		{"a status without a text", response.Status(299), response.Wire{},
			"HTTP/1.1 299 status code 299\n" + wireDate + "\n" + nosniff + "Content-Length: 0\n\n"},
		{"204 with text", response.Text("hi").WithStatus(204), response.Wire{},
			"HTTP/1.1 204 No Content\n" + wireDate + "\n" + nosniff + "\n"},
		{"205 with text", response.Text("hi").WithStatus(205), response.Wire{},
			"HTTP/1.1 205 Reset Content\n" + wireDate + "\n" + nosniff + "Content-Length: 0\n\n"},
		{"fields in the order in which they were set",
			response.Text("hi").WithHeader("X-B", "old").WithHeader("X-A", " \ta ").WithHeader("X-B", "b").
				AddHeader("X-B", "c").WithHeader("X-Content-Type-Options", "x"),
			response.Wire{}, ok + "Content-Type: text/plain; charset=utf-8\nX-A: a\nX-B: b\nX-B: c\n" +
				"X-Content-Type-Options: x\nContent-Length: 2\n\nhi"},
		{"the newest cookie of a name",
			response.Status(200).WithCookie(&http.Cookie{Name: "a", Value: "1"}).
				WithCookie(&http.Cookie{Name: "Vary", Value: "2"}).WithCookie(&http.Cookie{Name: "a", Value: "3"}).
				WithHeader("Vary", "X-A").WithCookie(&http.Cookie{Name: "a", Value: "4", Path: "/a"}),
			response.Wire{}, ok + nosniff + "Set-Cookie: Vary=2\nSet-Cookie: a=3\nVary: X-A\nSet-Cookie: a=4; Path=/a\n" +
				"Content-Length: 0\n\n"},
		{"Vary", response.Status(200).WithHeader("Vary", " Accept ").WithHeader("Vary", "accept, Cookie,,Origin"),
			response.Wire{}, ok + nosniff + "Vary: Accept, Cookie, Origin\nContent-Length: 0\n\n"},
		{"Vary over an empty one", response.Status(200).WithHeader("Vary", "").WithHeader("Vary", ",,Origin, "),
			response.Wire{}, ok + nosniff + "Vary: Origin\nContent-Length: 0\n\n"},
		{"Vary over an omitted one", response.Status(200).WithHeader("Vary", "Accept").
			WithHeadersOf(response.Recorded(200, http.Header{"Vary": nil}, nil)).WithHeader("Vary", "Cookie"),
			response.Wire{}, ok + nosniff + "Vary: Cookie\nContent-Length: 0\n\n"},
		{"omitted challenge", response.Recorded(401, http.Header{"Www-Authenticate": nil}, nil), response.Wire{},
			"HTTP/1.1 401 Unauthorized\n" + wireDate + "\n" + nosniff +
				"Www-Authenticate: Session realm=\"app\"\nContent-Length: 0\n\n"},
		{"own date", response.Status(200).WithHeader("Date", "today"), response.Wire{},
			"HTTP/1.1 200 OK\n" + nosniff + "Date: today\nContent-Length: 0\n\n"},
		{"omitted date", response.Recorded(200, http.Header{"Date": nil}, nil), response.Wire{},
			"HTTP/1.1 200 OK\n" + nosniff + "Content-Length: 0\n\n"},
		{"own length of a text", response.Text("hi").WithHeader("Content-Length", "7"), response.Wire{},
			ok + plain + "Content-Length: 2\n\nhi"},
		{"error page", response.StateOf(response.NotFound()).WithPage(response.Text("gone")), response.Wire{},
			"HTTP/1.1 404 Not Found\n" + wireDate + "\n" + plain + "Content-Length: 4\n\ngone"},
	} {
		got, written := appended(tt.response, tt.wire)
		if diff := cmp.Diff(tt.want, strings.ReplaceAll(got, "\r\n", "\n")); diff != "" || !written {
			t.Errorf("%s: %t (-want +got):\n%s", tt.description, written, diff)
		}
	}
}

func TestAppendToRefuses(t *testing.T) {
	many := response.Text("hi")
	for range 40 {
		many = many.AddHeader("X-A", "1")
	}
	for _, tt := range []struct {
		description string
		response    response.Response
		head        bool
		want        bool
	}{
		{"a body", response.Stream("text/csv", nil), false, false},
		{"a body under headers", response.Stream("text/csv", nil).WithHeader("X-A", "1"), false, false},
		{"Connection", response.Text("hi").WithHeader("Connection", "close"), false, false},
		{"Keep-Alive", response.Text("hi").WithHeader("keep-alive", "timeout=5"), false, false},
		{"Trailer", response.Text("hi").AddHeader("Trailer", "X-A"), false, false},
		{"Upgrade", response.Text("hi").WithHeader("Upgrade", "h2c"), false, false},
		{"a cookie of such a name", response.Text("hi").WithCookie(response.NewCookie("Upgrade", "1")), false, true},
		{"omitted length", response.Recorded(200, http.Header{"Content-Length": nil}, []byte("hi")), false, false},
		{"length to HEAD", response.Status(200).WithHeader("Content-Length", "7"), true, false},
		{"length to GET", response.Status(200).WithHeader("Content-Length", "7"), false, true},
		{"a text without a type", response.Recorded(200, nil, []byte("hi")), false, false},
		{"a text without a type, to HEAD", response.Recorded(200, nil, []byte("hi")), true, true},
		{"an omitted type", response.Recorded(200, http.Header{"Content-Type": nil}, []byte("hi")), false, true},
		{"an informational status", response.Recorded(103, nil, nil), false, false},
		{"an upgrade", response.Recorded(101, nil, nil), false, false},
		{"more headers than are looked through", many, false, false},
	} {
		b := []byte("before")
		head, text, ok := response.StateOf(tt.response).AppendTo(b, response.Wire{Head: tt.head, Now: wireTime})
		if ok != tt.want || !ok && (text != "" || !bytes.Equal(head, b)) {
			t.Errorf("%s: %q, %q, %t; want %t", tt.description, head, text, ok, tt.want)
		}
	}
}

// The date of a response is that of its own second, whatever the responses around it have.
func TestAppendToDate(t *testing.T) {
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for second := range 200 {
				now := wireTime.Add(time.Duration(second%(i+2)) * time.Second)
				head, _, _ := response.StateOf(response.Text("hi")).AppendTo(nil, response.Wire{Now: now})
				if want := "\r\nDate: " + now.UTC().Format(http.TimeFormat) + "\r\n"; !strings.Contains(string(head), want) {
					t.Errorf("at %v: %q", now, head)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestAppendToAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	page := response.StateOf(response.Error(problem.New(404, "gone"))).
		WithPage(response.Text("gone").WithHeader("Vary", "Accept"))
	for _, tt := range []struct {
		description string
		response    response.Response
	}{
		{"text", response.Text("Hello, World!")},
		{"JSON", response.JSON([]int{1, 2})},
		{"page with policies", response.HTML("<p>hello")},
		{"long page", response.HTML(strings.Repeat("<p>hello", 1000))},
		{"redirect", response.Redirect("/a")},
		{"three headers and a cookie", ready.WithHeader("X-A", "1").WithHeader("Vary", "Accept").
			WithHeader("Vary", "Cookie, Sec-Fetch-Site, Access-Control-Request-Private-Network")},
		{"prebuilt error page", page},
		{"no content", response.NoContent()},
	} {
		b := make([]byte, 0, 4096)
		wire := response.Wire{Now: wireTime}
		got := testing.AllocsPerRun(1_000, func() {
			b, _, _ = response.StateOf(tt.response).AppendTo(b[:0], wire)
		})
		if got != 0 || len(b) == 0 {
			t.Errorf("%s: %v allocations, %d bytes", tt.description, got, len(b))
		}
	}
}

func BenchmarkAppendTo(b *testing.B) {
	for _, bb := range []struct {
		description string
		response    response.Response
	}{
		{"text", response.Text("Hello, World!")},
		{"no content", response.NoContent()},
		{"page", response.HTML("<p>hello")},
		{"three headers and a cookie", ready.WithHeader("X-A", "1").WithHeader("Vary", "Accept")},
	} {
		b.Run(bb.description, func(b *testing.B) {
			buf := make([]byte, 0, 4096)
			wire := response.Wire{Now: wireTime}
			for b.Loop() {
				buf, _, _ = response.StateOf(bb.response).AppendTo(buf[:0], wire)
			}
		})
	}
}
