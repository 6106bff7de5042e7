package openapi_test

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/router/openapi"
)

type job struct {
	URL string `json:"url"`
}

type responses = map[int]openapi.Response

func TestResponses(t *testing.T) {
	const (
		aJob    = `{"application/json":{"schema":{"$ref":"#/components/schemas/Job"}}}`
		aNumber = `{"application/json":{"schema":{"type":"integer","format":"int64"}}}`
		aFault  = `{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}`
	)
	chosen := &router.Output{Status: 200, Type: reflect.TypeFor[int64](), MediaType: "application/json", AnyStatus: true}
	number := &router.Output{Status: 200, Type: reflect.TypeFor[int64](), MediaType: "application/json"}
	tests := []struct {
		description string
		method      string
		output      *router.Output
		doc         router.Doc
		want        string
	}{
		{"a plain handler's types are those that it tells", "GET", nil, router.Doc{Responses: responses{
			200: {Value: int64(0)}, 202: {Description: "Later.", Value: &job{}},
		}}, `{"200":{"description":"OK","content":` + aNumber + `},"202":{"description":"Later.","content":` + aJob + `}}`},
		{"a plain handler that only redirects", "GET", nil, router.Doc{Responses: responses{303: {}}},
			`{"303":{"description":"See Other"}}`},
		{"a plain handler whose errors are told alone", "GET", nil, router.Doc{Responses: responses{409: {Value: job{}}}},
			`{"200":{"description":"OK"},"409":{"description":"Conflict","content":` + aJob + `}}`},
		{"a handler that makes the response itself", "GET", &router.Output{Status: 200}, router.Doc{Responses: responses{201: {}}},
			`{"201":{"description":"Created"}}`},
		{"further statuses leave those of the types", "GET", number, router.Doc{Responses: responses{304: {Description: "As before."}}},
			`{"200":{"description":"OK","content":` + aNumber + `},"304":{"description":"As before."}}`},
		{"a description of what the types tell", "GET", number, router.Doc{Responses: responses{200: {Description: "The age."}}},
			`{"200":{"description":"The age.","content":` + aNumber + `}}`},
		{"another type than that of the output", "GET", number, router.Doc{Responses: responses{200: {Value: "text"}}},
			`{"200":{"description":"OK","content":{"text/plain":{"schema":{"type":"string"}}}}}`},
		{"an error as in Errors", "GET", number, router.Doc{Responses: responses{404: {}}},
			`{"200":{"description":"OK","content":` + aNumber + `},"404":{"$ref":"#/components/responses/NotFound"}}`},
		{"a description of an error", "GET", number, router.Doc{Errors: []int{404}, Responses: responses{404: {Description: "No cat."}}},
			`{"200":{"description":"OK","content":` + aNumber + `},"404":{"description":"No cat.","content":` + aFault + `}}`},
		{"a media type alone", "GET", nil, router.Doc{Responses: responses{200: {MediaType: "text/csv"}}},
			`{"200":{"description":"OK","content":{"text/csv":{}}}}`},
		{"no content in answer to HEAD", "HEAD", nil, router.Doc{Responses: responses{200: {Value: job{}}}},
			`{"200":{"description":"OK"}}`},
		{"statuses that the handler chooses", "GET", chosen, router.Doc{Responses: responses{201: {}, 204: {}, 304: {}, 409: {}}},
			`{"200":{"description":"OK","content":` + aNumber + `},"201":{"description":"Created","content":` + aNumber + `},` +
				`"204":{"description":"No Content"},"304":{"description":"Not Modified"},"409":{"$ref":"#/components/responses/Conflict"}}`},
		{"one with another type", "GET", chosen, router.Doc{Responses: responses{202: {Description: "Later.", Value: job{}}}},
			`{"200":{"description":"OK","content":` + aNumber + `},"202":{"description":"Later.","content":` + aJob + `}}`},
		{"a status that the handler does not choose", "GET", number, router.Doc{Responses: responses{201: {}}},
			`{"200":{"description":"OK","content":` + aNumber + `},"201":{"description":"Created"}}`},
		{"an upgrade", "GET", nil, router.Doc{Responses: responses{101: {}}}, `{"101":{"description":"Switching Protocols"}}`},
		{"a status without a text", "GET", number, router.Doc{Responses: responses{599: {Value: job{}}}},
			`{"200":{"description":"OK","content":` + aNumber + `},"599":{"description":"Status 599","content":` + aJob + `}}`},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			a := newAPI(t)
			a.add(tt.method, "/", nil, nil, tt.doc).Output = tt.output
			operation := map[string]string{"GET": "get", "HEAD": "head"}[tt.method]
			same(t, "responses", at(a.tree(), "paths", "/", operation, "responses"), tt.want)
		})
	}
}

func TestResponsesThatAreWrong(t *testing.T) {
	for want, wrong := range map[string]responses{
		"the status 99 in Responses: is none of an answer":  {99: {}},
		"the status 600 in Responses: is none of an answer": {600: {}},
		"the status 204 in Responses: has no content":       {http.StatusNoContent: {Value: job{}}},
		"the status 101 in Responses: has no content":       {http.StatusSwitchingProtocols: {MediaType: "text/plain"}},
		"the status 200 in Responses: JSONSchema of":        {200: {Value: garbled{}}},
	} {
		a := newAPI(t)
		a.add("GET", "/", nil, nil, router.Doc{Responses: wrong})
		_, err := a.try()
		wantError(t, err, "main.go:1: openapi: GET /: ", want)
	}
}
