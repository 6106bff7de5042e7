package upload_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/soay-go/soay/request/upload"
)

// sent returns a store and the files of a form that was read into it, with so many bytes each.
func sent(t *testing.T, l upload.Limits, misuse func(error), sizes ...int) (*upload.Store, []upload.File, [][]byte) {
	t.Helper()
	var parts []string
	var contents [][]byte
	random := rand.NewChaCha8([32]byte{1})
	for i, size := range sizes {
		b := make([]byte, size)
		_, _ = random.Read(b)
		contents = append(contents, b)
		parts = append(parts, fmt.Sprintf("name=f; filename=f%d|%s", i, b))
	}
	l = limits(t, l)
	r, err := upload.NewReader(strings.NewReader(form(parts...)), formType, l, nil)
	if err != nil {
		t.Fatal(err)
	}
	store := upload.NewStore(l, misuse)
	t.Cleanup(func() { _ = store.Close() })
	f, err := r.ReadForm(store, nil)
	if err != nil {
		t.Fatal(err)
	}
	return store, f.Files["f"], contents
}

// Files are read as they were sent, wherever their bytes are.
func TestOpen(t *testing.T) {
	for _, memory := range []int64{1, 100, 256 << 10, 1 << 20} {
		dir := t.TempDir()
		_, files, contents := sent(t, upload.Limits{Memory: memory, TempDir: dir}, nil, 0, 50, 100_000, 300_000, 7)
		if len(files) != len(contents) {
			t.Fatalf("%d files", len(files))
		}
		for i, f := range files {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			if err := iotest.TestReader(r, contents[i]); err != nil {
				t.Errorf("memory of %d, file %d: %v", memory, i, err)
			}
			if b, err := f.Bytes(); err != nil || !bytes.Equal(b, contents[i]) || f.Size() != int64(len(b)) {
				t.Errorf("memory of %d, file %d: %d bytes, size %d, %v", memory, i, len(b), f.Size(), err)
			}
			_ = r.Close()
			if _, err := r.Read(make([]byte, 1)); err == nil {
				t.Error("a closed reader reads")
			}
		}
		noFiles(t, dir) // not even while they are open
	}
}

func TestNotSent(t *testing.T) {
	var f upload.File
	var s upload.Stream
	_, err := f.Open()
	_, err1 := f.Bytes()
	_, err2 := f.Detach()
	_, err3 := s.Read(make([]byte, 1))
	err4 := f.Save(openRoot(t), "a")
	for i, err := range []error{err, err1, err2, err3, err4} {
		if err == nil || !strings.Contains(err.Error(), "no file was sent") {
			t.Errorf("%d: %v", i, err)
		}
	}
	if f.Sent() || s.Sent() || f.Name()+f.RawName()+f.ContentType()+f.DetectedType()+s.Name()+s.SafeName() != "file" ||
		f.Size() != 0 || f.Close() != nil {
		t.Error("a file that was not sent is something")
	}
}

// A file that is used too late is a misuse; one that was detached is not.
func TestDetach(t *testing.T) {
	var misuses []error
	store, files, contents := sent(t, upload.Limits{Memory: 10}, func(err error) { misuses = append(misuses, err) }, 100, 5)
	kept, err := files[0].Detach()
	if err != nil {
		t.Fatal(err)
	}
	again, err := kept.Detach()
	if err != nil {
		t.Fatal(err)
	}
	open, err := files[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(store.Close(), store.Close()); err != nil {
		t.Fatal(err)
	}
	for i, use := range []func() error{
		func() error { _, err := files[0].Open(); return err },
		func() error { _, err := files[1].Bytes(); return err },
		func() error { _, err := open.Read(make([]byte, 1)); return err },
		func() error { _, err := files[0].Detach(); return err },
		func() error { return files[0].Save(openRoot(t), "a") },
	} {
		if err := use(); err == nil || len(misuses) != i+1 {
			t.Errorf("use %d: error %v, %d misuses", i, err, len(misuses))
		}
	}
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := kept.Bytes(); err == nil {
		t.Error("a closed file is read")
	}
	if b, err := again.Bytes(); err != nil || !bytes.Equal(b, contents[0]) {
		t.Errorf("the second copy has %d bytes, %v", len(b), err)
	}
	if err := errors.Join(again.Close(), again.Close(), kept.Close(), files[0].Close()); err != nil {
		t.Error(err)
	}
}

// The descriptor is closed when the last one who needs it has gone.
func TestDescriptors(t *testing.T) {
	before := descriptors(t)
	store, files, _ := sent(t, upload.Limits{Memory: 1}, nil, 100, 100)
	if n := descriptors(t); n != before+1 {
		t.Errorf("%d descriptors for two files, want 1", n-before)
	}
	kept, _ := files[1].Detach()
	_ = store.Close()
	if n := descriptors(t); n != before+1 {
		t.Errorf("%d descriptors for a detached file, want 1", n-before)
	}
	_ = kept.Close()
	if n := descriptors(t); n != before {
		t.Errorf("%d descriptors are left", n-before)
	}
}

func descriptors(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc here")
	}
	return len(entries)
}

