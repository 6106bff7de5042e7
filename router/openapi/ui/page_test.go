package ui_test

import (
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPage(t *testing.T) {
	c := newClient(t)
	const base = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; " +
		"connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
	const swagger = base + "; style-src-attr 'unsafe-inline'"
	const redoc = base + "; style-src-elem 'self' 'unsafe-inline'; worker-src blob:"
	for _, tt := range []struct {
		description, path string
		wantPolicy        string
		want              []string
	}{
		{"Swagger UI", "/docs", swagger, []string{
			"./docs/page.css", "./docs/swagger-ui.css", "./docs/swagger-ui.LICENSE.txt", "./openapi.json",
			"./docs/swagger-ui-bundle.js", "./docs/swagger.js"}},
		{"Swagger UI with a slash at the end", "/docs/", swagger, []string{
			"./page.css", "./swagger-ui.css", "./swagger-ui.LICENSE.txt", "../openapi.json",
			"./swagger-ui-bundle.js", "./swagger.js"}},
		{"ReDoc", "/redoc", redoc, []string{
			"./redoc/page.css", "./redoc/redoc.LICENSE.txt", "./openapi.json",
			"./redoc/redoc.standalone.js", "./redoc/redoc.js"}},
		{"below a prefix", "/api/v1/docs", swagger, []string{
			"./docs/page.css", "./docs/swagger-ui.css", "./docs/swagger-ui.LICENSE.txt", "../../api/v1/openapi.json",
			"./docs/swagger-ui-bundle.js", "./docs/swagger.js"}},
		{"below what a client says", "/%22x:%3Cy%3E/docs", swagger, []string{
			"./docs/page.css", "./docs/swagger-ui.css", "./docs/swagger-ui.LICENSE.txt",
			"../openapi.json?for=a&amp;b=&lt;c&gt;", "./docs/swagger-ui-bundle.js", "./docs/swagger.js"}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			got := c.Get(tt.path)
			if got.Status != 200 || got.Header.Get("Content-Type") != "text/html; charset=utf-8" ||
				got.Header.Get("Cache-Control") != "no-cache" {
				t.Errorf("answered with %d %v", got.Status, got.Header)
			}
			if diff := cmp.Diff([]string{tt.wantPolicy}, got.Header["Content-Security-Policy"]); diff != "" {
				t.Errorf("policy (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, withoutHashes(links(got))); diff != "" {
				t.Errorf("links (-want +got):\n%s", diff)
			}
			head := c.Head(tt.path)
			if head.Status != 200 || len(head.Body) > 0 || head.Header.Get("Content-Length") != got.Header.Get("Content-Length") {
				t.Errorf("HEAD: answered with %d %v", head.Status, head.Header)
			}
		})
	}
}

// Every file is found where a browser looks for it, also if a proxy puts a prefix in front of all paths.
func TestLinksLeadToFiles(t *testing.T) {
	c := newClient(t)
	for _, path := range []string{"/docs", "/docs/", "/redoc", "/redoc/", "/api/v1/docs", "/api/v1/docs/"} {
		for _, prefix := range []string{"", "/behind/a/proxy"} {
			page, err := url.Parse("http://localhost" + prefix + path)
			if err != nil {
				t.Fatal(err)
			}
			for _, link := range links(c.Get(path)) {
				to, err := page.Parse(link)
				if err != nil {
					t.Fatal(err)
				}
				inside, ok := strings.CutPrefix(to.EscapedPath(), prefix)
				if strings.HasSuffix(link, "openapi.json") {
					want := "/openapi.json"
					if strings.HasPrefix(path, "/api/v1") {
						want = "/api/v1/openapi.json"
					}
					ok = ok && inside == want
				} else {
					ok = ok && c.Get(inside).Status == 200
				}
				if !ok {
					t.Errorf("%s below %q: %s leads to %s", path, prefix, link, to)
				}
			}
		}
	}
}

func TestHostileTitle(t *testing.T) {
	text := newClient(t).Get("/hostile").Text()
	if n := strings.Count(text, "<script"); n != 2 {
		t.Errorf("%d scripts, want the two of the page:\n%s", n, text)
	}
	for _, want := range []string{
		"<title>&lt;/title&gt;&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;&amp;amp;</title>",
		`data-spec="./a&#34;&gt;&lt;script src=//evil.example&gt;"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in:\n%s", want, text)
		}
	}
}

// Our own part of the pages works under its policy and names no other host.
func TestOwnFiles(t *testing.T) {
	c := newClient(t)
	texts := map[string]string{"/docs": c.Get("/docs").Text(), "/redoc": c.Get("/redoc").Text()}
	for _, name := range []string{"page.css", "swagger.js", "redoc.js"} {
		b, err := os.ReadFile("assets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(b)
	}
	unwanted := regexp.MustCompile(`(?i)https?:|["'(]//|<style|\sstyle=|\son[a-z]+=|javascript:|eval\(|<script>|innerHTML`)
	for name, text := range texts {
		if found := unwanted.FindString(text); found != "" {
			t.Errorf("%s has %q", name, found)
		}
	}
}
