package requesttest

import (
	"bytes"
	"cmp"
	"maps"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"slices"
)

// File is a file in a form.
type File struct {
	Field string // the name of the form's field
	// Name is the name of the file. A browser sends the empty name, and no content, for a field in which nobody
	// has chosen a file.
	Name string
	// Type is the Content-Type of the file. The default is application/octet-stream.
	Type    string
	Content []byte
}

// multipartForm returns a form with files as multipart/form-data (RFC 7578), and its content type. The values come
// first, in the order of their names, for that is how an app can check them before it takes the files.
func multipartForm(form url.Values, files []File) ([]byte, string, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, value := range form[name] {
			if err := w.WriteField(name, value); err != nil {
				return nil, "", err
			}
		}
	}
	for _, f := range files {
		part, err := w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {multipart.FileContentDisposition(f.Field, f.Name)},
			"Content-Type":        {cmp.Or(f.Type, "application/octet-stream")},
		})
		if err != nil {
			return nil, "", err
		}
		if _, err := part.Write(f.Content); err != nil {
			return nil, "", err
		}
	}
	if err := w.Close(); err != nil {
		return nil, "", err
	}
	return b.Bytes(), w.FormDataContentType(), nil
}
