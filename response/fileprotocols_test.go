package response_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay/response"
)

// Ranges, conditions and content that is shorter or longer than announced are the same over TLS and HTTP/2.
func TestFilesOverTLS(t *testing.T) {
	const content = "0123456789"
	path := newFile(t, "a.txt", content)
	reader := func(text string, size int64) response.Response {
		return response.Reader("text/plain", size, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
	}
	file := response.File(path).WithETag("v7")
	for _, tt := range []struct {
		description string
		response    response.Response
		header      []string
		status      int
		want        string
		cut         bool
	}{
		{"whole", file, nil, 200, content, false},
		{"a range", file, []string{"Range", "bytes=2-4"}, 206, "234", false},
		{"beyond the end", file, []string{"Range", "bytes=10-"}, 416, "416 Requested Range Not Satisfiable\n", false},
		{"known", file, []string{"If-None-Match", `"v7"`}, 304, "", false},
		{"wanted otherwise", file, []string{"If-Match", `"v6"`}, 412, "412 Precondition Failed\n", false},
		{"shorter than announced", reader(content, 20), nil, 200, "", true},
		{"longer than announced", reader(content, 4), nil, 200, "0123", false},
	} {
		for _, major := range []int{1, 2} {
			app, _ := answers(tt.response)
			server := httptest.NewUnstartedServer(app)
			server.EnableHTTP2 = major == 2
			server.StartTLS()
			r, err := http.NewRequest("GET", server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(tt.header); i += 2 {
				r.Header.Set(tt.header[i], tt.header[i+1])
			}
			resp, err := server.Client().Do(r)
			if err != nil {
				if !tt.cut { // the head may be lost with the connection
					t.Errorf("HTTP/%d, %s: %v", major, tt.description, err)
				}
				server.Close()
				continue
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if resp.ProtoMajor != major || resp.StatusCode != tt.status || (err != nil) != tt.cut || !tt.cut && string(body) != tt.want {
				t.Errorf("HTTP/%d, %s: %s %d %q, %v", major, tt.description, resp.Proto, resp.StatusCode, body, err)
			}
			server.Close()
		}
	}
}
