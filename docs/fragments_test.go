package docs_test

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fragmentImports are the packages that fragments may use.
var fragmentImports = []string{
	"context", "crypto/sha256", "crypto/tls", "database/sql", "embed", "encoding/csv", "errors", "fmt", "html/template", "io", "io/fs", "log",
	"log/slog", "mime", "mime/multipart", "net", "net/http", "net/url", "os", "reflect", "regexp", "strconv", "strings",
	"testing", "time",
	soayPath, soayPath + "/middleware", soayPath + "/middleware/antiforgery", soayPath + "/middleware/auth",
	soayPath + "/middleware/auth/apikey", soayPath + "/middleware/auth/authtest", soayPath + "/middleware/auth/basic",
	soayPath + "/middleware/auth/oidc", soayPath + "/middleware/auth/password", soayPath + "/middleware/compress", soayPath + "/middleware/compress/brotli",
	soayPath + "/middleware/compress/fastgzip", soayPath + "/middleware/compress/zstd", soayPath + "/middleware/health", soayPath + "/middleware/profiling",
	soayPath + "/middleware/proxies", soayPath + "/middleware/telemetry", soayPath + "/middleware/ratelimit", soayPath + "/middleware/ratelimit/redislimit", soayPath + "/request", soayPath + "/request/bind",
	soayPath + "/request/bind/languages/de", soayPath + "/request/bind/languages/fr", soayPath + "/request/requesttest", soayPath + "/request/upload", soayPath + "/response", soayPath + "/response/problem", soayPath + "/response/files", soayPath + "/response/view", soayPath + "/router",
	soayPath + "/router/openapi", soayPath + "/sessions", soayPath + "/sessions/keyring", soayPath + "/sessions/memstore",
	soayPath + "/sessions/redisstore", soayPath + "/sessions/sqlstore", soayPath + "/sessions/storetest",
	"github.com/redis/go-redis/v9",
	otelPath + "/attribute", otelPath + "/propagation", otelPath + "/trace", otelPath + "/sdk/trace", otelPath + "/sdk/trace/tracetest",
	otelPath + "/sdk/metric", otelPath + "/sdk/metric/metricdata",
}

const (
	soayPath = "github.com/soay-go/soay"
	otelPath = "go.opentelemetry.io/otel"
)

// wrapper is the function around statements. Its parameters are what statements may use without saying
// where it comes from.
const wrapper = `func _(
	app *soay.App, req soay.Request, resp soay.Response, next soay.Handler, t *testing.T, err error,
	show, list, create, remove, upload soay.Handler, requireKey, audit soay.Middleware,
) soay.Response {
{
%s
}
panic("")
}
`

func TestFragmentsCompile(t *testing.T) {
	c := newChecker(t)
	count := 0
	for _, page := range pages(t) {
		var before []block // what the fragment may use
		for _, b := range blocksOf(t, page) {
			switch {
			case b.isTest() || b.lang != "go":
			case b.isProgram():
				before = []block{b}
			default:
				count++
				if err := c.check(before, b); err != nil {
					t.Error(err)
				}
				if isDeclarations(b.text) {
					before = append(before, b)
				}
			}
		}
	}
	if count == 0 {
		t.Errorf("no page has a fragment")
	}
}

func TestFragmentsWithMistakesDoNotCompile(t *testing.T) {
	tests := []struct {
		name string
		text string
		ok   bool
	}{
		{"statements", "name := req.Param(\"name\")\nreturn response.Text(name)\n", true},
		{"a variable that nothing uses", "name := req.Param(\"name\")\n", true},
		{"declarations", "func show(req soay.Request) soay.Response { return response.NoContent() }\n", true},
		{"an unknown method", "app.Gte(\"/\", nil)\n", false},
		{"a wrong type", "var n int = req.Param(\"n\")\n", false},
		{"an unknown name", "return answer.Text(\"\")\n", false},
		{"no Go", "app.Get(\"/\"\n", false},
	}
	c := newChecker(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := c.check(nil, block{page: "p.md", line: 10, lang: "go", text: test.text})
			if (err == nil) != test.ok {
				t.Errorf("check says %v, want an error: %v", err, !test.ok)
			}
			if err != nil && !strings.Contains(err.Error(), "p.md:10") {
				t.Errorf("%q does not name the place p.md:10", err)
			}
		})
	}
}

// fromSource are packages whose types are read from their source, which takes less time than to compile what they need.
var fromSource = []string{soayPath + "/sessions/redisstore", "github.com/redis/go-redis/v9"}

