package docs_test

import (
	"fmt"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// reader goes through a page and follows its instructions.
type reader struct {
	t       *testing.T
	page    string
	binary  string // the programs of all pages
	program *block
	test    *block // the test file of program
	process *process
	others  []*process // further instances of the program, the last one started last
	jars    map[string]http.CookieJar
}

// read follows the instructions of a block.
func (r *reader) read(b block) {
	r.t.Helper()
	switch {
	case b.isTest():
		r.test = &b
	case b.isProgram():
		r.stop()
		r.program, r.test, r.jars = &b, nil, map[string]http.CookieJar{}
	case b.lang == "console":
		for _, c := range commandsOf(b) {
			r.run(c)
		}
	case b.lang == "text":
		if r.process == nil {
			r.t.Fatalf("%v: no program has printed this", b)
		}
		r.expect(r.process, command{where: b.String(), want: b.text}, false)
	}
}

// stop ends the program that runs, and all its instances.
func (r *reader) stop() {
	r.t.Helper()
	for _, p := range append(r.others, r.process) {
		if p != nil {
			p.interrupt()
		}
	}
	r.process, r.others = nil, nil
}

// command is a command of a console block and its output.
type command struct {
	where string
	text  string
	want  string
}

// commandsOf returns the commands of a block. Output before the first one makes a command without a text.
func commandsOf(b block) []command {
	var commands []command
	line := b.line
	for text := range strings.SplitSeq(strings.TrimSuffix(b.text, "\n"), "\n") {
		typed, isCommand := strings.CutPrefix(text, "$ ")
		if text == "^C" {
			typed, isCommand = text, true
		}
		if isCommand || len(commands) == 0 {
			commands = append(commands, command{where: fmt.Sprintf("%s:%d", b.page, line), text: typed})
		}
		if !isCommand {
			commands[len(commands)-1].want += text + "\n"
		}
		line++
	}
	return commands
}

var variable = regexp.MustCompile(`^[A-Z0-9_]+=`)

// run runs a command and compares its output.
func (r *reader) run(c command) {
	r.t.Helper()
	words, err := splitWords(c.text)
	if err != nil || len(words) == 0 {
		r.t.Fatalf("%s: command %q: %v", c.where, c.text, err)
	}
	var env []string
	for len(words) > 1 && variable.MatchString(words[0]) {
		env, words = append(env, words[0]), words[1:]
	}
	switch {
	case words[0] == "curl":
		r.request(c, words[1:])
	case words[0] == "^C":
		r.interrupt(c)
	case strings.Join(words, " ") == "go run .":
		r.expect(r.instance(env), c, true)
	case strings.Join(words, " ") == "go test":
		r.runTest(c)
	case len(words) == 3 && strings.HasPrefix(c.text, "go run ./examples/"):
		r.startExample(words[2], env)
		r.expect(r.process, c, true)
	case r.process != nil && len(words) > 3 && strings.Join(words[:3], " ") == "go run .":
		r.runTool(c, words[3:])
	default:
		r.t.Fatalf("%s: command %q cannot be run here; show it in a block of the language sh", c.where, c.text)
	}
}

// request sends a request to the program, which is started if need be.
func (r *reader) request(c command, words []string) {
	r.t.Helper()
	request, err := parseCurl(words)
	if err != nil {
		r.t.Fatalf("%s: %v", c.where, err)
	}
	if r.process == nil {
		r.start(nil)
	}
	p := r.serving(request.url)
	addr := p.serves()
	if addr == "" {
		r.t.Fatalf("%s: the program does not serve; it printed\n%s", c.where, p.output.String())
	}
	got, err := request.run(addr, r.jars)
	if err != nil {
		r.t.Fatalf("%s: %s: %v", c.where, c.text, err)
	}
	if got != "" && !strings.HasSuffix(got, "\n") {
		got += "\n"
	}
	if !pattern(c.want, true).MatchString(got) {
		r.t.Errorf("%s: %s\nprints\n%s\nthe page says\n%s", c.where, c.text, got, c.want)
	}
}

// start starts the program of the page.
func (r *reader) start(env []string) {
	r.t.Helper()
	r.stop()
	if r.program == nil {
		r.t.Fatalf("%s: there is no program to run", r.page)
	}
	name := programName(*r.program)
	r.process = start(r.t, name, exec.Command(r.binary, name), env)
}

// instance starts the program of the page, or another instance beside it if ADDR says where.
func (r *reader) instance(env []string) *process {
	r.t.Helper()
	addr := ""
	for i, variable := range env {
		if a, ok := strings.CutPrefix(variable, "ADDR="); ok {
			addr, env[i] = a, "ADDR=127.0.0.1:0"
		}
	}
	if addr == "" || r.process == nil {
		r.start(env)
		return r.process
	}
	p := r.process.beside(env)
	p.addr = addr
	r.others = append(r.others, p)
	return p
}

// serving returns the instance that a URL is of.
func (r *reader) serving(url string) *process {
	for _, p := range r.others {
		if strings.Contains(url, p.addr) {
			return p
		}
	}
	return r.process
}

// interrupt stops the instance that was started last.
func (r *reader) interrupt(c command) {
	r.t.Helper()
	p := r.process
	if last := len(r.others) - 1; last >= 0 {
		p, r.others = r.others[last], r.others[:last]
	}
	p.interrupt()
	r.expect(p, c, true)
}

// runTool runs the program with arguments, beside the one that serves, until it ends.
func (r *reader) runTool(c command, args []string) {
	r.t.Helper()
	p := r.process.beside(nil, args...)
	p.awaitEnd()
	if got := p.shown(p.output.String()); !pattern(c.want, true).MatchString(got) {
		r.t.Errorf("%s: %s\nprints\n%s\nthe page says\n%s", c.where, c.text, got, c.want)
	}
}

// startExample stops the program of the page and starts an example.
func (r *reader) startExample(folder string, env []string) {
	r.t.Helper()
	r.stop()
	name := exampleName(folder)
	r.jars = map[string]http.CookieJar{}
	cmd := exec.Command(r.binary, name, "-addr", "127.0.0.1:0")
	r.process = start(r.t, name, cmd, append(env, "SESSION_KEY="))
}

// runTest runs the tests of the program.
func (r *reader) runTest(c command) {
	r.t.Helper()
	if r.test == nil {
		r.t.Fatalf("%s: the program has no test", c.where)
	}
	name := programName(*r.test)
	p := start(r.t, name, exec.Command(r.binary, name), nil)
	p.awaitEnd()
	got := p.output.String()
	if p.cmd.ProcessState.Success() {
		got += "ok  \tmain\t0.1s\n" // what the go command adds
	}
	if !pattern(c.want, true).MatchString(got) {
		r.t.Errorf("%s: %s\nprints\n%s\nthe page says\n%s", c.where, c.text, got, c.want)
	}
}

// expect waits for output of a program: the next output, or any later one.
func (r *reader) expect(p *process, c command, next bool) {
	r.t.Helper()
	if c.want == "" {
		return
	}
	want := pattern(c.want, false)
	found := p.output.wait(func(text string, _ bool) bool {
		text = p.shown(text)
		at := want.FindStringIndex(text[p.told:])
		if at == nil || next && at[0] > 0 {
			return false
		}
		p.told += at[1]
		return true
	})
	if !found {
		text := p.shown(p.output.String())
		r.t.Fatalf("%s: %s\nthe program prints\n%s\nthe page says\n%s", c.where, c.text, text[p.told:], c.want)
	}
}

// pattern returns an expression that matches the output on a page: the whole text, or else whole lines anywhere in it.
func pattern(shown string, whole bool) *regexp.Regexp {
	var b strings.Builder
	for line := range strings.Lines(shown) {
		if line == "…\n" {
			b.WriteString(`(?:.*\n)*?`)
			continue
		}
		b.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*"))
	}
	if whole {
		return regexp.MustCompile(`^` + b.String() + `$`)
	}
	return regexp.MustCompile(`(?m)^` + b.String())
}

func TestPattern(t *testing.T) {
	tests := []struct {
		name       string
		shown, got string
		want       bool
	}{
		{"the same", "a\nb\n", "a\nb\n", true},
		{"another line", "a\nb\n", "a\nc\n", false},
		{"a missing line", "a\nb\n", "a\n", false},
		{"a surplus line", "a\n", "a\nb\n", false},
		{"nothing", "", "a\n", false},
		{"no regular expression", "a.b\n", "axb\n", false},
		{"a part that varies", "Date: …\n", "Date: today\n", true},
		{"a part that varies within its line only", "Date: …\n", "Date: today\nb\n", false},
		{"lines that vary", "a\n…\nd\n", "a\nb\nc\nd\n", true},
		{"no line where lines vary", "a\n…\nd\n", "a\nd\n", true},
		{"another end after lines that vary", "a\n…\nd\n", "a\nb\n", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := pattern(test.shown, true).MatchString(test.got); got != test.want {
				t.Errorf("%q matches %q: %v, want %v", test.got, test.shown, got, test.want)
			}
		})
	}
}
