package request_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// uploads is an app that keeps its files in a folder, and its log.
func uploads(t *testing.T, o soay.Options, l soay.UploadLimits) (app *soay.App, folder string, log *requesttest.Log) {
	t.Helper()
	log = new(requesttest.Log)
	o.Logger = log.Logger()
	app, folder = soay.New(o), t.TempDir()
	l.TempDir = folder
	app.Post("/whole", func(req soay.Request) soay.Response {
		f, err := req.Multipart()
		if err != nil {
			return response.Error(err)
		}
		if again, err := req.Multipart(); again != f || err != nil {
			t.Errorf("the second time %v", err)
		}
		file, _ := f.File("f")
		b, err := file.Bytes()
		if err != nil {
			return response.Error(err)
		}
		return response.Text(fmt.Sprintf("%s %s %d", f.Values.Encode(), file.Name(), len(b)))
	}).Uploads(l)
	app.Post("/parts", func(req soay.Request) soay.Response {
		var b strings.Builder
		for part, err := range req.Parts() {
			if err != nil {
				return response.Error(err)
			}
			n, err := io.Copy(io.Discard, part)
			if err != nil {
				return response.Error(err)
			}
			fmt.Fprintf(&b, "%s %s %d;", part.FormName(), part.Name(), n)
		}
		return response.Text(b.String())
	}).Uploads(l)
	return app, folder, log
}

func file(name string, size int) requesttest.File {
	return requesttest.File{Field: "f", Name: name, Content: bytes.Repeat([]byte("a"), size)}
}

// Uploads work over every server.
func TestUploads(t *testing.T) {
	for _, standard := range []bool{false, true} {
		for _, https := range []bool{false, true} { // with it HTTP/2, over the server of net/http
			app, folder, _ := uploads(t, soay.Options{StandardServer: standard}, soay.UploadLimits{})
			c := requesttest.New(t, app, requesttest.Options{HTTPS: https})
			for _, size := range []int{0, 10, 300 << 10, 5 << 20} {
				if got, want := c.PostForm("/whole", url.Values{"a": {"ä"}}, file("b.txt", size)).Text(), fmt.Sprintf("a=%%C3%%A4 b.txt %d", size); got != want {
					t.Errorf("whole: %s, want %s", got, want)
				}
				if got, want := c.PostForm("/parts", url.Values{"a": {"ä"}}, file("b.txt", size)).Text(), fmt.Sprintf("a  2;f b.txt %d;", size); got != want {
					t.Errorf("parts: %s, want %s", got, want)
				}
			}
			isEmpty(t, folder)
		}
	}
}

func isEmpty(t *testing.T, folder string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) > 0 {
		t.Errorf("the folder has %v, %v", entries, err)
	}
}

// What a body may have as a whole, by what the route and the app say.
func TestUploadLimit(t *testing.T) {
	type photo struct {
		File soay.File `form:"f" file:"max=40MiB"`
	}
	type plain struct {
		File soay.File `form:"f"`
	}
	app := soay.New(soay.Options{MaxBodyBytes: 1000})
	limit := func(req soay.Request) soay.Response { return response.Text(fmt.Sprint(req.BodyLimit())) }
	app.Post("/app", limit)
	app.Post("/uploads", limit).Uploads(soay.UploadLimits{})
	app.Post("/own", limit).Uploads(soay.UploadLimits{MaxBytes: 5})
	app.Post("/both", limit).Uploads(soay.UploadLimits{MaxBytes: 5}).MaxBody(7)
	app.Group("/group").Uploads(soay.UploadLimits{MaxBytes: 6}).Post("", limit)
	soay.Post(app, "/typed", func(req soay.Request, in photo) (soay.Response, error) { return limit(req), nil })
	soay.Post(app, "/plain", func(req soay.Request, in plain) (soay.Response, error) { return limit(req), nil })
	soay.Post(app, "/typed/own", func(req soay.Request, in photo) (soay.Response, error) { return limit(req), nil }).
		Uploads(soay.UploadLimits{MaxBytes: 500})
	soay.Post(app, "/typed/files", func(req soay.Request, in photo) (soay.Response, error) { return limit(req), nil }).
		Uploads(soay.UploadLimits{MaxFiles: 3})
	soay.Post(app, "/typed/body", func(req soay.Request, in photo) (soay.Response, error) { return limit(req), nil }).MaxBody(600)
	c := requesttest.New(t, app)
	const typed = 40<<20 + 1<<20 + 100*8<<10
	for path, want := range map[string]int{
		"/app": 1000, "/uploads": 32 << 20, "/own": 5, "/both": 7, "/group": 6, "/typed": typed, "/plain": 32 << 20,
		"/typed/own": 500, "/typed/files": typed, "/typed/body": 600,
	} {
		if got := c.PostForm(path, nil, requesttest.File{Field: "g"}).Text(); got != fmt.Sprint(want) {
			t.Errorf("%s: %s, want %d", path, got, want)
		}
	}
	if r := c.PostForm("/own", nil, file("a", 1)); r.Status != 200 { // it does not read
		t.Errorf("status %d", r.Status)
	}
}

