package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// frameworkNames are the exported names that only packages of Soay itself have a use for, by package. No page shows them, and their
// comments say that they are for the framework. A type stands for its methods as well, and * for all of a package.
var frameworkNames = map[string]string{
	"middleware":             "AsPrivate Conditional ErrorPages Hosts IsLoopback NewAccessLog NewDecompression NewHTTPS NewHeaders NewHosts NewLoopbackHosts NewRequestID NewSession NewTimeout Observe Site",
	"middleware/antiforgery": "Guard IsAmbient IsBrowserScheme New",
	"middleware/auth":        "AddPolicyFor KeptSession Refusal Registry SessionHolder SessionScheme.Accept SessionScheme.EndOthers SessionScheme.Identity SetTestIdentity SignInURL UnavailableError.AnswersPanic UnavailableError.IsLogged",
	"middleware/auth/oidc":   "Login.HeldSession",
	"middleware/health":      "Checks",
	"middleware/cors":        "Policies",
	"middleware/compress":    "Check IsCompressible New NewPool Pool",
	"middleware/proxies":     "New Trust",
	"middleware/ratelimit":   "AppendClient CheckStore Fallback Limits NewFallback",
	"request": "Assets Exchange ForTest Innermost Inputs IsForTest NewExchange NewRoute NewRouteSettings RouteKey.Along RouteKey.In RouteSettings RoutingPath " +
		"ServerBody SetFormBytes SetMaxBody SetUploads Settings SettingsAlong SettingsOf State StateOf",
	"request/bind":       "CheckLanguages Compiler Description Field NewCompiler Plan Rule Rules",
	"request/header":     "*",
	"request/http1":      "*",
	"request/http1/loop": "*",
	"request/inject":     "*",
	"request/panics":     "Answer Call Error.WithStack Recovered",
	"request/safelog":    "*",
	"request/strictjson": "*",
	"response/files":     "NewIn Set.Handler Set.Lookup Setup",
	"response/view":      "New Set",
	"response":           "CacheControl.Check FileTag Inform LogTo Opened Recorded RecordedBody Served ServedText State StateOf Wire Written",
	"request/upload": "Form.Fault Form.Limits Form.Stream Limits.WithDefaults NewReader NewStore ParseRule Reader Rule RuleFieldSize RuleFile RuleRepeated " +
		"RuleSize RuleText RuleType Store Stream.Check Want",
	"router": "Access CORSAlong SetCORS AuthRule AuthRules AuthRulesAlong ConcurrencyLimit ConcurrencyLimitOf ErrorHandlers ErrorHandlersOf HandleError HandleFolder HandleTyped IgnoresAntiForgery " +
		"Info.AuthRules IsProbe IsTyped IsUncompressed Matcher Near New OfFallback OfNothing OfRoute Operation PathParam RateLimits RateLimitsOf Router SendsData SetRateLimited Subject Table TimeoutOf Unjoin",
	"router/openapi":   "Build Document Options.WithDefaults",
	"sessions":         "CheckKey Manager NewManager NewStoreManager Slot State StateOf UnavailableError.AnswersPanic",
	"sessions/keyring": "ForSessions Reserved",
}

// isForFramework reports whether frameworkNames has a name of a package, or the type that a method is of.
func isForFramework(pkg, name string) bool {
	of, _, _ := strings.Cut(name, ".")
	listed := strings.Fields(frameworkNames[pkg])
	return slices.Contains(listed, name) || slices.Contains(listed, of) || slices.Contains(listed, "*")
}

// exportedName is an exported function, type, method, constant or variable of the library.
type exportedName struct {
	pkg  string // its folder, "." for the root
	name string // such as Text or Request.Path
	doc  string // its doc comment, and that of the type or of the package which stands in frameworkNames for it
}

// key returns the package and the name, such as response.Text.
func (n exportedName) key() string { return n.pkg + "." + n.name }

// last returns the name without the type that a method is of.
func (n exportedName) last() string { return n.name[strings.LastIndex(n.name, ".")+1:] }

// libraryPackages returns the folders of the packages that programs can import.
func libraryPackages(t *testing.T) []string {
	t.Helper()
	var folders []string
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		folder, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		_, noModule := os.Stat(filepath.Join(file, "go.mod"))
		switch name := d.Name(); {
		case folder == ".":
		case strings.HasPrefix(name, "."), name == "internal", name == "testdata", folder == "docs", folder == "examples", noModule == nil:
			return fs.SkipDir
		}
		folders = append(folders, filepath.ToSlash(folder))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return folders
}

// parseFolder parses the files of a folder that match.
func parseFolder(t *testing.T, fset *token.FileSet, folder string, match func(name string) bool) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(folder), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if !match(filepath.Base(name)) {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

func isSource(name string) bool { return !strings.HasSuffix(name, "_test.go") }
func isExample(name string) bool {
	return strings.HasPrefix(name, "example") && strings.HasSuffix(name, "_test.go")
}

// exportedNames returns what a package exports.
func exportedNames(t *testing.T, folder string) []exportedName {
	t.Helper()
	var names []exportedName
	types := map[string]string{} // their doc comments
	files := parseFolder(t, token.NewFileSet(), folder, isSource)
	add := func(name string, docs ...*ast.CommentGroup) {
		n := exportedName{pkg: folder, name: name}
		for _, doc := range docs {
			n.doc += doc.Text() + "\n"
		}
		names = append(names, n)
	}
	for _, f := range files {
		for _, decl := range f.Decls {
			d, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					types[s.Name.Name] = d.Doc.Text() + s.Doc.Text()
					if s.Name.IsExported() {
						add(s.Name.Name, d.Doc, s.Doc)
					}
				case *ast.ValueSpec:
					for _, name := range s.Names {
						if name.IsExported() {
							add(name.Name, d.Doc, s.Doc, s.Comment)
						}
					}
				}
			}
		}
	}
	for _, f := range files {
		for _, decl := range f.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok || !d.Name.IsExported() {
				continue
			}
			if d.Recv == nil {
				add(d.Name.Name, d.Doc)
				continue
			}
			if of := receiver(d); ast.IsExported(of) {
				add(of+"."+d.Name.Name, d.Doc)
				names[len(names)-1].doc += types[of]
			}
		}
	}
	for _, f := range files {
		for i := range names {
			if frameworkNames[folder] == "*" {
				names[i].doc += f.Doc.Text()
			}
		}
	}
	return names
}

