package request_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// readers are the ways to get at a body, which all know its limits.
var readers = []struct {
	name, contentType string
	read              func(request.Request) (string, error)
}{
	{"Body", "", func(r request.Request) (string, error) {
		b, err := io.ReadAll(r.Body())
		return string(b), err
	}},
	{"Bytes", "", func(r request.Request) (string, error) {
		b, err := r.Bytes()
		return string(b), err
	}},
	{"Text", "", func(r request.Request) (string, error) { return r.Text() }},
	{"JSON", "application/json", func(r request.Request) (string, error) {
		var v any
		return fmt.Sprint(v), r.JSON(&v)
	}},
	{"Form", "application/x-www-form-urlencoded", func(r request.Request) (string, error) {
		form, err := r.Form()
		return form.Encode(), err
	}},
}

// status returns the status of an error, 0 of nil.
func status(err error) int {
	if err == nil {
		return 0
	}
	return problem.StatusOf(err)
}

func TestBodyOverTheLimit(t *testing.T) {
	const limit = 1_000
	for _, r := range readers {
		for _, tt := range []struct {
			description string
			length      int64
			src         io.Reader
			wantRead    int64 // at most
		}{
			{"announced", limit + 1, endless{}, 0},
			{"announced as huge", math.MaxInt64, endless{}, 0},
			{"chunked", -1, endless{}, limit + 1},
			{"chunked, in small pieces", -1, iotest.OneByteReader(endless{}), limit + 1},
			{"chunked, one byte too many", -1, strings.NewReader(strings.Repeat("a", limit+1)), limit + 1},
			{"announced too little", 10, endless{}, limit + 1},
		} {
			if tt.length == 10 && r.name != "Body" {
				continue // the others read what is announced
			}
			t.Run(r.name+" "+tt.description, func(t *testing.T) {
				body := &countingBody{src: tt.src}
				state := request.NewExchange(&request.Settings{Strict: true, MaxBody: limit})
				_, err := r.read(state.Begin(post(r.contentType, body, tt.length)))
				if status(err) != http.StatusRequestEntityTooLarge {
					t.Errorf("error %v, want one with status 413", err)
				}
				if body.read > tt.wantRead {
					t.Errorf("%d bytes were read, want at most %d", body.read, tt.wantRead)
				}
			})
		}
	}
}

func TestBodyWithinTheLimit(t *testing.T) {
	const limit = 100_000
	for _, r := range readers[:3] {
		for _, size := range []int{0, 1, 1_000, 64 << 10, 64<<10 + 1, limit - 1, limit} {
			for _, announced := range []bool{true, false} {
				text, length := strings.Repeat("x", size), int64(-1)
				if announced {
					length = int64(size)
				}
				state := request.NewExchange(&request.Settings{Strict: true, MaxBody: limit})
				got, err := r.read(state.Begin(post("", strings.NewReader(text), length)))
				if got != text || err != nil {
					t.Errorf("%s of %d bytes, announced %v: %d bytes, %v", r.name, size, announced, len(got), err)
				}
			}
		}
	}
}

func TestLimitOfRoute(t *testing.T) {
	const MiB = 1 << 20
	app := newApp(soay.Options{MaxBodyBytes: 100})
	size := func(req soay.Request) soay.Response {
		b, err := req.Bytes()
		if err != nil {
			return response.Error(err)
		}
		return response.Text(fmt.Sprint(len(b), " of ", req.BodyLimit()))
	}
	app.Post("/app", size)
	app.Post("/small", size).MaxBody(10)
	app.Post("/large", size).MaxBody(2 * MiB)
	app.Post("/huge", size).MaxBody(math.MaxInt64)
	byDefault := newApp()
	byDefault.Post("/default", size)
	for _, tt := range []struct {
		description string
		app         *soay.App
		path        string
		size        int
		want        string
	}{
		{"default", byDefault, "/default", MiB, "1048576 of 1048576"},
		{"over the default", byDefault, "/default", MiB + 1, "413"},
		{"app", app, "/app", 100, "100 of 100"},
		{"over that of the app", app, "/app", 101, "413"},
		{"smaller", app, "/small", 10, "10 of 10"},
		{"over the smaller", app, "/small", 11, "413"},
		{"larger", app, "/large", 2 * MiB, "2097152 of 2097152"},
		{"over the larger", app, "/large", 2*MiB + 1, "413"},
		{"none to speak of", app, "/huge", MiB, "1048576 of 9223372036854775807"},
	} {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, chunked %v", tt.description, chunked), func(t *testing.T) {
				hr := post("", strings.NewReader(strings.Repeat("x", tt.size)), int64(tt.size))
				hr.URL.Path = tt.path
				if chunked {
					hr.ContentLength = -1
				}
				if got := serve(tt.app, hr).Body.String(); !strings.HasPrefix(got, tt.want) {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			})
		}
	}
}

