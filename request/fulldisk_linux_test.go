package request_test

import (
	"strings"
	"syscall"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// A disk without room is the app's problem, which the log tells, and not the client's.
func TestFullDisk(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("mount a small disk: %v", err)
	}
	defer func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) }()
	var log requesttest.Log
	app := soay.New(soay.Options{Logger: log.Logger()})
	app.Post("/", func(req soay.Request) soay.Response {
		_, err := req.Multipart()
		return response.Error(err)
	}).Uploads(soay.UploadLimits{TempDir: folder})
	c := requesttest.New(t, app)
	if r := c.PostForm("/", nil, file("a", 3<<20)); r.Status != 507 || strings.Contains(r.Text(), folder) {
		t.Errorf("%d %s", r.Status, r.Text())
	}
	if !strings.Contains(log.String(), folder) || !strings.Contains(log.String(), "bytes") {
		t.Errorf("log %s", log.String())
	}
}
