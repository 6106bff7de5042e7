package ui_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path"
	"strings"
	"testing"
)

// The files are those that VERSIONS says they are, with their licences beside them, and not larger than
// a program should be burdened with.
func TestVendored(t *testing.T) {
	versions, err := os.ReadFile("assets/VERSIONS")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("vendor.sh")
	if err != nil {
		t.Fatal(err)
	}
	limits := map[string]int64{
		"swagger-ui-bundle.js": 500_000, "swagger-ui.css": 30_000, "redoc.standalone.js": 350_000,
	}
	for line := range strings.Lines(string(versions)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Fields(line)
		if len(f) != 5 {
			t.Fatalf("line %q of VERSIONS", line)
		}
		if !strings.Contains(string(script), f[0]+"@"+f[1]) {
			t.Errorf("vendor.sh does not fetch %s@%s", f[0], f[1])
		}
		name := path.Base(f[2])
		sum := sha256.Sum256(embedded(t, name))
		if got := hex.EncodeToString(sum[:]); got != f[4] {
			t.Errorf("%s has the sum %s, want %s", name, got, f[4])
		}
		info, err := os.Stat("assets/" + name + ".gz")
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > limits[name] {
			t.Errorf("%s has %d bytes, want at most %d", info.Name(), info.Size(), limits[name])
		}
		delete(limits, name)
	}
	if len(limits) > 0 {
		t.Errorf("VERSIONS does not name %v", limits)
	}
}

func TestLicences(t *testing.T) {
	for _, tt := range []struct {
		name string
		want []string
	}{
		{"swagger-ui.LICENSE.txt", []string{"SmartBear Software", "Apache License", "TERMS AND CONDITIONS", "Jed Watson"}},
		{"redoc.LICENSE.txt", []string{"The MIT License", "Rebilly", "Jed Watson", "lunr"}},
	} {
		text := string(embedded(t, tt.name))
		for _, want := range tt.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not have %q", tt.name, want)
			}
		}
	}
}

// What the vendored scripts would ask other hosts for is gone, and so are the names of files that are
// not here.
func TestAlterations(t *testing.T) {
	for _, tt := range []struct{ name, unwanted string }{
		{"redoc.standalone.js", "cdn.redoc.ly"},
		{"redoc.standalone.js", "sourceMappingURL=redoc"},
		{"swagger-ui.css", "sourceMappingURL"},
		{"swagger-ui.css", "@import"},
		{"swagger-ui.css", "url(http"},
		{"swagger-ui-bundle.js", "sourceMappingURL=swagger"},
	} {
		if strings.Contains(string(embedded(t, tt.name)), tt.unwanted) {
			t.Errorf("%s has %q", tt.name, tt.unwanted)
		}
	}
}
