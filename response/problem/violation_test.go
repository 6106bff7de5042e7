package problem_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

var (
	nameViolation    = problem.Violation{Pointer: "/cats/0/name", In: "body", Rule: "required", Detail: "name is a required field"}
	verboseViolation = problem.Violation{Parameter: "verbose", In: "query", Rule: "boolean", Detail: "verbose must be true or false"}
	bodyViolation    = problem.Violation{In: "body", Rule: "syntax", Detail: "body is not well-formed"}
)

func TestInvalid(t *testing.T) {
	for _, tt := range []struct {
		description string
		status      int
		violations  []problem.Violation
		want        string
	}{
		{"one", 422, []problem.Violation{nameViolation}, "422 Unprocessable Entity: The request has 1 fault."},
		{"two", 400, []problem.Violation{nameViolation, bodyViolation}, "400 Bad Request: The request has 2 faults."},
		{"none", 400, nil, "400 Bad Request: The request has 0 faults."},
		{"a status that is no error", 200, []problem.Violation{nameViolation},
			"500 Internal Server Error: The request has 1 fault."},
	} {
		p := problem.Invalid(tt.status, tt.violations)
		if p.Error() != tt.want || problem.StatusOf(p) != p.Status {
			t.Errorf("%s: %v with the status %d, want %s", tt.description, p, problem.StatusOf(p), tt.want)
		}
		if diff := cmp.Diff(tt.violations, p.Violations); diff != "" {
			t.Errorf("%s: violations (-want +got):\n%s", tt.description, diff)
		}
	}
	mine := []problem.Violation{nameViolation}
	p := problem.Invalid(422, mine)
	mine[0] = bodyViolation
	for _, c := range []*problem.Problem{p, p.With("a", 1), p.WithCause(errors.New("why"))} {
		if diff := cmp.Diff([]problem.Violation{nameViolation}, c.Violations); diff != "" {
			t.Errorf("violations of %v (-want +got):\n%s", c, diff)
		}
	}
}

