package soay_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "github.com/soay-go/soay"

// layers are the packages of the project by their folders. Each imports only packages of lower layers; a new one needs a line here.
var layers = map[string]int{
	"request/header":         0,
	"request/inject":         0,
	"request/safelog":        0,
	"request/strictjson":     0,
	"request/urlencoded":     0,
	"request/bind/rules":     0,
	"request/bind/sentences": 1,
	"sessions":               1,
	"sessions/memstore":      2,
	"sessions/storetest":     2, // for tests of stores
	"sessions/keyring":       2,
	"sessions/redisstore":    2,
	"sessions/sqlstore":      2,
	"middleware/antiforgery": 6,

	"sessions/internal/keylock":      0,
	"sessions/internal/once":         0,
	"sessions/internal/optional":     0,
	"sessions/keyring/internal/xaes": 0,
	"response/problem":               2,
	"request":                        3,
	"response":                       3,
	"request/bind":                   4,
	"router":                         5,
	"router/openapi":                 6,
	"router/openapi/ui":              6,
	"middleware":                     6,
	"request/requesttest":            7, // for tests, so nothing but they may be above it
	".":                              8,
}

// thirdParty says which folders may import from a module that is neither ours nor the standard library's.
var thirdParty = map[string][]string{
	"github.com/julienschmidt/httprouter":           {"router"},
	"github.com/gorilla/securecookie":               {"sessions"},
	"github.com/go-playground/validator/v10":        {"request/bind/rules", "request/bind/sentences", "request/bind", "."},
	"github.com/go-playground/universal-translator": {"request/bind/sentences"},
	"github.com/go-playground/locales":              {"request/bind/sentences"},
	"github.com/redis/go-redis/v9":                  {"sessions/redisstore"},
	"go.yaml.in/yaml/v3":                            {"router/openapi"},
}

// forTests are the modules that tests everywhere may import from.
var forTests = []string{"github.com/google/go-cmp", "github.com/santhosh-tekuri/jsonschema/v6"}

// folders are those at the top. The first of them hold the library, the others what is built on it.
var (
	libraryFolders = []string{"router", "request", "response", "sessions", "middleware"}
	otherFolders   = []string{"examples", "docs", "benchmarks"}
)

// A sourceFile is a Go file of the project.
type sourceFile struct {
	*ast.File
	fset   *token.FileSet
	path   string
	dir    string
	top    string // the folder at the top that it is in, "." for none
	isTest bool
	lines  int
}

// readSources parses all Go files but those in folders whose names start with a dot.
func readSources(t *testing.T, tree fs.FS) []*sourceFile {
	t.Helper()
	var files []*sourceFile
	fset := token.NewFileSet()
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name != "." && strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		top, _, below := strings.Cut(name, "/")
		if !below {
			top = "."
		}
		files = append(files, &sourceFile{File: f, fset: fset, path: name, dir: path.Dir(name), top: top,
			isTest: strings.HasSuffix(name, "_test.go"), lines: bytes.Count(text, []byte("\n"))})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func (f *sourceFile) isLibrary() bool { return f.top == "." || slices.Contains(libraryFolders, f.top) }

// imported returns the paths of the imports.
func (f *sourceFile) imported() []string {
	paths := make([]string, len(f.Imports))
	for i, spec := range f.Imports {
		paths[i], _ = strconv.Unquote(spec.Path.Value)
	}
	return paths
}

// folderOf returns the folder of an import path, and false for packages that are not ours.
func folderOf(importPath string) (string, bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// rules return what is wrong with a file.
var rules = []struct {
	name  string
	check func(*sourceFile) []string
}{
	{"folders", func(f *sourceFile) []string {
		if f.isLibrary() || slices.Contains(otherFolders, f.top) {
			return nil
		}
		return []string{"is in a folder that is not planned for"}
	}},
	{"layers", checkLayers},
	{"third-party imports", checkThirdParty},
	{"external tests", func(f *sourceFile) []string {
		if f.isTest && f.isLibrary() && !strings.HasSuffix(f.Name.Name, "_test") {
			return []string{"tests from inside package " + f.Name.Name}
		}
		return nil
	}},
	{"package names", func(f *sourceFile) []string {
		for _, name := range []string{strings.TrimSuffix(f.Name.Name, "_test"), path.Base(f.dir)} {
			if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "misc"}, name) {
				return []string{"is in a package named " + name}
			}
		}
		return nil
	}},
	{"declarations", checkDeclarations},
	{"lengths", checkLengths},
}

