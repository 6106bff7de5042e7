package upload_test

import (
	"strings"
	"testing"

	"github.com/soay-go/soay/request/upload"
)

func TestParseRule(t *testing.T) {
	for _, tt := range []struct {
		tag     string
		want    int64
		wantErr string
	}{
		{"max=5MiB", 5 << 20, ""}, {"max=1B", 1, ""}, {"max=2KiB,types=image/*", 2048, ""}, {"types=image/png|image/jpeg,max=3GiB", 3 << 30, ""},
		{"", 0, "empty"}, {"max=5", 0, "no unit"}, {"max=5MB", 0, "no number"}, {"max=5M", 0, "no unit"}, {"max=0B", 0, "not positive"},
		{"max=-1B", 0, "not positive"}, {"max=+1B", 0, "no number"}, {"max=99999999999GiB", 0, "too large"}, {"max", 0, "no unit"},
		{"min=1B", 0, `option "min" of the tag file is unknown`}, {"max=1B,max=2B", 0, "twice"}, {"max=1B,", 0, "unknown"},
		{"types=png", 0, `type "png"`}, {"types=*/*", 0, "type"}, {"types=Image/PNG", 0, "lower case"}, {"types=", 0, "type"},
		{"types=image/png|", 0, "type"}, {"types=image/p*", 0, "type"}, {"types=text/plain; charset=utf-8", 0, "type"},
	} {
		r, err := upload.ParseRule(tt.tag)
		switch {
		case tt.wantErr == "" && (err != nil || r.Max != tt.want):
			t.Errorf("%q: %d, %v; want %d", tt.tag, r.Max, err, tt.want)
		case tt.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tt.wantErr)):
			t.Errorf("%q: error %v, want %q", tt.tag, err, tt.wantErr)
		}
	}
}

// What clients claim counts only where the content cannot tell, and never against it.
func TestTypes(t *testing.T) {
	const png, zip, pdf = "\x89PNG\r\n\x1a\n", "PK\x03\x04", "%PDF-1.7"
	for _, tt := range []struct {
		description, types, claimed, content string
		want                                 string
	}{
		{"what it is", "image/png", "image/png", png, ""},
		{"what it is, claimed as something else", "image/png", "text/html", png, ""},
		{"something else, claimed as that", "image/png", "image/png", "hello", "filetype"},
		{"a page, claimed as an image", "image/png", "image/png", "<html><script>", "filetype"},
		{"a page in any image", "image/*", "image/png", " <!DOCTYPE html>", "filetype"},
		{"bytes without a meaning, claimed as an image that would show", "image/png", "image/png", "\x01\x02\x03", "filetype"},
		{"an image with a page behind it", "image/png", "image/png", png + "<html><script>alert(1)</script>", ""},
		{"any image", "image/*", "", "GIF89a", ""},
		{"an image that nobody can see by its bytes", "image/*", "image/avif", "\x00\x00\x00\x1cftypavif", ""},
		{"the same, named", "image/avif", "image/avif", "\x00\x00\x00\x1cftypavif", ""},
		{"the same, not claimed", "image/avif", "", "\x00\x00\x00\x1cftypavif", "filetype"},
		{"SVG is no image unless it is listed", "image/*", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"/>`, "filetype"},
		{"SVG behind an XML declaration", "image/*|text/xml", "image/svg+xml", `<?xml version="1.0"?><svg/>`, "filetype"},
		{"SVG behind a comment", "image/*|text/html", "image/svg+xml", `<!-- a --><svg/>`, "filetype"},
		{"SVG as text", "text/plain", "text/plain", `  <svg/>`, "filetype"},
		{"SVG claimed as PNG", "image/png", "image/png", `<svg onload=alert(1)>`, "filetype"},
		{"SVG that is listed", "image/svg+xml", "image/svg+xml", `<svg/>`, ""},
		{"SVG that begins late", "image/svg+xml", "image/svg+xml", `<?xml version="1.0"?>` + strings.Repeat(" ", 600) + "<svg/>", ""},
		{"HTML is no text unless it is listed", "text/*", "text/plain", "<html>", "filetype"},
		{"HTML that is listed", "text/html", "", "<html>", ""},
		{"XML", "text/*", "text/xml", "<?xml version='1.0'?>", "filetype"},
		{"XML that is listed", "application/xml", "application/xml", "<?xml version='1.0'?>", ""},
		{"text", "text/plain", "", "hello", ""},
		{"CSV", "text/csv", "text/csv", "a,b", ""},
		{"CSV that is no text", "text/csv", "text/csv", "\x00\x01", "filetype"},
		{"JSON", "application/json", "application/json", "{}", ""},
		{"a document of an office", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
			"application/vnd.openxmlformats-officedocument.wordprocessingml.document", zip, ""},
		{"a ZIP, not claimed", "application/epub+zip", "", zip, "filetype"},
		{"a PDF", "application/pdf", "", pdf, ""},
		{"a PDF that is text", "application/pdf", "application/pdf", "PDF", "filetype"},
		{"an empty file", "image/png", "image/png", "", "filetype"},
	} {
		rule, err := upload.ParseRule("types=" + tt.types)
		if err != nil {
			t.Fatal(err)
		}
		head := "Content-Disposition: form-data; name=f; filename=f\r\nContent-Type: " + tt.claimed
		f, err := read(t, strings.NewReader(form(head+"|"+tt.content)), formType, limits(t, upload.Limits{}))
		if err != nil {
			t.Fatal(err)
		}
		file, _ := f.File("f")
		if got := rule.Check(file, f.Limits()); got != tt.want {
			t.Errorf("%s: %q, detected %s; want %q", tt.description, got, file.DetectedType(), tt.want)
		}
	}
}

func TestMaxText(t *testing.T) {
	for tag, want := range map[string]string{
		"max=5MiB": "5 MiB", "max=1024KiB": "1 MiB", "max=1000B": "1000 B", "max=1025B": "1025 B", "max=1536MiB": "1536 MiB",
		"max=2048GiB": "2048 GiB", "types=image/png": "64 KiB",
	} {
		rule, err := upload.ParseRule(tag)
		if got := rule.MaxText(upload.Limits{MaxFileBytes: 64 << 10}); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", tag, got, err, want)
		}
	}
}
