package soay_test

import (
	"fmt"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// Each rule reports the mistakes that it is for, and accepts correct files.
func TestArchitectureRules(t *testing.T) {
	long := strings.Repeat("\n", 60)
	tests := []struct {
		file string
		text string
		want string // "" for nothing
	}{
		{"app.go", `package soay; import ("net/http"; "github.com/soay-go/soay/router")`, ""},
		{"app_test.go", `package soay_test; import ("testing"; "github.com/soay-go/soay"; "github.com/google/go-cmp/cmp")`, ""},
		{"request/body.go", `package request; import "github.com/soay-go/soay/response/problem"`, ""},
		{"request/requesttest/a.go", `package requesttest; import ("testing"; "github.com/soay-go/soay/router")`, ""},
		{"sessions/storetest/a.go", `package storetest; import ("testing"; "github.com/soay-go/soay/request/requesttest")`, ""},
		{"router/a.go", `package router; import "github.com/julienschmidt/httprouter"; var ErrA error; var a int; const A = 1`, ""},
		{"examples/a/a.go", `package main; import "github.com/soay-go/soay"; var Exported int`, ""},
		{"router/a.go", `package router; type T int; func (T) init() {}`, ""},
		{"response/a.go", `package response; import "github.com/soay-go/soay/request"`,
			"response/a.go imports " + module + "/request, which is not of a lower layer"},
		{"request/a.go", `package request; import "github.com/soay-go/soay/response"`, ""},
		{"request/a.go", `package request; import "github.com/soay-go/soay/request/bind"`, "not of a lower layer"},
		{"request/header/a.go", `package header; import "github.com/soay-go/soay/request/strictjson"`,
			"not of a lower layer"},
		{"sessions/a.go", `package sessions; import "github.com/soay-go/soay/response"`, "not of a lower layer"},
		{"middleware/a.go", `package middleware; import "github.com/soay-go/soay"`, "not of a lower layer"},
		{"router/a.go", `package router; import "github.com/soay-go/soay/middleware"`, "not of a lower layer"},
		{"app.go", `package soay; import "github.com/soay-go/soay/request/requesttest"`, "which is for tests"},
		{"router/a.go", `package router; import "testing"`, "which is for tests"},
		{"sessions/storetest/a.go", `package storetest; import "github.com/soay-go/soay/middleware"`, "not of a lower layer"},
		{"benchmarks/a.go", `package main; import "example.com/other"`, "imports example.com/other"},
		{"router/cache/a.go", `package cache`, "without a layer"},
		{"router/a.go", `package router; import "github.com/gorilla/securecookie"`,
			"imports github.com/gorilla/securecookie"},
		{"sessions/a.go", `package sessions; import "golang.org/x/crypto/hkdf"`, "imports golang.org/x/crypto/hkdf"},
		{"request/a.go", `package request; import "github.com/google/go-cmp/cmp"`, "imports " + forTests[0]},
		{"request/a_test.go", `package request_test; import "github.com/stretchr/testify"`,
			"imports github.com/stretchr/testify"},
		{"router/a_test.go", `package router`, "tests from inside package router"},
		{"pkg/a.go", `package pkg`, "is in a folder that is not planned for"},
		{"router/util/a.go", `package util`, "is in a package named util"},
		{"router/helpers/a.go", `package other`, "is in a package named helpers"},
		{"router/a.go", `package router; func init() {}`, "has an init function"},
		{"router/a.go", `package router; var a, Default = 1, 2`, "has the exported variable Default"},
		{"router/a.go", "package router; func f() {" + long + "}", "has the function f of 61 lines"},
		{"router/a.go", "package router" + strings.Repeat("\n", 400), "has 400 lines"},
	}
	for _, tt := range tests {
		var got []string
		for _, f := range readSources(t, fstest.MapFS{tt.file: {Data: []byte(tt.text)}}) {
			for _, rule := range rules {
				for _, wrong := range rule.check(f) {
					got = append(got, f.path+" "+wrong)
				}
			}
		}
		if all := strings.Join(got, "; "); (all == "") != (tt.want == "") || !strings.Contains(all, tt.want) {
			t.Errorf("%s with %.60q: %q, want %q", tt.file, tt.text, all, tt.want)
		}
	}
}

// A folder with a go.mod may import any module, and so may the folders below it.
func TestArchitectureOfModules(t *testing.T) {
	source := &fstest.MapFile{Data: []byte(`package main; import "example.com/other"`)}
	tests := []struct {
		module string // the folder with a go.mod, "" for none
		want   []string
	}{
		{"", []string{"examples/a/a.go", "examples/a/b/b.go", "examples/c/c.go"}},
		{"examples/a", []string{"examples/c/c.go"}},
		{"examples/a/b", []string{"examples/a/a.go", "examples/c/c.go"}},
	}
	for _, tt := range tests {
		tree := fstest.MapFS{"go.mod": {}, "examples/a/a.go": source, "examples/a/b/b.go": source, "examples/c/c.go": source}
		tree[path.Join(tt.module, "go.mod")] = &fstest.MapFile{}
		var got []string
		for _, f := range readSources(t, tree) {
			if wrong := checkThirdParty(f); len(wrong) > 0 {
				got = append(got, f.path)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("with a go.mod in %q: mistakes in %q, want them in %q", tt.module, got, tt.want)
		}
	}
}

func TestArchitectureOfTheRoot(t *testing.T) {
	tests := []struct {
		description   string
		source, tests int
		want          []string
	}{
		{"as many as may be", maxRootFiles, maxRootTestFiles, nil},
		{"too many files", maxRootFiles + 1, 1, []string{"the root has 15 files besides doc.go, at most 14 are wanted"}},
		{"too many tests", 1, maxRootTestFiles + 1, []string{"the root has 15 test files, at most 14 are wanted"}},
	}
	for _, tt := range tests {
		tree := fstest.MapFS{"doc.go": {Data: []byte("package soay")}, "router/a.go": {Data: []byte("package router")}}
		for i := range tt.source {
			tree[fmt.Sprintf("a%d.go", i)] = &fstest.MapFile{Data: []byte("package soay")}
		}
		for i := range tt.tests {
			tree[fmt.Sprintf("a%d_test.go", i)] = &fstest.MapFile{Data: []byte("package soay_test")}
		}
		if got := checkRoot(readSources(t, tree)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.description, got, tt.want)
		}
	}
}

// Programs link what they use: neither an app nor these examples contain the parts of others.
func TestProgramsLinkNothingForOthers(t *testing.T) {
	heavy := []string{
		"github.com/go-jose/", "github.com/coreos/go-oidc/", "golang.org/x/oauth2", "github.com/redis/go-redis/",
		"golang.org/x/crypto/argon2", "golang.org/x/crypto/bcrypt", "golang.org/x/crypto/blake2b", "go.opentelemetry.io/",
	}
	foreign := append(slices.Clip(heavy), "github.com/soay-go/soay/middleware/auth/")
	for program, without := range map[string][]string{
		".": foreign, "./examples/hello": foreign, "./examples/cats": foreign, "./examples/todo": foreign, "./middleware/auth": foreign,
		"./examples/api": heavy, // it has API keys
	} {
		out, err := exec.Command("go", "list", "-deps", program).Output()
		if err != nil {
			t.Fatalf("go list -deps %s: %v", program, err)
		}
		for pkg := range strings.FieldsSeq(string(out)) {
			if slices.ContainsFunc(without, func(prefix string) bool { return strings.HasPrefix(pkg, prefix) }) {
				t.Errorf("%s links %s", program, pkg)
			}
		}
	}
}
