package docs_test

import (
	"go/types"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/apikey"
	"github.com/soay-go/soay/middleware/auth/basic"
	"github.com/soay-go/soay/middleware/auth/oidc"
	"github.com/soay-go/soay/middleware/profiling"
	"github.com/soay-go/soay/middleware/proxies"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/view"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/router/openapi"
	"github.com/soay-go/soay/sessions"
)

// TestPagesAreComplete makes sure that a page names all fields of the options it is about, and all methods of
// the types that handlers use.
func TestPagesAreComplete(t *testing.T) {
	tests := []struct {
		page string
		of   reflect.Type
	}{
		{"docs/application.md", reflect.TypeFor[soay.Options]()},
		{"docs/anti-forgery.md", reflect.TypeFor[antiforgery.Options]()},
		{"docs/authentication.md", reflect.TypeFor[apikey.Options]()},
		{"docs/authentication.md", reflect.TypeFor[basic.Options]()},
		{"docs/authentication.md", reflect.TypeFor[auth.Options]()},
		{"docs/openid-connect.md", reflect.TypeFor[oidc.Options]()},
		{"docs/rate-limits.md", reflect.TypeFor[auth.ThrottleOptions]()},
		{"docs/authentication.md", reflect.TypeFor[auth.SessionOptions]()},
		{"docs/authentication.md", reflect.TypeFor[auth.SignInOptions]()},
		{"docs/authentication.md", reflect.TypeFor[auth.Description]()},
		{"docs/authentication.md", reflect.TypeFor[auth.Profile]()},
		{"docs/authentication.md", reflect.TypeFor[*auth.Identity]()},
		{"docs/authentication.md", reflect.TypeFor[*auth.Attempt]()},
		{"docs/authentication.md", reflect.TypeFor[auth.Event]()},
		{"docs/authorization.md", reflect.TypeFor[router.Auth]()},
		{"docs/authorization.md", reflect.TypeFor[auth.AuthorizationOptions]()},
		{"docs/binders.md", reflect.TypeFor[soay.Created[int]]()},
		{"docs/controllers.md", reflect.TypeFor[soay.ControllerOptions]()},
		{"docs/openapi.md", reflect.TypeFor[openapi.Doc]()},
		{"docs/openapi.md", reflect.TypeFor[openapi.Options]()},
		{"docs/services.md", reflect.TypeFor[soay.ServiceOptions[int]]()},
		{"docs/requests.md", reflect.TypeFor[request.Request]()},
		{"docs/responses.md", reflect.TypeFor[response.Response]()},
		{"docs/middleware.md", reflect.TypeFor[middleware.AccessLogOptions]()},
		{"docs/middleware.md", reflect.TypeFor[middleware.RequestIDOptions]()},
		{"docs/profiling.md", reflect.TypeFor[profiling.Options]()},
		{"docs/proxies-and-hosts.md", reflect.TypeFor[proxies.Options]()},
		{"docs/proxies-and-hosts.md", reflect.TypeFor[middleware.HostOptions]()},
		{"docs/views.md", reflect.TypeFor[view.Options]()},
		{"docs/views.md", reflect.TypeFor[view.Page[int]]()},
		{"docs/https.md", reflect.TypeFor[middleware.HTTPSOptions]()},
		{"docs/sessions.md", reflect.TypeFor[sessions.Options]()},
		{"docs/sessions.md", reflect.TypeFor[sessions.Session]()},
		{"docs/testing.md", reflect.TypeFor[*requesttest.Log]()},
		{"docs/testing.md", reflect.TypeFor[requesttest.Log]()},
		{"docs/testing.md", reflect.TypeFor[requesttest.Options]()},
		{"docs/testing.md", reflect.TypeFor[requesttest.With]()},
	}
	for _, test := range tests {
		page := readPage(t, test.page)
		for _, name := range members(test.of) {
			if !mentions(page, name) && !isForFramework(folderOf(test.of), typeName(test.of)+"."+name) {
				t.Errorf("%s says nothing of %s in %v; say it, or add it to frameworkNames", test.page, name, test.of)
			}
		}
	}
}

// TestMethodsOfAppAreDescribed makes sure that some page shows each method of the app.
func TestMethodsOfAppAreDescribed(t *testing.T) {
	var all strings.Builder
	for _, page := range pages(t) {
		all.WriteString(readPage(t, page))
	}
	for _, name := range members(reflect.TypeFor[*soay.App]()) {
		if !mentions(all.String(), name) {
			t.Errorf("no page says anything of App.%s", name)
		}
	}
}

// TestConstructorsAreDescribed makes sure that the pages name the functions of the packages that handlers
// use.
func TestConstructorsAreDescribed(t *testing.T) {
	c := newChecker(t)
	for path, page := range map[string]string{
		soayPath + "/response": "docs/responses.md",
		soayPath + "/sessions": "docs/sessions.md",
	} {
		pkg, err := c.importer.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		text := readPage(t, page)
		for _, name := range pkg.Scope().Names() {
			f, isFunc := pkg.Scope().Lookup(name).(*types.Func)
			if isFunc && f.Exported() && !mentions(text, name) && !isForFramework(strings.TrimPrefix(path, soayPath+"/"), name) {
				t.Errorf("%s says nothing of %s.%s; say it, or add it to frameworkNames", page, pkg.Name(), name)
			}
		}
	}
}

// folderOf returns the folder of the package of a type.
func folderOf(of reflect.Type) string {
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	return strings.TrimPrefix(of.PkgPath(), soayPath+"/")
}

// typeName returns the name of a type without the types in brackets that it has.
func typeName(of reflect.Type) string {
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	name, _, _ := strings.Cut(of.Name(), "[")
	return name
}

// members returns the names of the exported fields and methods of a type.
func members(of reflect.Type) []string {
	var names []string
	if of.Kind() == reflect.Struct {
		for f := range of.Fields() {
			if f.IsExported() {
				names = append(names, f.Name)
			}
		}
	}
	for m := range of.Methods() {
		names = append(names, m.Name)
	}
	return names
}

var code = regexp.MustCompile("(?ms)^```.*?^```|`[^`\n]+`")

// mentions reports whether the name stands in code of a page.
func mentions(page, name string) bool {
	word := regexp.MustCompile(`\b` + name + `\b`)
	return slices.ContainsFunc(code.FindAllString(page, -1), word.MatchString)
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notWord = regexp.MustCompile(`[^a-z0-9 -]`)
)

func TestLinksLeadSomewhere(t *testing.T) {
	count := 0
	for _, page := range append(pages(t), "CHANGELOG.md") {
		prose := code.ReplaceAllString(readPage(t, page), "")
		for _, m := range link.FindAllStringSubmatch(prose, -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.HasPrefix(target, "https://") {
				continue
			}
			count++
			to := filepath.ToSlash(filepath.Join(filepath.Dir(page), filepath.FromSlash(target)))
			if target == "" {
				to = page
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(to))); err != nil {
				t.Errorf("%s: link to %s: %v", page, m[1], err)
			} else if anchor != "" && !hasHeading(readPage(t, to), anchor) {
				t.Errorf("%s: link to %s: there is no such heading", page, m[1])
			}
		}
	}
	if count == 0 {
		t.Errorf("the pages have no links")
	}
}

// hasHeading reports whether a page has a heading of which web sites make this anchor.
func hasHeading(page, anchor string) bool {
	for _, m := range heading.FindAllStringSubmatch(page, -1) {
		words := notWord.ReplaceAllString(strings.ToLower(m[1]), "")
		if strings.ReplaceAll(words, " ", "-") == anchor {
			return true
		}
	}
	return false
}
