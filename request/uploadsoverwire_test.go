package request_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

type photoIn struct {
	Title string    `form:"title"`
	Photo soay.File `form:"photo"`
}

type videoIn struct {
	Title string          `form:"title"`
	Photo soay.FileStream `form:"photo" file:"max=20MiB"`
}

// albumPaths are those of routes that take the same form in all ways.
var albumPaths = []string{"/typed", "/whole", "/parts", "/stream"}

// album adds routes that answer with what came, and pass on what they have taken.
func album(app *soay.App, folder string, taken func(any)) {
	limits := soay.UploadLimits{TempDir: folder, Memory: 1}
	soay.Post(app, "/typed", func(_ soay.Request, in photoIn) (string, error) {
		taken(in.Photo)
		b, err := in.Photo.Bytes()
		return fmt.Sprint(in.Title, " ", in.Photo.Name(), " ", len(b)), err
	}).Uploads(limits)
	soay.Post(app, "/stream", func(_ soay.Request, in videoIn) (string, error) {
		taken(in.Photo)
		n, err := io.Copy(io.Discard, in.Photo)
		return fmt.Sprint(in.Title, " ", in.Photo.Name(), " ", n), err
	}).Uploads(limits)
	app.Post("/whole", func(req soay.Request) soay.Response {
		form, err := req.Multipart()
		if err != nil {
			return response.Error(err)
		}
		file, _ := form.File("photo")
		taken(file)
		return response.Text(fmt.Sprint(form.Values.Get("title"), " ", file.Name(), " ", file.Size()))
	}).Uploads(limits)
	app.Post("/parts", func(req soay.Request) soay.Response {
		var got []string
		for part, err := range req.Parts() {
			if err != nil {
				return response.Error(err)
			}
			if !part.IsFile() {
				text, err := part.Text()
				if err != nil {
					return response.Error(err)
				}
				got = append(got, text)
				continue
			}
			taken(part)
			n, err := io.Copy(io.Discard, part)
			if err != nil {
				return response.Error(err)
			}
			got = append(got, part.Name(), fmt.Sprint(n))
		}
		return response.Text(strings.Join(got, " "))
	}).Uploads(limits)
}

// photoForm returns a form with a title and a photo of a size.
func photoForm(t *testing.T, size int) (body []byte, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.WriteField("title", "Minka"); err != nil {
		t.Fatal(err)
	}
	part, err := w.CreateFormFile("photo", "a.png")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(bytes.Repeat([]byte("a"), size))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), w.FormDataContentType()
}

// postForm sends a body, or as much of it as there is until it fails.
func (r *running) postForm(ctx context.Context, url string, body io.Reader, contentType string) (int, string, error) {
	hr, err := http.NewRequestWithContext(ctx, "POST", url, body)
	if err != nil {
		return 0, "", err
	}
	hr.Header.Set("Content-Type", contentType)
	resp, err := r.client.Do(hr)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

// All ways to take a form work over each protocol, and what they have taken is of no use once the request has ended.
func TestUploadsOverAllProtocols(t *testing.T) {
	overAll(t, func(t *testing.T, options soay.Options, start starter) {
		app, log := newLoggedApp(options)
		folder, taken := t.TempDir(), make(chan any, 1)
		album(app, folder, func(it any) { taken <- it })
		r, url := start(app)
		before := openFiles()
		for _, path := range albumPaths {
			for _, size := range []int{0, 1000, 5 << 20} {
				body, contentType := photoForm(t, size)
				status, text, err := r.postForm(t.Context(), url+path, bytes.NewReader(body), contentType)
				if want := fmt.Sprint("Minka a.png ", size); status != 200 || text != want || err != nil {
					t.Errorf("%s: %d %q, %v; want %q", path, status, text, err, want)
				}
				if it, isFile := (<-taken).(soay.File); isFile && readLate(it) == nil {
					t.Errorf("%s: %d bytes can be read after their request", path, size)
				}
			}
		}
		r.client.CloseIdleConnections()
		r.end(t)
		isEmpty(t, folder)
		if n := openFiles(); n != before {
			t.Errorf("%d descriptors are left", n-before)
		}
		wakesNobody(t, log)
	})
}

// readLate reads what a handler has taken, when its request has ended.
func readLate(it any) (err error) {
	defer func() {
		if p := recover(); p != nil { // tests are strict
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	switch it := it.(type) {
	case soay.File:
		_, err = it.Bytes()
	case io.Reader:
		_, err = it.Read(make([]byte, 10))
	}
	return err
}

// What a handler has left unread cannot be read when its request has ended.
func TestUnreadUploadsOverAllProtocols(t *testing.T) {
	overAll(t, func(t *testing.T, options soay.Options, start starter) {
		app, log := newLoggedApp(options)
		taken := make(chan io.Reader, 1)
		soay.Post(app, "/stream", func(_ soay.Request, in videoIn) (string, error) {
			taken <- in.Photo
			return "", nil
		})
		app.Post("/parts", func(req soay.Request) soay.Response {
			for part, err := range req.Parts() {
				if err != nil {
					return response.Error(err)
				}
				if part.IsFile() {
					taken <- part
					break
				}
			}
			return response.Text("")
		})
		r, url := start(app)
		for _, path := range []string{"/stream", "/parts"} {
			body, contentType := photoForm(t, 1000)
			if status, text, err := r.postForm(t.Context(), url+path, bytes.NewReader(body), contentType); status != 200 || err != nil {
				t.Errorf("%s: %d %q, %v", path, status, text, err)
			}
			if err := readLate(<-taken); err == nil || err == io.EOF {
				t.Errorf("%s: %v after the request", path, err)
			}
		}
		r.client.CloseIdleConnections()
		r.end(t)
		wakesNobody(t, log)
	})
}

// Clients that go in the middle of a file leave no file, no descriptor and nothing in the log that wakes anybody.
func TestAbortedUploadsOverAllProtocols(t *testing.T) {
	overAll(t, func(t *testing.T, options soay.Options, start starter) {
		app, log := newLoggedApp(options)
		folder, ended := t.TempDir(), make(chan struct{})
		album(app, folder, func(any) {})
		app.Use(func(next soay.Handler) soay.Handler {
			return func(req soay.Request) soay.Response {
				req.AfterResponse(func(request.Outcome) { ended <- struct{}{} })
				return next(req)
			}
		})
		r, url := start(app)
		before := openFiles()
		whole, contentType := photoForm(t, 300<<10)
		for i := range 200 {
			ctx, leave := context.WithCancel(t.Context())
			body, more := io.Pipe()
			left := make(chan struct{})
			go func() {
				defer close(left)
				_, _, _ = r.postForm(ctx, url+albumPaths[i%len(albumPaths)], body, contentType) // it may see its answer still
			}()
			if _, err := more.Write(whole[:200<<10]); err != nil {
				t.Fatal(err)
			}
			leave()
			_ = more.CloseWithError(context.Canceled)
			<-left
			<-ended
		}
		r.client.CloseIdleConnections()
		r.end(t)
		isEmpty(t, folder)
		if n := openFiles(); n != before {
			t.Errorf("%d descriptors are left", n-before)
		}
		wakesNobody(t, log)
	})
}

func wakesNobody(t *testing.T, log *requesttest.Log) {
	t.Helper()
	if text := log.String(); strings.Contains(text, "ERROR") || strings.Contains(text, "WARN") {
		t.Errorf("log:\n%.2000s", text)
	}
}