func TestViolationForms(t *testing.T) {
	const nameJSON = `{"pointer":"/cats/0/name","in":"body","rule":"required","detail":"name is a required field"}`
	all := problem.Invalid(422, []problem.Violation{nameViolation, verboseViolation, bodyViolation})
	for _, tt := range []struct {
		description string
		problem     *problem.Problem
		wantJSON    string
		wantText    string
		wantPage    string // its body
	}{
		{
			"a value in the body, a parameter, the body", all,
			`{"detail":"The request has 3 faults.","errors":[` + nameJSON +
				`,{"parameter":"verbose","in":"query","rule":"boolean","detail":"verbose must be true or false"}` +
				`,{"pointer":"","in":"body","rule":"syntax","detail":"body is not well-formed"}],"status":422,"title":"Unprocessable Entity"}`,
			"422 Unprocessable Entity: The request has 3 faults.\n" +
				"- /cats/0/name: name is a required field\n" +
				"- query verbose: verbose must be true or false\n" +
				"- body: body is not well-formed\n",
			"<p>The request has 3 faults.</p>\n<ul lang=\"en\">\n" +
				"<li><code>/cats/0/name</code>: <bdi>name is a required field</bdi></li>\n" +
				"<li><code>query verbose</code>: <bdi>verbose must be true or false</bdi></li>\n" +
				"<li><code>body</code>: <bdi>body is not well-formed</bdi></li>\n</ul>\n",
		},
		{
			"without a detail", &problem.Problem{Status: 422, Violations: []problem.Violation{nameViolation}},
			`{"errors":[` + nameJSON + `],"status":422,"title":"Unprocessable Entity"}`,
			"422 Unprocessable Entity\n- /cats/0/name: name is a required field\n",
			"<ul lang=\"en\">\n<li><code>/cats/0/name</code>: <bdi>name is a required field</bdi></li>\n</ul>\n",
		},
		{
			"with what the rule was given", &problem.Problem{Status: 422, Violations: []problem.Violation{
				{Pointer: "/name", In: "body", Rule: "oneof", Param: `red "light green"`, Detail: "no"}}},
			`{"errors":[{"pointer":"/name","in":"body","rule":"oneof","param":"red \"light green\"","detail":"no"}],` +
				`"status":422,"title":"Unprocessable Entity"}`,
			"422 Unprocessable Entity\n- /name: no\n", "<ul lang=\"en\">\n<li><code>/name</code>: <bdi>no</bdi></li>\n</ul>\n",
		},
		{
			"an extension of the same name", problem.Invalid(422, []problem.Violation{nameViolation}).With("errors", "mine"),
			`{"detail":"The request has 1 fault.","errors":[` + nameJSON + `],"status":422,"title":"Unprocessable Entity"}`,
			"422 Unprocessable Entity: The request has 1 fault.\n- /cats/0/name: name is a required field\n",
			"<p>The request has 1 fault.</p>\n<ul lang=\"en\">\n" +
				"<li><code>/cats/0/name</code>: <bdi>name is a required field</bdi></li>\n</ul>\n",
		},
		{
			"an extension of that name and no violations", problem.New(422, "").With("errors", "mine"),
			`{"errors":"mine","status":422,"title":"Unprocessable Entity"}`, "422 Unprocessable Entity\n", "",
		},
	} {
		t.Run(tt.description, func(t *testing.T) {
			got, err := json.Marshal(tt.problem)
			if diff := cmp.Diff(tt.wantJSON, string(got)); diff != "" || err != nil {
				t.Errorf("JSON, %v (-want +got):\n%s", err, diff)
			}
			if diff := cmp.Diff(tt.wantText, tt.problem.Text()); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			_, body, _ := strings.Cut(tt.problem.HTML(), "</h1>\n")
			if diff := cmp.Diff(tt.wantPage+"</html>\n", body); diff != "" {
				t.Errorf("page (-want +got):\n%s", diff)
			}
		})
	}
}

// Keys of a body are the client's, and another's browser may show them.
func TestHostilePlaces(t *testing.T) {
	long := strings.Repeat("k", 2000)
	for _, tt := range []struct {
		description string
		violation   problem.Violation
		wantText    string
		wantItem    string
		wantJSON    string // the place
	}{
		{"markup", problem.Violation{Pointer: `/<script>"&'`, In: "body"}, `- /<script>"&': `,
			"/&lt;script&gt;&#34;&amp;&#39;", `{"pointer":"/\u003cscript\u003e\"\u0026'",`},
		{"a line of its own", problem.Violation{Pointer: "/a\r\n- /b: c\x00\x1b[31m\u0085\u2028", In: "body"},
			"- /a��- /b: c��[31m��: ", "/a��- /b: c��[31m��", `{"pointer":"/a\r\n- /b: c\u0000\u001b[31m` + "\u0085" + `\u2028",`},
		{"text that turns around", problem.Violation{Parameter: "\u202ea\u2066b\u2069", In: "cookie"},
			"- cookie �a�b�: ", "cookie �a�b�", `{"parameter":"` + "\u202ea\u2066b\u2069" + `",`},
		{"no UTF-8", problem.Violation{Pointer: "/\xff", In: "body"}, "- /�: ", "/�", `{"pointer":"/\ufffd",`},
		{"joiners and spaces of languages", problem.Violation{Pointer: "/می\u200cشود 10\u202f000", In: "body"},
			"- /می\u200cشود 10\u202f000: ", "/می\u200cشود 10\u202f000", `{"pointer":"/می` + "\u200cشود 10\u202f000" + `",`},
		{"a long pointer", problem.Violation{Pointer: "/a/b/" + long + "/c", In: "body"}, "- /a/b: ", "/a/b", `{"pointer":"/a/b",`},
		{"a long key at the top", problem.Violation{Pointer: "/" + long, In: "body"}, "- body: ", "body", `{"pointer":"","in":"body",`},
		{"a pointer of the greatest length", problem.Violation{Pointer: "/" + long[:999], In: "body"},
			"- /" + long[:999] + ": ", "/" + long[:999], `{"pointer":"/` + long[:999] + `",`},
		{"a pointer that is longer by one", problem.Violation{Pointer: "/a/" + long[:998], In: "body"}, "- /a: ", "/a",
			`{"pointer":"/a",`},
		{"a long name", problem.Violation{Parameter: long, In: "form"}, "- form " + long[:1000] + "…: ", "form " + long[:1000] + "…",
			`{"parameter":"` + long[:1000] + `…",`},
		{"a long name of wide letters", problem.Violation{Parameter: "a" + strings.Repeat("ä", 1000), In: "form"},
			"- form a" + strings.Repeat("ä", 499) + "…: ", "form a" + strings.Repeat("ä", 499) + "…",
			`{"parameter":"a` + strings.Repeat("ä", 499) + `…",`},
	} {
		t.Run(tt.description, func(t *testing.T) {
			p := problem.Invalid(422, []problem.Violation{tt.violation})
			if got, want := p.Text(), "422 Unprocessable Entity: The request has 1 fault.\n"+tt.wantText+"\n"; got != want {
				t.Errorf("text %q, want %q", got, want)
			}
			if want := "\n<li><code>" + tt.wantItem + "</code>: <bdi></bdi></li>\n"; !strings.Contains(p.HTML(), want) {
				t.Errorf("page\n%q\nwant %q", p.HTML(), want)
			}
			got, err := json.Marshal(p)
			if !strings.Contains(string(got), `"errors":[`+tt.wantJSON) || err != nil {
				t.Errorf("JSON %s, %v, want %s", got, err, tt.wantJSON)
			}
		})
	}
}