func TestMultipartRefused(t *testing.T) {
	app, _, _ := uploads(t, soay.Options{}, soay.UploadLimits{MaxBytes: 1 << 20, MaxFileBytes: 1 << 19})
	app.Post("/small", func(req soay.Request) soay.Response {
		_, err := req.Multipart(soay.UploadLimits{MaxBytes: 100, MaxFiles: 1})
		return response.Error(err)
	})
	app.Post("/default", func(req soay.Request) soay.Response {
		_, err := req.Multipart(soay.UploadLimits{MaxBytes: 10 << 20})
		return response.Error(err)
	})
	app.Post("/wrong", func(req soay.Request) soay.Response {
		_, err := req.Multipart(soay.UploadLimits{MaxBytes: -1})
		return response.Error(err)
	})
	app.Post("/two", func(req soay.Request) soay.Response {
		_, err := req.Multipart(soay.UploadLimits{}, soay.UploadLimits{})
		return response.Error(err)
	})
	app.Post("/bytes", func(req soay.Request) soay.Response {
		if _, err := req.Multipart(); err != nil {
			return response.Error(err)
		}
		for _, err := range req.Parts() {
			if err == nil {
				t.Error("Parts reads behind Multipart")
			}
		}
		_, err := req.Bytes()
		return response.Error(err)
	})
	c := requesttest.New(t, app)
	for _, tt := range []struct {
		path  string
		files []requesttest.File
		want  int
	}{
		{"/whole", []requesttest.File{file("a", 1<<19+1)}, 413},
		{"/parts", []requesttest.File{file("a", 1<<19+1)}, 413},
		{"/whole", []requesttest.File{file("a", 1<<19), file("a", 1<<19)}, 413},
		{"/parts", []requesttest.File{file("a", 1<<19), file("a", 1<<19)}, 413},
		{"/small", []requesttest.File{file("a", 101)}, 413},
		{"/default", []requesttest.File{file("a", 1<<20)}, 413},
		{"/wrong", []requesttest.File{file("a", 1)}, 500},
		{"/two", []requesttest.File{file("a", 1)}, 500},
		{"/bytes", []requesttest.File{file("a", 1)}, 500},
		{"/whole", nil, 415},
		{"/parts", nil, 415},
	} {
		if got := c.PostForm(tt.path, nil, tt.files...).Status; got != tt.want {
			t.Errorf("%s: %d, want %d", tt.path, got, tt.want)
		}
	}
	r := c.Post("/whole", requesttest.With{Files: []requesttest.File{file("a", 1)}, Header: http.Header{"Content-Encoding": {"gzip"}}})
	if r.Status != 415 {
		t.Errorf("encoded: %d", r.Status)
	}
}

