package openapi_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/router/openapi"
)

// A form with files is described with what its files may be, and with the errors of its reading.
func TestUploads(t *testing.T) {
	type photo struct {
		Title string      `form:"title" validate:"required,max=80"`
		Photo soay.File   `form:"photo" validate:"required" file:"max=5MiB,types=image/png|image/jpeg" doc:"The photo."`
		More  []soay.File `form:"more" validate:"max=4" file:"max=1KiB"`
	}
	app := soay.New()
	soay.Post(app, "/photos", func(soay.Request, photo) (string, error) { return "", nil })
	app.UseOpenAPI(openapi.Info{Title: "Photos", Version: "1"}, openapi.Options{Production: true})
	var doc struct {
		Paths map[string]map[string]struct {
			RequestBody json.RawMessage
			Responses   map[string]json.RawMessage
		}
	}
	requesttest.New(t, app).Get("/openapi.json").JSON(&doc)
	post := doc.Paths["/photos"]["post"]
	const want = `{"content":{"multipart/form-data":{"schema":{"type":"object","properties":{` +
		`"title":{"type":"string","maxLength":80},` +
		`"photo":{"type":"string","format":"binary","description":"The photo. At most 5 MiB.","contentMediaType":"application/octet-stream"},` +
		`"more":{"type":"array","description":"At most 1 KiB.","items":{"type":"string","format":"binary","contentMediaType":"application/octet-stream"},"maxItems":4}},` +
		`"required":["title","photo"]},"encoding":{"photo":{"contentType":"image/png, image/jpeg"}}}},"required":true}`
	var got, wanted any
	if json.Unmarshal(post.RequestBody, &got) != nil || json.Unmarshal([]byte(want), &wanted) != nil {
		t.Fatalf("%s", post.RequestBody)
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	for _, status := range []string{"200", "400", "413", "415", "422", "507"} {
		if post.Responses[status] == nil {
			t.Errorf("status %s is not described", status)
		}
	}
}
