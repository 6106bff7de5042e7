package openapi_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router/openapi"
)

// ownFailure is an app's own format of errors.
type ownFailure struct {
	Errors map[string]string `json:"errors"`
}

type soldError struct{}

func (soldError) Error() string   { return "sold" }
func (soldError) StatusCode() int { return 409 }

// newPrice is an input with a rule, whose faults are 400, 413, 415 and 422.
type newPrice struct {
	Price int `json:"price" validate:"gte=1"`
}

func inOwnFormat(soay.Request) soay.Response {
	return response.JSON(ownFailure{map[string]string{"cat": "sold"}})
}

// newMarket returns an app with a typed route that can fail in every way, set up by set.
func newMarket(o openapi.Options, set func(*soay.App, soay.Group)) *soay.App {
	app := soay.New(soay.Options{Env: "development", Logger: slog.New(slog.DiscardHandler)})
	app.UseOpenAPI(openapi.Info{Title: "Market", Version: "1"}, o)
	group := app.Group("/market")
	soay.Put(group, "/cats", func(_ soay.Request, in newPrice) (*newPrice, error) {
		if in.Price == 9 {
			return nil, soldError{}
		}
		return nil, nil
	}).Doc(openapi.Doc{Errors: []int{409}})
	set(app, group)
	return app
}

// formatsOf returns the media types of each error in the document, such as "404 problem".
func formatsOf(t *testing.T, document any) string {
	t.Helper()
	var list []string
	for status := range strings.FieldsSeq("400 404 409 413 415 422 500") {
		r := at(document, "paths", "/market/cats", "put", "responses", status)
		if ref, ok := at(r, "$ref").(string); ok {
			r = at(document, "components", "responses", strings.TrimPrefix(ref, "#/components/responses/"))
		}
		if r == nil {
			continue
		}
		var text strings.Builder
		text.WriteString(status)
		for _, format := range [][2]string{{"application/json", "own"}, {"application/problem+json", "problem"}} {
			if at(r, "content", format[0]) != nil {
				text.WriteString(" " + format[1])
			}
		}
		list = append(list, text.String())
	}
	return strings.Join(list, ", ")
}

// The document tells of each error the format that the app sends, and none where it does not know the format.
func TestErrorFormats(t *testing.T) {
	own := openapi.Options{Error: openapi.Response{Value: ownFailure{}}}
	tests := []struct {
		description string
		options     openapi.Options
		set         func(*soay.App, soay.Group)
		want        string
	}{
		{"no handlers", openapi.Options{}, func(*soay.App, soay.Group) {},
			"400 problem, 404 problem, 409 problem, 413 problem, 415 problem, 422 problem"},
		{"no handlers, so nobody sends the own format", own, func(*soay.App, soay.Group) {},
			"400 problem, 404 problem, 409 problem, 413 problem, 415 problem, 422 problem"},
		{"a handler for an error of the handler's", own, func(a *soay.App, _ soay.Group) {
			soay.HandleError(a, func(req soay.Request, _ soldError) soay.Response { return inOwnFormat(req) })
		}, "400 problem, 404 problem, 409 own problem, 413 problem, 415 problem, 422 problem"},
		{"the same, and the format is not told", openapi.Options{}, func(a *soay.App, _ soay.Group) {
			soay.HandleError(a, func(req soay.Request, _ soldError) soay.Response { return inOwnFormat(req) })
		}, "400 problem, 404 problem, 409, 413 problem, 415 problem, 422 problem"},
		{"a handler for violations", own, func(a *soay.App, _ soay.Group) {
			soay.HandleError(a, func(req soay.Request, _ *bind.Error) soay.Response { return inOwnFormat(req) })
		}, "400 own problem, 404 problem, 409 own problem, 413 problem, 415 problem, 422 own"},
		{"a handler for all problems", own, func(a *soay.App, _ soay.Group) {
			soay.HandleError(a, func(req soay.Request, _ *problem.Problem) soay.Response { return inOwnFormat(req) })
		}, "400 own, 404 own, 409 own problem, 413 own, 415 own, 422 own"},
		{"a handler for all errors, of the group", own, func(_ *soay.App, g soay.Group) {
			soay.HandleError(g, func(req soay.Request, _ error) soay.Response { return inOwnFormat(req) })
		}, "400 own, 404 own, 409 own, 413 own, 415 own, 422 own"},
		{"a handler of another group", own, func(a *soay.App, _ soay.Group) {
			soay.HandleError(a.Group("/other"), func(req soay.Request, _ error) soay.Response { return inOwnFormat(req) })
		}, "400 problem, 404 problem, 409 problem, 413 problem, 415 problem, 422 problem"},
		{"a page for a status", openapi.Options{}, func(a *soay.App, _ soay.Group) {
			a.HandleStatus(404, func(soay.Request) soay.Response { return response.HTML("<p>nothing") })
		}, "400 problem, 404, 409 problem, 413 problem, 415 problem, 422 problem"},
		{"pages in HTML, beside which problem details stay",
			openapi.Options{Error: openapi.Response{Value: problem.Problem{}}}, func(a *soay.App, _ soay.Group) {
				a.HandleStatus(404, func(soay.Request) soay.Response { return response.HTML("<p>nothing") })
			}, "400 problem, 404 problem, 409 problem, 413 problem, 415 problem, 422 problem"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			c := requesttest.New(t, newMarket(tt.options, tt.set))
			document := decode(t, c.Get("/openapi.json").Body)
			if got := formatsOf(t, document); got != tt.want {
				t.Errorf("the document says %s\n                want %s", got, tt.want)
			}
			checkAgainst(t, c, document)
		})
	}
}