func checkLayers(f *sourceFile) []string {
	if !f.isLibrary() || f.isTest {
		return nil
	}
	layer, ok := layers[f.dir]
	if !ok {
		return []string{"belongs to a package without a layer"}
	}
	var wrong []string
	for _, p := range f.imported() {
		if folder, ours := folderOf(p); ours && layers[folder] >= layer {
			wrong = append(wrong, "imports "+p+", which is not of a lower layer")
		}
		isForTests := f.dir == "request/requesttest" || f.dir == "sessions/storetest"
		if folder, _ := folderOf(p); folder == "request/requesttest" || folder == "sessions/storetest" || p == "testing" && !isForTests {
			wrong = append(wrong, "imports "+p+", which is for tests")
		}
	}
	return wrong
}

func checkThirdParty(f *sourceFile) []string {
	if f.top == "benchmarks" || f.dir == "sessions/sqlstore/sqltest" || f.dir == "examples/login" { // modules of their own
		return nil
	}
	var wrong []string
	for _, p := range f.imported() {
		first, _, _ := strings.Cut(p, "/")
		if _, ours := folderOf(p); ours || !strings.Contains(first, ".") {
			continue
		}
		if !mayImport(f, p) {
			wrong = append(wrong, "imports "+p)
		}
	}
	return wrong
}

// mayImport reports whether a package of another module is allowed in a file. Tests and examples may
// import what the package they are about does.
func mayImport(f *sourceFile, importPath string) bool {
	isOf := func(m string) bool { return importPath == m || strings.HasPrefix(importPath, m+"/") }
	for m, folders := range thirdParty {
		if isOf(m) {
			return slices.Contains(folders, f.dir)
		}
	}
	return f.isTest && slices.ContainsFunc(forTests, isOf)
}

func checkDeclarations(f *sourceFile) []string {
	var wrong []string
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.Name == "init" && d.Recv == nil {
				wrong = append(wrong, "has an init function")
			}
		case *ast.GenDecl:
			if d.Tok != token.VAR || f.isTest || f.Name.Name == "main" {
				continue
			}
			for _, spec := range d.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					if name.IsExported() && !strings.HasPrefix(name.Name, "Err") {
						wrong = append(wrong, "has the exported variable "+name.Name)
					}
				}
			}
		}
	}
	return wrong
}

func checkLengths(f *sourceFile) []string {
	if f.isTest {
		return nil
	}
	var wrong []string
	if f.lines >= 400 {
		wrong = append(wrong, fmt.Sprintf("has %d lines", f.lines))
	}
	for _, decl := range f.Decls {
		if d, ok := decl.(*ast.FuncDecl); ok {
			if n := f.fset.Position(d.End()).Line - f.fset.Position(d.Pos()).Line + 1; n >= 60 {
				wrong = append(wrong, fmt.Sprintf("has the function %s of %d lines", d.Name.Name, n))
			}
		}
	}
	return wrong
}

func TestArchitecture(t *testing.T) {
	files := readSources(t, os.DirFS("."))
	seen := map[string]bool{}
	for _, f := range files {
		seen[f.dir] = true
	}
	for folder := range layers {
		if !seen[folder] {
			t.Errorf("package %s is not there", folder)
		}
	}
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			for _, f := range files {
				for _, wrong := range rule.check(f) {
					t.Errorf("%s %s", f.path, wrong)
				}
			}
		})
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !slices.Contains(libraryFolders, e.Name()) &&
			!slices.Contains(otherFolders, e.Name()) {
			t.Errorf("the folder %s is not planned for", e.Name())
		}
	}
}

// The rules find what they are for, and nothing in what is right.
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
		{"router/a.go", `package router; import "github.com/julienschmidt/httprouter"; var ErrA error; var a int; const A = 1`, ""},
		{"examples/a/a.go", `package main; import "github.com/soay-go/soay"; var Exported int`, ""},
		{"benchmarks/a.go", `package main; import "example.com/other"`, ""},
		{"router/a.go", `package router; type T int; func (T) init() {}`, ""},
		{"response/a.go", `package response; import "github.com/soay-go/soay/request"`,
			"response/a.go imports " + module + "/request, which is not of a lower layer"},
		{"request/a.go", `package request; import "github.com/soay-go/soay/response"`, "not of a lower layer"},
		{"request/header/a.go", `package header; import "github.com/soay-go/soay/request/strictjson"`,
			"not of a lower layer"},
		{"sessions/a.go", `package sessions; import "github.com/soay-go/soay/response"`, "not of a lower layer"},
		{"middleware/a.go", `package middleware; import "github.com/soay-go/soay"`, "not of a lower layer"},
		{"router/a.go", `package router; import "github.com/soay-go/soay/middleware"`, "not of a lower layer"},
		{"app.go", `package soay; import "github.com/soay-go/soay/request/requesttest"`, "which is for tests"},
		{"router/a.go", `package router; import "testing"`, "which is for tests"},
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