func openRoot(t *testing.T) *os.Root {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return root
}

func TestSave(t *testing.T) {
	for _, memory := range []int64{1, 1000, 1 << 20} {
		_, files, contents := sent(t, upload.Limits{Memory: memory}, nil, 10, 5000, 0)
		root := openRoot(t)
		for i, f := range files {
			name := fmt.Sprint("f", i)
			if err := f.Save(root, name); err != nil {
				t.Fatal(err)
			}
			b, err := root.ReadFile(name)
			if info, _ := root.Stat(name); err != nil || !bytes.Equal(b, contents[i]) || info.Mode() != 0o600 {
				t.Errorf("memory of %d, file %d: %d bytes, %v, %v", memory, i, len(b), info.Mode(), err)
			}
		}
		if names := namesIn(t, root); len(names) != 3 {
			t.Errorf("the folder has %q", names)
		}
	}
}

func namesIn(t *testing.T, root *os.Root) (names []string) {
	entries, err := os.ReadDir(root.Name())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// Nothing outside of the folder, nothing hidden and nothing that exists is written to.
func TestSaveRefused(t *testing.T) {
	_, files, _ := sent(t, upload.Limits{}, nil, 10)
	outside := t.TempDir()
	root := openRoot(t)
	taken := []string{"file", "folder", "link", "dangling", "out"}
	for i, err := range []error{
		root.WriteFile("file", []byte("old"), 0o600), root.Mkdir("folder", 0o700), root.Symlink("file", "link"),
		root.Symlink("missing", "dangling"), os.Symlink(filepath.Join(outside, "x"), filepath.Join(root.Name(), "out")),
	} {
		if err != nil {
			t.Skip(i, err)
		}
	}
	bad := []string{"", ".", "..", "../a", "a/b", "/a", "a/../b", `a\b`, `..\a`, ".a", ".htaccess", "a.", "a ", "C:a", "a:b", "a\x00", "a\nb",
		"CON", "con.txt", "Aux", "nul.tar.gz", "COM1", "lpt9.png", "com¹", "CONIN$", "NUL .txt", "a\x80"}
	for _, name := range append(slices.Clone(taken), bad...) {
		err := files[0].Save(root, name)
		if err == nil || slices.Contains(taken, name) != errors.Is(err, fs.ErrExist) {
			t.Errorf("%q: error %v", name, err)
		}
	}
	if b, _ := root.ReadFile("file"); string(b) != "old" {
		t.Errorf("the file has %q", b)
	}
	if names := namesIn(t, root); len(names) != len(taken) {
		t.Errorf("the folder has %q", names)
	}
	noFiles(t, outside)
}

// Of many who save under one name exactly one wins, and the file is whole.
func TestSaveAtOnce(t *testing.T) {
	_, files, contents := sent(t, upload.Limits{Memory: 1000}, nil, slices.Repeat([]int{3000}, 20)...)
	root := openRoot(t)
	errs := make([]error, len(files))
	var wait sync.WaitGroup
	for i, f := range files {
		wait.Go(func() { errs[i] = f.Save(root, "a") })
	}
	wait.Wait()
	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner < 0:
			winner = i
		case !errors.Is(err, fs.ErrExist):
			t.Errorf("save %d: %v; %d has won", i, err, winner)
		}
	}
	if b, err := root.ReadFile("a"); err != nil || winner < 0 || !bytes.Equal(b, contents[winner]) {
		t.Errorf("%d has won, and the file has %d bytes, %v", winner, len(b), err)
	}
	if names := namesIn(t, root); len(names) != 1 {
		t.Errorf("the folder has %q", names)
	}
}