// checkAgainst sends broken requests and compares the type of each answer with the document, if that names types.
func checkAgainst(t *testing.T, c *requesttest.Client, document any) {
	t.Helper()
	for body, status := range map[string]int{
		`{"price": 5}`: 404, `{"price": 9}`: 409, `{"price": 0}`: 422, `{"price": "x"}`: 400, `{`: 400,
		`"` + strings.Repeat("x", 1<<20) + `"`: 413,
	} {
		got := c.Put("/market/cats", requesttest.With{
			Body: strings.NewReader(body), Header: http.Header{"Content-Type": {"application/json"}},
		})
		if got.Status != status {
			t.Errorf("%.20s is answered with %d, want %d", body, got.Status, status)
		}
		r := at(document, "paths", "/market/cats", "put", "responses", fmt.Sprint(got.Status))
		if ref, ok := at(r, "$ref").(string); ok {
			r = at(document, "components", "responses", strings.TrimPrefix(ref, "#/components/responses/"))
		}
		content, _ := at(r, "content").(map[string]any)
		mediaType, _, _ := strings.Cut(got.Header.Get("Content-Type"), ";")
		if content != nil && content[mediaType] == nil {
			t.Errorf("%.20s is answered with %d as %s, the document says %v", body, got.Status, mediaType, content)
		}
	}
}

func TestOwnErrorFormat(t *testing.T) {
	app := newMarket(openapi.Options{Error: openapi.Response{Value: &ownFailure{}, MediaType: "application/vnd.market+json", Description: "It failed."}},
		func(a *soay.App, g soay.Group) {
			soay.HandleError(g, func(req soay.Request, _ error) soay.Response { return inOwnFormat(req) })
			soay.Get(g, "/dogs", func(soay.Request, struct{}) (string, error) { return "", nil }).Doc(openapi.Doc{
				Errors: []int{409, 410}, Responses: map[int]openapi.Response{404: {Description: "No dog."}, 410: {Value: "gone"}},
			})
		})
	document := decode(t, requesttest.New(t, app).Get("/openapi.json").Body)
	const own = `{"application/vnd.market+json":{"schema":{"$ref":"#/components/schemas/OwnFailure"}}}`
	same(t, "responses", at(document, "paths", "/market/dogs", "get", "responses"), `{
		"200":{"description":"OK","content":{"text/plain":{"schema":{"type":"string"}}}},
		"404":{"description":"No dog.","content":`+own+`},
		"409":{"description":"It failed.","content":`+own+`},
		"410":{"description":"Gone","content":{"text/plain":{"schema":{"type":"string"}}}}}`)
	same(t, "schemas of problems, which nobody sends", at(document, "components", "schemas", "Problem"), "")
	same(t, "shared responses", at(document, "components", "responses"), "")
}
