package oidc_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth/oidc"
	"github.com/soay-go/soay/router/openapi"
)

func TestOpenAPI(t *testing.T) {
	p := newOP(t)
	s := newSite(p, setup{more: func(a *soay.App) {
		a.UseOpenAPI(openapi.Info{Title: "Cats", Version: "1"}, openapi.Options{Production: true})
		soay.Get(a, "/cats", func(soay.Request, struct{}) ([]string, error) { return nil, nil }).Auth()
	}}, oidc.Options{})
	var document struct {
		Components struct {
			SecuritySchemes map[string]map[string]any
		}
		Paths map[string]map[string]struct{ Security []map[string][]string }
	}
	browser(t, s).Get("/openapi.json").JSON(&document)
	for path := range document.Paths {
		if strings.HasPrefix(path, "/sign-") {
			t.Errorf("the document has %s, which is no part of the API", path)
		}
	}
	scheme := document.Components.SecuritySchemes["login"]
	delete(scheme, "description")
	want := map[string]any{"type": "openIdConnect", "openIdConnectUrl": p.URL + "/.well-known/openid-configuration"}
	if diff := cmp.Diff(want, scheme); diff != "" {
		t.Errorf("the scheme (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]map[string][]string{{"login": {}}}, document.Paths["/cats"]["get"].Security); diff != "" {
		t.Errorf("the operation (-want +got):\n%s", diff)
	}
}
