package docs_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// check compares a cell of the page about defaults with the behaviour of an app. It takes the numbers
// and names from the cell, so a wrong one fails.
type check func(t *testing.T, cell string)

// TestDefaults checks the rows of all tables of the page, and that no row goes unchecked.
func TestDefaults(t *testing.T) {
	checks := map[string]map[string]check{
		"Sessions": sessionDefaults(), "Data protection": ringDefaults(), "Anti-forgery": forgeryDefaults(),
		"Authentication": authDefaults(), "Authorization": accessDefaults(),
		"Compression": compressionDefaults(), "Limits and timeouts": limitDefaults(), "Headers": headerDefaults(),
		"Rate limits": rateDefaults(), "Other origins": originDefaults(), "Bodies": bodyDefaults(), "Caching": cachingDefaults(), "Views": viewDefaults(), "Static files": staticDefaults(),
		"Proxies, hosts and https": siteDefaults(), "Routing": routingDefaults(), "Health": healthDefaults(),
		"Telemetry": telemetryDefaults(), "Logging and errors": errorDefaults(), "Cookies": cookieDefaults(),
	}
	rows := defaultsOf(t)
	for section, list := range checks {
		for setting := range list {
			if !slices.ContainsFunc(rows, func(r row) bool { return r.section == section && r.setting == setting }) {
				t.Errorf("%s: there is a check of %q, and no row", section, setting)
			}
		}
	}
	for _, r := range rows {
		t.Run(r.section+"/"+r.setting, func(t *testing.T) {
			check := checks[r.section][r.setting]
			if check == nil {
				t.Fatal("the row is not checked")
			}
			check(t, r.value)
		})
	}
}

// row is a row of a table of the page about defaults.
type row struct{ section, setting, value string }

func defaultsOf(t *testing.T) []row {
	t.Helper()
	var rows []row
	section := ""
	for line := range strings.Lines(readPage(t, "docs/defaults.md")) {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			section = strings.TrimSpace(title)
		}
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) < 2 || strings.HasPrefix(cells[1], "---") || cells[1] == " Setting " {
			continue
		}
		if len(cells) != 6 {
			t.Fatalf("%s: the row %q has %d columns, want 4", section, line, len(cells)-2)
		}
		rows = append(rows, row{section, strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])})
	}
	return rows
}

// says is a check of a cell without a number: it must have this text, and behave must pass.
func says(text string, behave func(t *testing.T)) check {
	return func(t *testing.T, cell string) {
		if cell != text {
			t.Errorf("the page says %q, and the check is of %q", cell, text)
		}
		behave(t)
	}
}

var (
	quantity = regexp.MustCompile(`([0-9][0-9,]*)(?: (ms|s|min|h|bytes|KiB|MiB)\b)?`)
	codeSpan = regexp.MustCompile("`([^`]+)`")
	units    = map[string]int64{
		"": 1, "bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20,
		"ms": int64(time.Millisecond), "s": int64(time.Second), "min": int64(time.Minute), "h": int64(time.Hour),
	}
)

// number returns the first quantity of a cell with one of the units, in bytes or nanoseconds. The unit ""
// is that of a bare number.
func number(t *testing.T, cell string, of ...string) int {
	t.Helper()
	for _, m := range quantity.FindAllStringSubmatch(cell, -1) {
		if !slices.Contains(of, m[2]) {
			continue
		}
		n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
		if err != nil {
			t.Fatal(err)
		}
		return n * int(units[m[2]])
	}
	t.Fatalf("%q has no number with a unit of %q", cell, of)
	return 0
}

func duration(t *testing.T, cell string) time.Duration {
	t.Helper()
	return time.Duration(number(t, cell, "ms", "s", "min", "h"))
}

func size(t *testing.T, cell string) int {
	t.Helper()
	return number(t, cell, "bytes", "KiB", "MiB")
}

// status returns the status that the page promises.
func status(t *testing.T, cell string) int {
	t.Helper()
	_, rest, isElse := strings.Cut(cell, "else ")
	if !isElse {
		rest = cell
	}
	return number(t, rest, "")
}

// names returns the texts in backquotes of a cell.
func names(cell string) []string {
	var list []string
	for _, m := range codeSpan.FindAllStringSubmatch(cell, -1) {
		list = append(list, m[1])
	}
	return list
}

func TestNumbers(t *testing.T) {
	for cell, want := range map[string]int{
		"1 MiB, else 413": 1 << 20, "at most 4096 bytes": 4096, "64 KiB": 64 << 10, "in 2 files of 3 KiB": 3 << 10,
	} {
		if got := size(t, cell); got != want {
			t.Errorf("size of %q = %d, want %d", cell, got, want)
		}
	}
	if got := duration(t, "closed after 75 s"); got != 75*time.Second {
		t.Errorf("duration = %v", got)
	}
	if got := status(t, "64 KiB, else 431"); got != 431 {
		t.Errorf("status = %d", got)
	}
	if got := number(t, "100,000 `sessions`", ""); got != 100_000 {
		t.Errorf("number = %d", got)
	}
	if got := strings.Join(names("`a` and `b: c`"), "|"); got != "a|b: c" {
		t.Errorf("names = %s", got)
	}
}
