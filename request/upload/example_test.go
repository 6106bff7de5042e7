package upload_test

import (
	"fmt"
	"io"
	"net/url"

	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/request/upload"
)

func ExamplePart() {
	req := requesttest.Request("POST", "/", requesttest.With{
		Form:  url.Values{"title": {"Minka"}},
		Files: []requesttest.File{{Field: "photo", Name: "minka.png", Content: []byte("…")}},
	})
	size := func(part *upload.Part) int64 {
		n, _ := io.Copy(io.Discard, part)
		return n
	}
	for part, err := range req.Parts(upload.Limits{MaxFileBytes: 1 << 20}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(part.FormName(), part.Name(), size(part))
	}
	// Output:
	// title  5
	// photo minka.png 3
}

func ExampleFile() {
	req := requesttest.Request("POST", "/", requesttest.With{
		Files: []requesttest.File{{Field: "photo", Name: `C:\photos\minka?.png`, Content: []byte("GIF89a")}},
	})
	form, err := req.Multipart()
	if err != nil {
		fmt.Println(err)
		return
	}
	if photo, sent := form.File("photo"); sent {
		fmt.Println(photo.Name(), photo.SafeName(), photo.DetectedType(), photo.Size())
	}
	// Output: minka?.png minka_.png image/gif 6
}
