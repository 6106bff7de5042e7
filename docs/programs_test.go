package docs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/soay-go/soay"
)

// patience is how long anything may take. It only ends what hangs.
const patience = 30 * time.Second

// The programs of all pages, their tests and the examples that pages run become packages of one program. It runs the one
// that its argument names. Each program that is linked takes seconds, so there is one. The go command finds the files
// through an overlay, so nothing is written into the module.
const (
	programsDir  = "docs/programs"
	shownAddress = "127.0.0.1:8000"
)

// programName returns the package that a program or its test becomes.
func programName(b block) string {
	page := strings.TrimSuffix(filepath.Base(b.page), ".md")
	return fmt.Sprintf("%s_%d", strings.ReplaceAll(strings.ToLower(page), "-", "_"), b.line)
}

// exampleName returns the package that the example in a folder becomes.
func exampleName(folder string) string { return "example_" + filepath.Base(folder) }

// build builds the one program of the pages and returns its file.
func build(t *testing.T, pages []string) string {
	t.Helper()
	p := &programs{files: map[string]string{}}
	for _, page := range pages {
		var program block
		for _, b := range blocksOf(t, page) {
			switch {
			case b.isTest():
				p.addTest(program, b)
			case b.isProgram():
				program = b
				p.add(programName(b), b.text)
			case b.lang == "console":
				p.addExamples(t, b)
			}
		}
	}
	p.files["main.go"] = "package main\n\nimport (\n\t\"os\"\n\t\"testing\"\n\n" + p.imports.String() + `)

func main() {
	name := os.Args[1]
	os.Args = append(os.Args[:1], os.Args[2:]...)
	switch name {
` + p.cases.String() + `	}
}

func run(tests ...testing.InternalTest) {
	testing.Main(func(string, string) (bool, error) { return true, nil }, tests, nil, nil)
}
`
	binary := filepath.Join(t.TempDir(), "programs")
	// -X is what makes testing.Testing true in tests: package authtest asks for it.
	goCommand(t, "build", "-ldflags=-s -w -X testing.testBinary=1", "-overlay", overlay(t, p.files), "-o", binary, "./"+programsDir)
	return binary
}

// programs are the packages of the one program.
type programs struct {
	files   map[string]string // by their paths below programsDir
	imports strings.Builder
	cases   strings.Builder // of the switch that runs one of them
}

// add adds the text of a program as a package.
func (p *programs) add(name, text string) {
	p.files[name+"/main.go"] = asPackage(text, name)
	p.addCase(name, name+".Main()")
}

func (p *programs) addCase(name, call string) {
	fmt.Fprintf(&p.imports, "\t%q\n", soayPath+"/"+programsDir+"/"+name)
	fmt.Fprintf(&p.cases, "\tcase %q:\n\t\t%s\n", name, call)
}

var testFunction = regexp.MustCompile(`(?m)^func (Test\w+)\(`)

// addTest adds a program with its test file as a package of its own.
func (p *programs) addTest(program, test block) {
	name := programName(test)
	p.files[name+"/main.go"] = asPackage(program.text, name)
	p.files[name+"/tests.go"] = asPackage(test.text, name)
	var tests strings.Builder
	for _, m := range testFunction.FindAllStringSubmatch(test.text, -1) {
		fmt.Fprintf(&tests, "testing.InternalTest{Name: %q, F: %s.%s}, ", m[1], name, m[1])
	}
	p.addCase(name, "run("+tests.String()+")")
}

// addExamples adds the examples that a console block runs. They have one file of Go, and perhaps embedded ones.
func (p *programs) addExamples(t *testing.T, b block) {
	t.Helper()
	for _, c := range commandsOf(b) {
		folder, ok := strings.CutPrefix(c.text, "go run ./examples/")
		if !ok || p.files[exampleName(folder)+"/main.go"] != "" {
			continue
		}
		files := os.DirFS(filepath.Join(root, "examples", filepath.FromSlash(folder)))
		text, err := fs.ReadFile(files, "main.go")
		if err == nil {
			p.add(exampleName(folder), string(text))
			err = p.addEmbedded(exampleName(folder), files)
		}
		if err != nil {
			t.Fatalf("%s: %v", c.where, err)
		}
	}
}

// addEmbedded adds the files of an example that are not Go.
func (p *programs) addEmbedded(name string, files fs.FS) error {
	return fs.WalkDir(files, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(file) == ".go" {
			return err
		}
		text, err := fs.ReadFile(files, file)
		p.files[name+"/"+file] = string(text)
		return err
	})
}