// receiver returns the type that a method is of.
func receiver(d *ast.FuncDecl) string {
	t := d.Recv.List[0].Type
	for {
		switch e := t.(type) {
		case *ast.StarExpr:
			t = e.X
		case *ast.IndexExpr:
			t = e.X
		case *ast.IndexListExpr:
			t = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}

// uses are names of the library that code uses.
type uses map[string]bool

// add adds what files use, which need not be all of their package.
func (u uses) add(c *checker, files []*ast.File) {
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: c.importer, Error: func(error) {}}
	_, _ = conf.Check("main", c.fset, files, info)
	for _, object := range info.Uses {
		if key, ok := keyOf(object); ok {
			u[key] = true
		}
	}
}

// usedByPages returns what the code of the pages uses.
func usedByPages(t *testing.T, c *checker) uses {
	t.Helper()
	used := uses{}
	for _, page := range pages(t) {
		var before []block
		for _, b := range blocksOf(t, page) {
			if b.lang != "go" {
				continue
			}
			if b.isProgram() && !b.isTest() {
				before = nil
			}
			var files []*ast.File
			for _, b := range append(before[:len(before):len(before)], b) {
				f, err := parser.ParseFile(c.fset, "", fileOf(b), 0)
				if err != nil {
					t.Fatal(err)
				}
				files = append(files, f)
			}
			used.add(c, files)
			if b.isProgram() || isDeclarations(b.text) {
				before = append(before, b)
			}
		}
	}
	return used
}

// usedByExamples returns what the programs of examples and the Examples of packages use.
func usedByExamples(t *testing.T, c *checker) uses {
	t.Helper()
	used := uses{}
	examples, err := filepath.Glob(filepath.Join(root, "examples", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range examples {
		used.add(c, parseFolder(t, c.fset, "examples/"+filepath.Base(dir), isSource))
	}
	for _, folder := range libraryPackages(t) {
		used.add(c, parseFolder(t, c.fset, folder, isExample))
	}
	return used
}

// keyOf returns the name of an object of the library.
func keyOf(object types.Object) (string, bool) {
	if object.Pkg() == nil || !object.Exported() {
		return "", false
	}
	folder, ours := strings.CutPrefix(object.Pkg().Path()+"/", soayPath+"/")
	if !ours {
		return "", false
	}
	name := object.Name()
	if f, ok := object.(*types.Func); ok {
		if recv := f.Signature().Recv(); recv != nil {
			of := recv.Type()
			if p, ok := of.(*types.Pointer); ok {
				of = p.Elem()
			}
			named, ok := of.(*types.Named)
			if !ok {
				return "", false
			}
			name = named.Obj().Name() + "." + name
		}
	}
	return path.Clean(folder) + "." + name, true
}

var (
	saysFramework = regexp.MustCompile(`\bfor\s+the\s+framework\b`)
	implements    = regexp.MustCompile(`^\w+ implements `)
)

// Every exported name is for users, who find it in a page, a program of examples or an Example, or else it is for the framework.
func TestNamesAreForSomebody(t *testing.T) {
	c := newChecker(t)
	byPages, byExamples := usedByPages(t, c), usedByExamples(t, c)
	var prose strings.Builder
	for _, page := range pages(t) {
		prose.WriteString(strings.Join(code.FindAllString(readPage(t, page), -1), "\n"))
	}
	unknown := map[string]bool{} // names of frameworkNames
	for pkg, names := range frameworkNames {
		for name := range strings.FieldsSeq(names) {
			unknown[pkg+"."+name] = true
		}
	}
	for _, folder := range libraryPackages(t) {
		for _, name := range exportedNames(t, folder) {
			delete(unknown, name.key())
			delete(unknown, folder+".*")
			switch listed := isForFramework(folder, name.name); {
			case listed && byPages[name.key()]:
				t.Errorf("%s is for the framework, and a page shows it", name.key())
			case listed && !saysFramework.MatchString(name.doc):
				t.Errorf("%s is for the framework; its comment must say so", name.key())
			case !listed && !byPages[name.key()] && !byExamples[name.key()] && !isKnown(name) && !isNamed(prose.String(), name):
				t.Errorf("no page, example or Example has %s: %.60q; show it, hide it or add it to frameworkNames", name.key(), name.doc)
			}
		}
	}
	for key := range unknown {
		t.Errorf("frameworkNames has %s, which is not there", key)
	}
}

// isKnown reports whether a name is that of a method which the standard library calls.
func isKnown(name exportedName) bool {
	known := []string{"Error", "Unwrap", "String", "GoString", "MarshalJSON", "UnmarshalJSON", "IsZero"}
	return name.last() != name.name && slices.Contains(known, name.last()) || implements.MatchString(name.doc)
}

// isNamed reports whether code in a text has a name. One of a package has nothing before it but the name of the package.
func isNamed(text string, name exportedName) bool {
	before := `\b`
	if name.last() == name.name {
		before = `(^|[^.\w]|\b(soay|` + path.Base(name.pkg) + `)\.)`
	}
	return regexp.MustCompile(`(?m)` + before + name.last() + `\b`).MatchString(text)
}