func TestBodyOverTheLimitOnServer(t *testing.T) {
	app := newApp(soay.Options{MaxBodyBytes: 1_000})
	app.Post("/", func(req soay.Request) soay.Response {
		_, err := req.Bytes()
		return response.Error(err)
	})
	c := requesttest.New(t, app)
	for _, tt := range []struct {
		description string
		body        io.Reader
	}{
		{"announced", strings.NewReader(strings.Repeat("x", 4<<20))},
		{"chunked", io.LimitReader(endless{}, 4<<20)},
	} {
		with := requesttest.With{Body: tt.body, Header: http.Header{"Accept": {"application/json"}}}
		got := c.Post("/", with)
		if got.Status != 413 || got.Header.Get("Content-Type") != problem.ContentType {
			t.Errorf("%s: status %d, %s", tt.description, got.Status, got.Header.Get("Content-Type"))
		}
	}
}

// A client that asks first is told at once, not asked to go on (RFC 9110 section 10.1.1).
func TestBodyOverTheLimitIsNotAskedFor(t *testing.T) {
	app := newApp(soay.Options{MaxBodyBytes: 5})
	app.Post("/", func(req soay.Request) soay.Response {
		text, err := req.Text()
		if err != nil {
			return response.Error(err)
		}
		return response.Text(text)
	})
	server := httptest.NewServer(app)
	defer server.Close()
	for _, tt := range []struct{ description, body, want string }{
		{"within", "hello", "HTTP/1.1 100 Continue"},
		{"over", "hello!", "HTTP/1.1 413 Request Entity Too Large"},
	} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		const head = "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
		fmt.Fprintf(conn, head, len(tt.body))
		if got, _, err := bufio.NewReader(conn).ReadLine(); string(got) != tt.want || err != nil {
			t.Errorf("%s: %q, %v; want %q", tt.description, got, err, tt.want)
		}
	}
}

// Whatever goes wrong has a status, and never the cause in what the client gets.
func TestBodyErrors(t *testing.T) {
	secret := errors.New("secret")
	for _, tt := range []struct {
		description string
		err         error
		want        int
	}{
		{"connection lost", io.ErrUnexpectedEOF, 400},
		{"anything", secret, 400},
		{"too slow", fmt.Errorf("read: %w", os.ErrDeadlineExceeded), 408},
		{"a limit of middleware's", &http.MaxBytesError{Limit: 3}, 413},
		{"one with a status", problem.New(422, "no"), 422},
	} {
		for _, length := range []int64{5, 100_000, -1} {
			for _, r := range readers[:3] {
				src := io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(tt.err))
				_, err := r.read(begin(post("", src, length)))
				if status(err) != tt.want {
					t.Errorf("%s, %s, length %d: %v, want status %d", tt.description, r.name, length, err, tt.want)
				}
				if told := problem.From(err).Detail; strings.Contains(told, "secret") || told == "" {
					t.Errorf("%s, %s: the client is told %q", tt.description, r.name, told)
				}
			}
		}
	}
}

func TestBodyShorterThanAnnounced(t *testing.T) {
	for _, length := range []int64{4, 1_000, 100_000} {
		for _, r := range readers[1:3] {
			if _, err := r.read(begin(post("", strings.NewReader("abc"), length))); status(err) != 400 {
				t.Errorf("%s with %d bytes announced: %v, want an error with status 400", r.name, length, err)
			}
		}
	}
}