// asPackage returns the text of a program as a package with the function Main, on the same lines. It serves on a free port.
func asPackage(text, name string) string {
	text = "\n" + text // so that each line has a break before it
	text = strings.Replace(text, "\npackage main\n", "\npackage "+name+"\n", 1)
	text = strings.Replace(text, "\nfunc main() {", "\nfunc Main() {", 1)
	return strings.ReplaceAll(text[1:], shownAddress, "127.0.0.1:0")
}

// overlay returns a file for the flag -overlay that puts files into the folder of the programs.
func overlay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	module, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for name, text := range files {
		file := filepath.Join(dir, strings.ReplaceAll(name, "/", "."))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(module, filepath.FromSlash(programsDir), filepath.FromSlash(name))] = file
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func goCommand(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", args[0], err, out)
	}
}

// process is a running program.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	name   string
	addr   string // where the page has it
	told   int    // how much of the output the page has shown
	ended  bool   // by interrupt or awaitEnd
	output output
}

// start starts a command as a reader would, in an empty folder and with the variables of env besides a
// session key.
func start(t *testing.T, name string, cmd *exec.Cmd, env []string) *process {
	t.Helper()
	cmd.Dir = t.TempDir()
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "APP_") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	cmd.Env = append(append(cmd.Env, "SESSION_KEY="+soay.NewKey()), env...)
	return launch(t, name, cmd)
}

// beside starts the same program once more, as from another terminal: in the same folder and with the
// same variables besides those of env.
func (p *process) beside(env []string, args ...string) *process {
	p.t.Helper()
	cmd := exec.Command(p.cmd.Path, append([]string{p.name}, args...)...)
	cmd.Dir, cmd.Env = p.cmd.Dir, append(slices.Clone(p.cmd.Env), env...)
	return launch(p.t, p.name, cmd)
}

func launch(t *testing.T, name string, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{t: t, cmd: cmd, name: name, addr: shownAddress, output: output{more: make(chan struct{}, 1)}}
	cmd.Stdout, cmd.Stderr = &p.output, &p.output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		err := cmd.Wait()
		if err != nil {
			fmt.Fprintln(&p.output, err) // go run prints "exit status 1" as well
		}
		p.output.close()
	}()
	return p
}

var serving = regexp.MustCompile(`soay: serving url=http://(\S+)`)

// serves waits until the program serves and returns its address, "" if it ends before.
func (p *process) serves() string {
	var addr string
	p.output.wait(func(text string, _ bool) bool {
		if m := serving.FindStringSubmatch(text); m != nil {
			addr = m[1]
		}
		return addr != ""
	})
	return addr
}

// interrupt stops the program as ^C does, unless it has ended by itself.
func (p *process) interrupt() {
	p.t.Helper()
	if p.ended || p.serves() == "" {
		return
	}
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		p.t.Fatal(err)
	}
	p.awaitEnd()
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		p.t.Errorf("%s ended with code %d after ^C; it printed\n%s", p.name, code, p.output.String())
	}
}

func (p *process) awaitEnd() {
	p.t.Helper()
	if !p.output.wait(func(_ string, closed bool) bool { return closed }) {
		_ = p.cmd.Process.Kill()
		p.t.Fatalf("%s does not end; it printed\n%s", p.name, p.output.String())
	}
	p.ended = true
}

// shown returns output as readers see it, who have a main.go in an empty folder and the ports of the page.
func (p *process) shown(text string) string {
	if m := serving.FindStringSubmatch(text); m != nil {
		text = strings.ReplaceAll(text, m[1], p.addr)
	}
	module, err := filepath.Abs(root)
	if err != nil {
		p.t.Fatal(err)
	}
	folder := filepath.Join(module, filepath.FromSlash(programsDir), p.name) + string(filepath.Separator)
	text = strings.ReplaceAll(text, folder, "")
	text = strings.ReplaceAll(text, soayPath+"/"+programsDir+"/"+p.name+".", "main.")
	return strings.ReplaceAll(text, p.name+".", "main.") // in names of types
}

// output collects what a process prints.
type output struct {
	mu     sync.Mutex
	text   bytes.Buffer
	closed bool
	more   chan struct{} // has a token when something has changed
}

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.signal()
	return o.text.Write(b)
}

func (o *output) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.signal()
}

func (o *output) signal() {
	select {
	case o.more <- struct{}{}:
	default:
	}
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// wait waits until done is true for the text. It returns false if no more text can come, or after a long time.
func (o *output) wait(done func(text string, closed bool) bool) bool {
	timeout := time.After(patience)
	for {
		o.mu.Lock()
		text, closed := o.text.String(), o.closed
		o.mu.Unlock()
		if done(text, closed) {
			return true
		}
		if closed {
			return false
		}
		select {
		case <-o.more:
		case <-timeout:
			return false
		}
	}
}
