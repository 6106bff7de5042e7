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
)

const module = "github.com/soay-go/soay"

// layers are the packages of the project by their folders. Each imports only packages of lower layers, those for tests apart. A new
// package needs a line here; a line that ends in /* is for all in a folder. Its number is the lowest that works: one more than the
// highest of those that it imports, 0 if there are none.
var layers = map[string]int{
	"request/header":         0,
	"request/http1/loop":     1,
	"request/http1":          0,
	"request/inject":         1,
	"request/panics":         0,
	"request/safelog":        0,
	"request/upload":         3,
	"request/strictjson":     0,
	"sessions":               1,
	"sessions/memstore":      2,
	"sessions/storetest":     2,
	"sessions/keyring":       2,
	"sessions/redisstore":    2,
	"sessions/sqlstore":      2,
	"middleware/antiforgery": 7,
	"middleware/proxies":     5,
	"middleware/ratelimit":   7,
	"middleware/cors":        7,
	"middleware/auth":        8,
	"middleware/auth/apikey": 9,
	"middleware/auth/basic":  9,
	"middleware/auth/oidc":   9,
	"middleware/profiling":   7,
	"middleware/telemetry":   5,
	"middleware/compress":    7,
	"middleware/compress/*":  8,
	"middleware/health":      8,
	"response/view":          8,
	"response/files":         8,

	"middleware/ratelimit/redislimit": 8,
	"middleware/auth/authtest":        9,

	"middleware/auth/password":               3,
	"middleware/auth/password/internal/gate": 0,

	"request/internal/urlencoded":    0,
	"request/bind/internal/rules":    0,
	"request/bind/internal/messages": 1,

	"sessions/internal/keylock":      0,
	"sessions/internal/once":         0,
	"sessions/internal/optional":     0,
	"sessions/keyring/internal/xaes": 0,
	"response/problem":               2,
	"request":                        4,
	"response":                       3,
	"request/bind":                   5,
	"router":                         6,

	"request/bind/languages/internal/translations": 6,
	"request/bind/languages/*":                     7,

	"router/openapi":      7,
	"router/openapi/ui":   7,
	"middleware":          7,
	"request/requesttest": 8,
	".":                   9,
}

// testPackages are the packages for tests. They may import package testing and one another, and nothing but them may import them.
var testPackages = []string{"request/requesttest", "sessions/storetest", "middleware/auth/authtest"}

// thirdParty says which folders may import from a module that is neither ours nor the standard library's.
var thirdParty = map[string][]string{
	"github.com/julienschmidt/httprouter":           {"router"},
	"github.com/gorilla/securecookie":               {"sessions"},
	"github.com/go-playground/validator/v10":        {"request/bind/internal/rules", "request/bind", ".", "request/bind/languages/internal/translations", "request/bind/languages/*"},
	"github.com/go-playground/universal-translator": {"request/bind/languages/internal/translations"},
	"github.com/go-playground/locales":              {"request/bind/languages/internal/translations", "request/bind/languages/*"},
	"github.com/redis/go-redis/v9":                  {"sessions/redisstore", "middleware/ratelimit/redislimit"},
	"go.yaml.in/yaml/v3":                            {"router/openapi"},
	"golang.org/x/crypto":                           {"middleware/auth/password"},
	"golang.org/x/text":                             {"middleware/auth"},
	"golang.org/x/oauth2":                           {"middleware/auth/oidc"},
	"go.opentelemetry.io/otel":                      {"middleware/telemetry", "docs"},
	"github.com/klauspost/compress":                 {"middleware/compress/fastgzip", "middleware/compress/zstd"},
	"github.com/andybalholm/brotli":                 {"middleware/compress/brotli"},
}

// forTests are the modules that tests everywhere may import from.
var forTests = []string{"github.com/google/go-cmp", "github.com/santhosh-tekuri/jsonschema/v6"}

// The folders at the top hold the library, or are built on it.
var (
	libraryFolders = []string{"router", "request", "response", "sessions", "middleware"}
	otherFolders   = []string{"examples", "docs", "benchmarks"}
)

// The root tells the story of an app, so it has few files. The files of a new feature belong to a package of their own.
const (
	maxRootFiles     = 14 // without doc.go
	maxRootTestFiles = 14
)

// A sourceFile is a Go file of the project.
type sourceFile struct {
	*ast.File
	fset   *token.FileSet
	path   string
	dir    string
	top    string // the folder at the top that it is in, "." for none
	module string // the folder of its go.mod, "." for the module of the library
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
			module: moduleOf(tree, path.Dir(name)), isTest: strings.HasSuffix(name, "_test.go"), lines: bytes.Count(text, []byte("\n"))})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// moduleOf returns the folder with the go.mod that a folder belongs to.
func moduleOf(tree fs.FS, folder string) string {
	for ; folder != "."; folder = path.Dir(folder) {
		if _, err := fs.Stat(tree, path.Join(folder, "go.mod")); err == nil {
			break
		}
	}
	return folder
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

// rules return the mistakes of a file.
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

// siblings stands for all packages in the same folder.
func siblings(dir string) string { return path.Dir(dir) + "/*" }

// layerOf returns the layer of a package, and false for one without.
func layerOf(dir string) (int, bool) {
	if layer, ok := layers[dir]; ok {
		return layer, true
	}
	layer, ok := layers[siblings(dir)]
	return layer, ok
}

func checkLayers(f *sourceFile) []string {
	if !f.isLibrary() || f.isTest || f.module != "." {
		return nil
	}
	layer, ok := layerOf(f.dir)
	if !ok {
		return []string{"belongs to a package without a layer"}
	}
	var wrong []string
	for _, p := range f.imported() {
		folder, ours := folderOf(p)
		below, _ := layerOf(folder)
		switch isForTests := p == "testing" || slices.Contains(testPackages, folder); {
		case isForTests && !slices.Contains(testPackages, f.dir):
			wrong = append(wrong, "imports "+p+", which is for tests")
		case !isForTests && ours && below >= layer:
			wrong = append(wrong, "imports "+p+", which is not of a lower layer")
		}
	}
	return wrong
}

func checkThirdParty(f *sourceFile) []string {
	if f.module != "." { // what a module needs is in its go.mod
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

// mayImport reports whether a file may import a package of another module. Tests and examples may import the same as the
// package that they are about.
func mayImport(f *sourceFile, importPath string) bool {
	isOf := func(m string) bool { return importPath == m || strings.HasPrefix(importPath, m+"/") }
	for m, folders := range thirdParty {
		if isOf(m) {
			return slices.Contains(folders, f.dir) || slices.Contains(folders, siblings(f.dir))
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

// checkRoot returns the mistakes of the root as a whole.
func checkRoot(files []*sourceFile) []string {
	var source, tests int
	for _, f := range files {
		switch {
		case f.dir != "." || f.path == "doc.go":
		case f.isTest:
			tests++
		default:
			source++
		}
	}
	var wrong []string
	if source > maxRootFiles {
		wrong = append(wrong, fmt.Sprintf("the root has %d files besides doc.go, at most %d are wanted", source, maxRootFiles))
	}
	if tests > maxRootTestFiles {
		wrong = append(wrong, fmt.Sprintf("the root has %d test files, at most %d are wanted", tests, maxRootTestFiles))
	}
	return wrong
}

func TestArchitecture(t *testing.T) {
	files := readSources(t, os.DirFS("."))
	for _, wrong := range checkRoot(files) {
		t.Error(wrong)
	}
	seen := map[string]bool{}
	for _, f := range files {
		seen[f.dir], seen[siblings(f.dir)] = true, true
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