// A sentence is the app's, but may hold a name that is not.
func TestHostileSentences(t *testing.T) {
	p := problem.Invalid(422, []problem.Violation{{Pointer: "/a", In: "body", Detail: "<b>\n\u202eقيمة\u200f</b>"}})
	if got := p.Text(); !strings.HasSuffix(got, "\n- /a: <b>��قيمة\u200f</b>\n") {
		t.Errorf("text %q", got)
	}
	if got := p.HTML(); !strings.Contains(got, "<bdi>&lt;b&gt;��قيمة\u200f&lt;/b&gt;</bdi>") {
		t.Errorf("page %q", got)
	}
}

// Two requests with the same status and other violations get their own, whatever is cached.
func TestViolationsInApp(t *testing.T) {
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	app.Get("/{rule}", func(req soay.Request) soay.Response {
		violation := problem.Violation{Parameter: "rule", In: "path", Rule: req.Param("rule"), Detail: "no " + req.Param("rule")}
		return response.Error(&problem.Problem{Status: 422, Violations: []problem.Violation{violation}})
	})
	for _, tt := range []struct {
		path, accept, want string
	}{
		{"/a", "text/plain", "422 Unprocessable Entity\n- path rule: no a\n"},
		{"/b", "text/plain", "422 Unprocessable Entity\n- path rule: no b\n"},
		{"/a", "application/json", `{"errors":[{"parameter":"rule","in":"path","rule":"a","detail":"no a"}],` +
			`"status":422,"title":"Unprocessable Entity"}`},
		{"/b", "application/json", `{"errors":[{"parameter":"rule","in":"path","rule":"b","detail":"no b"}],` +
			`"status":422,"title":"Unprocessable Entity"}`},
	} {
		hr, w := httptest.NewRequest("GET", tt.path, nil), httptest.NewRecorder()
		hr.Header.Set("Accept", tt.accept)
		app.ServeHTTP(w, hr)
		if w.Code != 422 || w.Body.String() != tt.want {
			t.Errorf("%s as %s: %d %s, want %s", tt.path, tt.accept, w.Code, w.Body, tt.want)
		}
	}
}
