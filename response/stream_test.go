package response_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// A client never takes a part for the whole.
func TestStreamIsCut(t *testing.T) {
	failure := errors.New("no more")
	for _, tt := range []struct {
		description string
		write       func(io.Writer) error
		wantBefore  string
		wantErr     error
		wantLog     string
	}{
		{"error", func(w io.Writer) error {
			io.WriteString(w, "half")
			return failure
		}, "half", io.ErrUnexpectedEOF, "no more"},
		{"panic", func(w io.Writer) error {
			io.WriteString(w, "half")
			panic("oh no")
		}, "half", io.ErrUnexpectedEOF, "stream_test.go"},
		{"abort", func(w io.Writer) error {
			io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		}, "half", io.ErrUnexpectedEOF, ""},
		{"large", func(w io.Writer) error {
			io.WriteString(w, strings.Repeat("x", 100_000))
			return failure
		}, strings.Repeat("x", 100_000), io.ErrUnexpectedEOF, "no more"},
		{"error before the first byte", func(io.Writer) error { return failure }, "", io.EOF, "no more"},
		{"panic before the first byte", func(io.Writer) error { panic("oh no") }, "", io.EOF, "oh no"},
		{"whole", func(w io.Writer) error {
			_, err := io.WriteString(w, "whole")
			return err
		}, "whole", nil, ""},
	} {
		t.Run(tt.description, func(t *testing.T) {
			app, log := answers(response.Stream("text/plain", tt.write))
			got, err := requesttest.New(t, app).Try("GET", "/")
			if !errors.Is(err, tt.wantErr) {
				t.Errorf("error %v, want %v", err, tt.wantErr)
			}
			if before := textOf(got); before != tt.wantBefore {
				t.Errorf("%d bytes arrived, want %d", len(before), len(tt.wantBefore))
			}
			text := log.String()
			if !strings.Contains(text, tt.wantLog) || strings.Contains(text, "ERROR") != (tt.wantLog != "") {
				t.Errorf("log %q, want %q", text, tt.wantLog)
			}
		})
	}
}

func textOf(r *requesttest.Response) string {
	if r == nil {
		return ""
	}
	return r.Text()
}

// What a stream writes arrives before the stream ends.
func TestStreamArrivesAtOnce(t *testing.T) {
	goOn := make(chan struct{})
	app, _ := answers(response.Stream("text/plain", func(w io.Writer) error {
		for i := range 3 {
			if _, err := fmt.Fprintf(w, "line %d\n", i); err != nil {
				return err
			}
			<-goOn // until the client has the line
		}
		return nil
	}))
	server := newServer(t, app)
	resp, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.ContentLength != -1 || len(resp.TransferEncoding) != 1 || resp.TransferEncoding[0] != "chunked" {
		t.Errorf("length %d, transfer encoding %q; want chunks", resp.ContentLength, resp.TransferEncoding)
	}
	lines := bufio.NewReader(resp.Body)
	for i := range 3 {
		if got, err := lines.ReadString('\n'); got != fmt.Sprintf("line %d\n", i) || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		goOn <- struct{}{}
	}
	if rest, err := io.ReadAll(lines); len(rest) > 0 || err != nil {
		t.Errorf("%q at the end, %v", rest, err)
	}
}

// A stream learns from the request's context, or at its next write, that nobody reads it any more.
func TestStreamWithoutClient(t *testing.T) {
	ended := make(chan error)
	app := newApp()
	app.Get("/", func(req soay.Request) soay.Response {
		ctx := req.Context()
		return response.Stream("text/plain", func(w io.Writer) error {
			io.WriteString(w, "first")
			<-ctx.Done()
			_, err := io.WriteString(w, "second")
			for err == nil { // the server may not know it yet
				_, err = io.WriteString(w, "more")
			}
			ended <- err
			return err
		})
	})
	server := newServer(t, app)
	resp, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if err := <-ended; err == nil {
		t.Error("writing went on without an error")
	}
}

// One Stream may be sent to many clients, each of which runs its function.
func TestStreamTwice(t *testing.T) {
	runs := 0
	resp := response.Stream("text/plain", func(w io.Writer) error {
		runs++
		_, err := fmt.Fprint(w, "run ", runs)
		return err
	})
	app, _ := answers(resp)
	c := requesttest.New(t, app)
	for want := 1; want <= 3; want++ {
		if got := c.Get("/").Text(); got != fmt.Sprint("run ", want) {
			t.Errorf("got %q in run %d", got, want)
		}
	}
	if c.Head("/"); runs != 3 {
		t.Errorf("HEAD ran the stream")
	}
}