func TestSafeName(t *testing.T) {
	long := strings.Repeat("ä", 200)
	for _, tt := range []struct{ raw, name, safe string }{
		{"a.png", "a.png", "a.png"},
		{`C:\x\a b.png`, "a b.png", "a b.png"},
		{"../.htaccess", ".htaccess", "htaccess"},
		{"", "", "file"}, {"..", "", "file"}, {"...", "...", "file"}, {"/", "", "file"}, {" - ", "-", "file"},
		{"a\x00b\r\n.txt", "ab.txt", "ab.txt"},
		{"gpj\u202e.exe", "gpj.exe", "gpj.exe"},
		{"<img onerror=x>.png", "<img onerror=x>.png", "_img onerror_x_.png"},
		{"con.txt", "con.txt", "_con.txt"}, {"LPT1", "LPT1", "_LPT1"},
		{"a. ", "a.", "a"},
		{"日本.txt", "日本.txt", "日本.txt"},
		{long + ".png", long + ".png", strings.Repeat("ä", 47) + ".png"},
		{"a." + long, "a." + long, "a." + strings.Repeat("ä", 48)},
		{"a\xff.png", "a\ufffd.png", "a_.png"},
		{"a:b*c?.txt", "a:b*c?.txt", "a_b_c_.txt"},
	} {
		raw := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(tt.raw)
		if strings.ContainsAny(raw, "\x00\r\n") {
			raw = strings.NewReplacer("\x00", "%00", "\r", "%0D", "\n", "%0A").Replace(tt.raw)
			raw = "x\"; filename*=utf-8''" + raw + `; x="`
		}
		f, err := read(t, strings.NewReader(form(`name=f; filename="`+raw+`"|b`)), formType, limits(t, upload.Limits{}))
		if err != nil {
			t.Errorf("%q: %v", tt.raw, err)
			continue
		}
		file, _ := f.File("f")
		if file.RawName() != tt.raw || file.Name() != tt.name || file.SafeName() != tt.safe {
			t.Errorf("%q is sent as %q, called %q and %q; want %q and %q", tt.raw, file.RawName(), file.Name(), file.SafeName(), tt.name, tt.safe)
		}
		if err := file.Save(openRoot(t), file.SafeName()); err != nil {
			t.Errorf("%q cannot be saved: %v", tt.raw, err)
		}
	}
}

// Parts are read one by one, and only the current one.
func TestParts(t *testing.T) {
	r, err := upload.NewReader(strings.NewReader(form("name=a|1", "name=b; filename=b.txt|23", "name=c|4")), formType, limits(t, upload.Limits{}), nil)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := r.Next()
	text, err := a.Text()
	if a.FormName() != "a" || a.IsFile() || text != "1" || err != nil {
		t.Errorf("%q is %q, %v", a.FormName(), text, err)
	}
	b, _ := r.Next()
	if _, err := a.Read(make([]byte, 1)); err != io.EOF && err == nil {
		t.Error("the first part is read behind the second one")
	}
	if !b.IsFile() || b.Name() != "b.txt" || b.SafeName() != "b.txt" || b.RawName() != "b.txt" || b.ContentType() != "" || len(b.Header()) != 1 {
		t.Errorf("%+v", b)
	}
	if _, err := r.Next(); err != nil { // b was skipped
		t.Fatal(err)
	}
	if _, err := b.Read(make([]byte, 1)); err == nil {
		t.Error("a part is read that was passed")
	}
	if p, err := r.Next(); err != io.EOF {
		t.Errorf("the end is %v, %v", p, err)
	}
}
