package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A program has nothing of what it does not use: no translations, and of the packages behind UseOpenAPI and typed handlers nothing
// but what their types need. One call of reflect.Value.Method or MethodByName with a name that is not constant, in any package that
// every program has, makes the linker keep all exported methods, and with UseOpenAPI the pages of the documentation. The flag
// -ldflags=-dumpdep shows it as <ReflectMethod>.
func TestSize(t *testing.T) {
	if testing.Short() {
		t.Skip("it links a program")
	}
	binary := filepath.Join(t.TempDir(), "hello")
	run(t, "build", "-o", binary, ".")

	packages := run(t, "list", "-deps", ".")
	for _, unwanted := range []string{"/languages/", "/validator/v10/translations/", "/locales/en"} {
		if strings.Contains(packages, unwanted) {
			t.Errorf("the program depends on packages with %s in their names", unwanted)
		}
	}
	symbols := run(t, "tool", "nm", binary)
	for _, unwanted := range []string{"yaml/v3.(*Encoder)", "yaml/v3.yaml_", "router/openapi/ui", "router/openapi.(*builder)", "bind/internal/rules.(*Compiler)",
		"universal-translator.(*", "validator/v10.isEmail"} {
		if strings.Contains(symbols, unwanted) {
			t.Errorf("the program has symbols with %s in their names", unwanted)
		}
	}
	if !strings.Contains(symbols, "soay.(*App).Run") {
		t.Error("the symbols are not those of the program")
	}

	info, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	const limit = 14_000_000 // bytes; it depends on the machine that it is for
	if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" && info.Size() > limit {
		t.Errorf("the program has %d bytes, more than %d", info.Size(), limit)
	}
}

// run returns what a command of go prints.
func run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	var errors strings.Builder
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, errors.String())
	}
	return string(out)
}