func TestBodyTwice(t *testing.T) {
	const text = "hello"
	for _, first := range readers[1:3] {
		for _, second := range readers[:3] {
			req := begin(postText("", text))
			for _, r := range []func(request.Request) (string, error){first.read, second.read, second.read} {
				if got, err := r(req); got != text || err != nil {
					t.Errorf("%s, then %s: %q, %v", first.name, second.name, got, err)
				}
			}
		}
	}
	for _, second := range readers[:3] {
		req := begin(postText("", text))
		if got, err := readers[0].read(req); got != text || err != nil {
			t.Errorf("Body: %q, %v", got, err)
		}
		if got, err := second.read(req); got != "" || err == nil || !strings.Contains(err.Error(), "stream") {
			t.Errorf("Body, then %s: %q, %v; want an error that says why", second.name, got, err)
		}
	}
}

// The error of the first reading is that of all.
func TestBodyErrorTwice(t *testing.T) {
	req := begin(post("", iotest.ErrReader(os.ErrDeadlineExceeded), -1))
	for range 2 {
		for _, r := range []int{1, 2, 0} {
			if _, err := readers[r].read(req); status(err) != 408 {
				t.Errorf("%s: %v, want status 408", readers[r].name, err)
			}
		}
	}
}

// What Bytes has read is shared, so the stream of it must not hand it out.
func TestBodyGivesNoAccessToBytes(t *testing.T) {
	req := begin(postText("", "hello"))
	before, _ := req.Bytes()
	body := req.Body()
	if _, ok := body.(io.WriterTo); ok {
		t.Error("the stream is an io.WriterTo, which gets the shared bytes")
	}
	b := make([]byte, 5)
	if _, err := io.ReadFull(body, b); err != nil {
		t.Fatal(err)
	}
	b[0] = 'J'
	if string(before) != "hello" {
		t.Errorf("the bytes became %q", before)
	}
}

func TestNoBody(t *testing.T) {
	withoutReader := httptest.NewRequest("GET", "/", nil)
	withoutReader.Body = nil
	chunked := httptest.NewRequest("POST", "/", nil)
	chunked.Body, chunked.ContentLength = nil, -1
	for _, hr := range []*http.Request{httptest.NewRequest("GET", "/", nil), withoutReader, chunked} {
		for _, r := range readers[:3] {
			if got, err := r.read(begin(hr.Clone(t.Context()))); got != "" || err != nil {
				t.Errorf("%s: %q, %v", r.name, got, err)
			}
		}
	}
}

func TestBytesFromManyGoroutines(t *testing.T) {
	req := begin(post("", iotest.OneByteReader(strings.NewReader("hello")), 5))
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if got, err := req.Text(); got != "hello" || err != nil {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	all.Wait()
}

// reporting is a body that uses its request, as one of middleware's may that logs or counts.
type reporting struct {
	io.Reader
	req *request.Request
}

func (r reporting) Read(p []byte) (int, error) {
	r.req.Logger().Debug("reading")
	markKey.Set(*r.req, r.req.ClientIP())
	return r.Reader.Read(p)
}

// Everything else of a request can be used while its body is read.
func TestRequestWhileBodyIsRead(t *testing.T) {
	var req request.Request
	req = begin(post("", reporting{strings.NewReader("hello"), &req}, 5))
	if got, err := req.Text(); got != "hello" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if ip, _ := markKey.Get(req); ip != "192.0.2.1" {
		t.Errorf("the body set %q", ip)
	}
}

func TestTextIsUTF8(t *testing.T) {
	for _, text := range []string{"\xff", "caf\xc3", "\xed\xa0\x80"} {
		req := begin(postText("text/plain", text))
		if got, err := req.Text(); got != "" || status(err) != 400 {
			t.Errorf("%q: %q, %v; want status 400", text, got, err)
		}
		if b, err := req.Bytes(); string(b) != text || err != nil {
			t.Errorf("%q: bytes %q, %v", text, b, err)
		}
	}
}
