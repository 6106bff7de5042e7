package request_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
)

// What curl sends is what arrives, with its own spelling of names and with Expect.
func TestCurlUploads(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl here")
	}
	app, folder, _ := uploads(t, soay.Options{}, soay.UploadLimits{MaxBytes: 8 << 20})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(request.ForTest(context.Background()))
	done := make(chan error, 1)
	go func() { done <- app.Serve(ctx, listener) }()
	t.Cleanup(func() { cancel(); <-done; isEmpty(t, folder) })
	for _, tt := range []struct {
		name string
		size int
		args []string
		want string
	}{
		{"a.txt", 3, nil, "title=M%C3%AFnka a.txt 3"},
		{`q"u;o,t e.txt`, 2 << 20, nil, `title=M%C3%AFnka q"u;o,t e.txt 2097152`},
		{"ä.txt", 0, []string{"-H", "Expect: 100-continue"}, "title=M%C3%AFnka ä.txt 0"},
		{"chunked", 300 << 10, []string{"-H", "Transfer-Encoding: chunked"}, "title=M%C3%AFnka chunked 307200"},
		{"large", 9 << 20, nil, "413"},
	} {
		path := filepath.Join(t.TempDir(), "sent")
		if err := os.WriteFile(path, []byte(strings.Repeat("a", tt.size)), 0o600); err != nil {
			t.Fatal(err)
		}
		name := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(tt.name)
		args := append([]string{"-s", "-F", "title=Mïnka", "-F", `f=@` + path + `;filename="` + name + `"`}, tt.args...)
		out, err := exec.CommandContext(t.Context(), "curl", append(args, "http://"+listener.Addr().String()+"/whole")...).Output()
		got := strings.ReplaceAll(string(out), "%22", `"`) // newer versions spell a quote as browsers do
		if err != nil || got != tt.want && !(tt.want == "413" && strings.Contains(got, "413")) {
			t.Errorf("%s: %q, %v; want %q", tt.name, got, err, tt.want)
		}
	}
}