// checker checks the types of fragments. It knows most packages by the export data that the go command keeps of them.
type checker struct {
	fset     *token.FileSet
	importer types.Importer
}

// namesOf has the packages whose paths do not tell their names, or whose names others have.
var namesOf = map[string]string{
	"github.com/redis/go-redis/v9": "redis",
	otelPath + "/sdk/trace":        "sdktrace",
	otelPath + "/sdk/metric":       "sdkmetric",
}

// nameOf returns the name that fragments have for a package.
func nameOf(pkg string) string { return cmp.Or(namesOf[pkg], path.Base(pkg)) }

// exports returns the files with the export data of fragmentImports and all they need, without those of fromSource.
var exports = sync.OnceValues(func() (map[string]string, error) {
	compiled := slices.DeleteFunc(slices.Clone(fragmentImports), func(pkg string) bool { return slices.Contains(fromSource, pkg) })
	return list("{{.ImportPath}} {{.Export}}", append([]string{"-export"}, compiled...)...)
})

// sources returns the files of the packages that fromSource needs, with spaces between them.
var sources = sync.OnceValues(func() (map[string]string, error) {
	return list("{{.ImportPath}}{{$dir := .Dir}}{{range .GoFiles}} {{$dir}}/{{.}}{{end}}", fromSource...)
})

// list asks the go command for packages and all they need. It returns the rest of each line behind the path of the package.
func list(format string, args ...string) (map[string]string, error) {
	cmd := exec.Command("go", append([]string{"list", "-deps", "-f", format}, args...)...)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stderr = root, &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, stderr.String())
	}
	found := map[string]string{}
	for line := range strings.Lines(string(out)) {
		pkg, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		found[pkg] = rest
	}
	return found, nil
}

func newChecker(t *testing.T) *checker {
	t.Helper()
	files, err := exports()
	if err != nil {
		t.Fatal(err)
	}
	texts, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	compiled := importer.ForCompiler(fset, "gc", func(pkg string) (io.ReadCloser, error) { return os.Open(files[pkg]) })
	return &checker{fset, &mixedImporter{fset, compiled, files, texts, map[string]*types.Package{}}}
}

// mixedImporter imports packages by their export data, or by their source if they have none.
type mixedImporter struct {
	fset     *token.FileSet
	compiled types.Importer
	exports  map[string]string
	sources  map[string]string
	read     map[string]*types.Package // from source
}

// Import implements types.Importer.
func (m *mixedImporter) Import(pkg string) (*types.Package, error) {
	if m.exports[pkg] != "" || pkg == "unsafe" {
		return m.compiled.Import(pkg)
	}
	if p := m.read[pkg]; p != nil {
		return p, nil
	}
	var files []*ast.File
	for name := range strings.FieldsSeq(m.sources[pkg]) {
		f, err := parser.ParseFile(m.fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	if files == nil {
		return nil, fmt.Errorf("no fragment may import %s; add it to fragmentImports", pkg)
	}
	conf := types.Config{Importer: m, IgnoreFuncBodies: true}
	p, err := conf.Check(pkg, m.fset, files, nil)
	m.read[pkg] = p
	return p, err
}

// check returns what is wrong with a fragment, given the blocks before it.
func (c *checker) check(before []block, b block) error {
	var files []*ast.File
	for _, b := range append(before[:len(before):len(before)], b) {
		f, err := parser.ParseFile(c.fset, "", fileOf(b), 0)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	var first error
	conf := types.Config{Importer: c.importer, Error: func(err error) {
		// Soft errors are variables and imports that nothing uses: a fragment need not use all it has.
		if e, ok := err.(types.Error); first == nil && !(ok && e.Soft) {
			first = err
		}
	}}
	_, _ = conf.Check("main", c.fset, files, nil)
	return first
}

// fileOf returns a block as a Go file whose lines are those of the page.
func fileOf(b block) string {
	line := fmt.Sprintf("//line %s:%d\n", b.page, b.line)
	if b.isProgram() {
		return line + b.text
	}
	var file strings.Builder
	file.WriteString("package main\n")
	for _, pkg := range fragmentImports {
		fmt.Fprintf(&file, "import %s %q\n", nameOf(pkg), pkg)
	}
	if isDeclarations(b.text) {
		file.WriteString(line + b.text)
	} else {
		fmt.Fprintf(&file, wrapper, line+b.text)
	}
	return file.String()
}

// isDeclarations reports whether text can stand outside of functions.
func isDeclarations(text string) bool {
	_, err := parser.ParseFile(token.NewFileSet(), "", "package main\n"+text, 0)
	return err == nil
}
