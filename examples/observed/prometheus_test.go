//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// used returns the program after some requests have gone well and some have not.
func used(t *testing.T) *program {
	t.Helper()
	facts := start(t, nil)
	p := start(t, nil, "-facts", facts.url)
	for range 3 {
		p.want(200, "minka", "/cats/minka")
	}
	facts.stop()
	p.want(502, "", "/cats/minka")
	for i := range 20 {
		p.want(404, "", fmt.Sprintf("/nowhere/%d", i))
	}
	return p
}

func TestMetricsPage(t *testing.T) {
	p := used(t)
	text := p.want(200, "", "/metrics", p.authorization()...)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	series := map[string]uint64{}
	for _, m := range families["http_server_request_duration_seconds"].GetMetric() {
		labels := map[string]string{}
		for _, l := range m.Label {
			labels[l.GetName()] = l.GetValue()
		}
		series[labels["http_route"]+" "+labels["http_response_status_code"]] += m.GetHistogram().GetSampleCount()
	}
	for name, want := range map[string]uint64{"/cats/{name} 200": 3, "/cats/{name} 502": 1, " 404": 20} {
		if series[name] != want {
			t.Errorf("the series %q has %d requests, want %d; all are %v", name, series[name], want, series)
		}
	}
	for _, name := range []string{"http_client_request_duration_seconds", "cats_shown_total", "go_goroutine_count", "target_info"} {
		if families[name] == nil {
			t.Errorf("there is no metric %s", name)
		}
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed")
	}
	cmd := exec.Command(promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.CombinedOutput()
	said := strings.TrimSpace(string(out))
	// The runtime's metric go.goroutine.count has a name that Prometheus does not like in this place.
	if err != nil && (strings.Contains(said, "\n") || !strings.HasPrefix(said, "go_goroutine_count ")) {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

// TestPrometheus lets Prometheus ask the program, with the configuration of this folder, and asks it the queries of the page
// about observability.
func TestPrometheus(t *testing.T) {
	path, err := exec.LookPath("prometheus")
	if err != nil {
		t.Skip("prometheus is not installed")
	}
	p := used(t)
	server := startPrometheus(t, path, p)
	deadline := time.Now().Add(time.Minute)
	for _, query := range queries(t) {
		for found := false; !found; found = ask(t, server, query) > 0 {
			if time.Now().After(deadline) {
				t.Fatalf("Prometheus has nothing for %s", query)
			}
			p.want(502, "", "/cats/minka")
			pause(t)
		}
	}
}

// pause waits for what another process does.
func pause(t *testing.T) {
	select {
	case <-time.After(100 * time.Millisecond):
	case <-t.Context().Done():
	}
}

// queries returns those of the page.
func queries(t *testing.T) (all []string) {
	page, err := os.ReadFile("../../docs/observability.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?s)```promql\n(.*?)\n```").FindAllStringSubmatch(string(page), -1) {
		all = append(all, m[1])
	}
	if len(all) < 5 {
		t.Fatalf("the page has %d queries", len(all))
	}
	return all
}

// startPrometheus starts Prometheus with the configuration of this folder, for the program's address and key and with less
// time between two looks. It returns its URL.
func startPrometheus(t *testing.T, path string, p *program) string {
	t.Helper()
	dir := t.TempDir()
	config, err := os.ReadFile("prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	target := strings.TrimPrefix(p.url, "http://")
	text := strings.NewReplacer("127.0.0.1:8000", target, "scrape_interval: 15s", "scrape_interval: 1s").Replace(string(config))
	file, key := filepath.Join(dir, "prometheus.yml"), filepath.Join(dir, "ops.key")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, []byte(p.key), 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	cmd := exec.Command(path, "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address)
	output, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	var said bytes.Buffer
	for lines := bufio.NewScanner(output); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "Server is ready to receive web requests") {
			go func() { _, _ = io.Copy(io.Discard, output) }()
			return "http://" + address
		}
	}
	t.Fatalf("Prometheus has ended:\n%s", said.String())
	return ""
}

// freeAddress returns an address with a port that nobody listens on, for a program that cannot choose one and tell it.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// ask returns how many series answer a query.
func ask(t *testing.T, server, query string) int {
	t.Helper()
	resp, err := http.Get(server + "/api/v1/query?" + url.Values{"query": {query}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Status, Error string
		Data          struct{ Result []json.RawMessage }
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if answer.Status != "success" {
		t.Fatalf("Prometheus refuses %s: %s", query, answer.Error)
	}
	return len(answer.Data.Result)
}