// A body of which it is known that it is too large is not asked for.
func TestUploadContinue(t *testing.T) {
	for _, standard := range []bool{false, true} {
		for _, path := range []string{"/whole", "/parts"} {
			app, _, _ := uploads(t, soay.Options{StandardServer: standard}, soay.UploadLimits{MaxBytes: 1000})
			conn := dial(t, app)
			fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n", path)
			line, err := bufio.NewReader(conn).ReadString('\n')
			if err != nil || !strings.Contains(line, " 413 ") {
				t.Errorf("%s, standard server %v: %q, %v", path, standard, line, err)
			}
		}
	}
}

// dial serves an app in memory and returns a connection to it.
func dial(t *testing.T, app *soay.App) net.Conn {
	t.Helper()
	listener := requesttest.NewListener()
	ctx, cancel := context.WithCancel(request.ForTest(context.Background()))
	done := make(chan error, 1)
	go func() { done <- app.Serve(ctx, listener) }()
	t.Cleanup(func() { cancel(); <-done })
	conn, err := listener.DialContext(t.Context(), "tcp", "a:80")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Clients that break off leave no file, no descriptor and nothing in the log that wakes anybody.
func TestAbortedUploads(t *testing.T) {
	if _, err := os.ReadDir("/proc/self/fd"); err != nil {
		t.Skip("no /proc here")
	}
	app, folder, log := uploads(t, soay.Options{}, soay.UploadLimits{Memory: 1})
	ended := make(chan struct{}, 400)
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			req.AfterResponse(func(request.Outcome) { ended <- struct{}{} })
			return next(req)
		}
	})
	listener := requesttest.NewListener()
	ctx, cancel := context.WithCancel(request.ForTest(context.Background()))
	done := make(chan error, 1)
	go func() { done <- app.Serve(ctx, listener) }()
	before := openFiles()
	for i := range 200 {
		conn, err := listener.DialContext(t.Context(), "tcp", "a:80")
		if err != nil {
			t.Fatal(err)
		}
		path := []string{"/whole", "/parts"}[i%2]
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000\r\n\r\n"+
			"--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n%s", path, strings.Repeat("a", 50_000))
		_ = conn.Close()
		<-ended
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	isEmpty(t, folder)
	if n := openFiles(); n > before {
		t.Errorf("%d descriptors, %d before", n, before)
	}
	if text := log.String(); strings.Contains(text, "ERROR") || strings.Contains(text, "WARN") {
		t.Errorf("log:\n%.2000s", text)
	}
}

// openFiles counts the descriptors of temporary files, whatever else is open.
func openFiles() (n int) {
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		if target, _ := os.Readlink("/proc/self/fd/" + e.Name()); strings.Contains(target, "(deleted)") {
			n++
		}
	}
	return n
}

// The files are closed however the request ends.
func TestUploadsEnd(t *testing.T) {
	app, folder, _ := uploads(t, soay.Options{Env: "production"}, soay.UploadLimits{})
	app.Post("/panic", func(req soay.Request) soay.Response {
		if _, err := req.Multipart(); err != nil {
			t.Error(err)
		}
		panic("x")
	}).Uploads(soay.UploadLimits{TempDir: folder})
	app.Post("/abort", func(req soay.Request) soay.Response {
		if _, err := req.Multipart(); err != nil {
			t.Error(err)
		}
		panic(http.ErrAbortHandler)
	}).Uploads(soay.UploadLimits{TempDir: folder})
	c := requesttest.New(t, app)
	before := openFiles()
	for _, path := range []string{"/whole", "/panic", "/abort", "/parts"} {
		_, _ = c.Try("POST", path, requesttest.With{Files: []requesttest.File{file("a", 600<<10)}})
		if n := openFiles(); n != before {
			t.Errorf("%s: %d descriptors are left", path, n-before)
		}
	}
	isEmpty(t, folder)
}

