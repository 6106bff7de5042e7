package upload_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/request/upload"
	"github.com/soay-go/soay/response/problem"
)

func TestIsDiskFull(t *testing.T) {
	for _, err := range []error{syscall.ENOSPC, &os.PathError{Op: "write", Path: "a", Err: syscall.EDQUOT},
		problem.New(507, "").WithCause(syscall.ENOSPC), errors.Join(io.ErrShortWrite, syscall.ENOSPC)} {
		if !upload.IsDiskFull(err) {
			t.Errorf("%v is not a full disk", err)
		}
	}
	for _, err := range []error{nil, io.ErrShortWrite, syscall.EACCES, problem.New(507, "")} {
		if upload.IsDiskFull(err) {
			t.Errorf("%v is a full disk", err)
		}
	}
}

// A handler that writes a stream to a disk by itself answers as Save does. The device has never any room.
func TestStreamToFullDisk(t *testing.T) {
	type videoIn struct {
		Video soay.FileStream `form:"video" file:"max=1MiB"`
	}
	app := soay.New()
	soay.Post(app, "/", func(_ soay.Request, in videoIn) (string, error) {
		to, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			return "", err
		}
		_, err = io.Copy(to, in.Video)
		if err = errors.Join(err, to.Close()); upload.IsDiskFull(err) {
			err = problem.New(507, "There is no room for the video.").WithCause(err)
		}
		return "", err
	})
	r := requesttest.New(t, app).PostForm("/", nil, requesttest.File{Field: "video", Name: "v", Content: []byte(strings.Repeat("a", 64<<10))})
	if r.Status != 507 || strings.Contains(r.Text(), "/dev/full") {
		t.Errorf("%d %s", r.Status, r.Text())
	}
}