// A file that outlives its request is a misuse; one that was detached lives on.
func TestLateFile(t *testing.T) {
	for _, strict := range []bool{true, false} {
		var log requesttest.Log
		state := request.NewExchange(&request.Settings{Strict: strict, Logger: log.Logger()})
		body := "--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + strings.Repeat("a", 500<<10) + "\r\n--x--\r\n"
		f, err := state.Begin(postText("multipart/form-data; boundary=x", body)).Multipart()
		if err != nil {
			t.Fatal(err)
		}
		late, _ := f.File("f")
		kept, err := late.Detach()
		if err != nil {
			t.Fatal(err)
		}
		state.Finish(request.Outcome{})
		state.End()
		text := panicOf(func() {
			for range 2 {
				if b, err := late.Bytes(); err == nil {
					t.Errorf("%d bytes are read late", len(b))
				}
			}
		})
		if strict != strings.Contains(text, "Detach") || !strict && strings.Count(log.String(), "needs Detach") != 1 {
			t.Errorf("strict %v: panic %q, log %q", strict, text, log.String())
		}
		if b, err := kept.Bytes(); err != nil || len(b) != 500<<10 {
			t.Errorf("the detached file has %d bytes, %v", len(b), err)
		}
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A handler whose time is over reads its own form or nothing, and its files are closed when it has returned.
func TestAbandonedUpload(t *testing.T) {
	app, folder, _ := uploads(t, soay.Options{Env: "production"}, soay.UploadLimits{})
	over, done := make(chan struct{}), make(chan string, 1)
	app.Post("/slow", func(req soay.Request) soay.Response {
		f, err := req.Multipart()
		if err != nil {
			done <- err.Error()
			return response.Error(err)
		}
		late, _ := f.File("f")
		<-over
		b, err := late.Bytes()
		done <- fmt.Sprintf("%d %v", len(b), err)
		return response.NoContent()
	}).Timeout(50 * time.Millisecond).Uploads(soay.UploadLimits{TempDir: folder})
	stuck := make(chan string, 1)
	app.Post("/stuck", func(req soay.Request) soay.Response {
		_, err := req.Multipart()
		stuck <- fmt.Sprint(err != nil)
		return response.Error(err)
	}).Timeout(50 * time.Millisecond).Uploads(soay.UploadLimits{TempDir: folder})
	c := requesttest.New(t, app)
	before := openFiles()
	if r := c.PostForm("/slow", nil, file("a", 700<<10)); r.Status != 503 {
		t.Errorf("status %d", r.Status)
	}
	for range 3 { // others come and go
		if r := c.PostForm("/whole", nil, file("b", 400<<10)); r.Text() != " b 409600" {
			t.Errorf("another request: %s", r.Text())
		}
	}
	close(over)
	if got := <-done; got != "716800 <nil>" {
		t.Errorf("the abandoned handler has %s", got)
	}
	r, w := io.Pipe()
	go fmt.Fprint(w, "--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n"+strings.Repeat("b", 300<<10))
	resp, err := c.Try("POST", "/stuck", requesttest.With{Body: r, Header: http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}})
	if err == nil && resp.Status != 503 {
		t.Errorf("stuck: status %d", resp.Status)
	}
	_ = w.Close()
	if got := <-stuck; got != "true" {
		t.Error("a form that breaks off is whole")
	}
	t.Cleanup(func() { // when the app has stopped, so that all handlers have returned
		if n := openFiles(); n != before {
			t.Errorf("%d descriptors are left", n-before)
		}
	})
}

// A request for a unit test has a form, too.
func TestMultipartOfUnitTest(t *testing.T) {
	req := requesttest.Request("POST", "/", requesttest.With{Form: url.Values{"a": {"1"}}, Files: []requesttest.File{file("b", 3)}})
	b, err := req.Bytes() // something has read it before
	if err != nil {
		t.Fatal(err)
	}
	f, err := req.Multipart()
	if err != nil || f.Values.Get("a") != "1" || len(f.Files["f"]) != 1 {
		t.Errorf("%+v, %v", f, err)
	}
	if again, err := req.Bytes(); err != nil || !bytes.Equal(b, again) {
		t.Error("the bytes have gone")
	}
	if _, err := begin(httptest.NewRequest("POST", "/", nil)).Multipart(); problem.StatusOf(err) != 415 {
		t.Errorf("no body: %v", err)
	}
}
