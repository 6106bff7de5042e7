package antiforgery_test

import (
	"bytes"
	"html/template"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

func TestPageWithAToken(t *testing.T) {
	const (
		usual = "base-uri 'self'; frame-ancestors 'self'; object-src 'none'"
		own   = "frame-ancestors 'self'"
	)
	tests := []struct {
		description string
		page        soay.Response
		wantCSP     []string
		wantFrame   string
	}{
		{"no policy", response.HTML("x"), []string{usual}, "SAMEORIGIN"},
		{"policy", response.HTML("x").WithHeader("Content-Security-Policy", "default-src 'self'"),
			[]string{"default-src 'self'", own}, "SAMEORIGIN"},
		{"policy about frames", response.HTML("x").WithHeader("Content-Security-Policy", "default-src 'self'; Frame-Ancestors 'self'"),
			[]string{"default-src 'self'; Frame-Ancestors 'self'"}, ""},
		{"policy about other frames", response.HTML("x").WithHeader("Content-Security-Policy", "frame-src 'self'"),
			[]string{"frame-src 'self'", own}, "SAMEORIGIN"},
		{"own frame options", response.HTML("x").WithHeader("X-Frame-Options", "DENY"),
			[]string{usual}, "DENY"},
		{"no page", response.JSON("x"), nil, "SAMEORIGIN"},
		{"cached page", response.HTML("x").WithHeader("Cache-Control", "public, max-age=60").WithHeader("Vary", "Accept"),
			[]string{usual}, "SAMEORIGIN"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app := newApp(t, antiforgery.Options{}, func(req soay.Request) soay.Response {
				antiforgery.Token(req)
				return tt.page
			})
			h := attempt{method: "GET"}.do(app).Header()
			if got := h["Content-Security-Policy"]; strings.Join(got, "|") != strings.Join(tt.wantCSP, "|") {
				t.Errorf("policies %q, want %q", got, tt.wantCSP)
			}
			if got := h.Get("X-Frame-Options"); got != tt.wantFrame {
				t.Errorf("X-Frame-Options %q, want %q", got, tt.wantFrame)
			}
			if got := h["Cache-Control"]; len(got) != 1 || got[0] != "no-store" {
				t.Errorf("Cache-Control %q, want no-store", got)
			}
			if got := h.Get("Vary"); !strings.Contains(got, "Cookie") {
				t.Errorf("Vary %q, want Cookie in it", got)
			}
		})
	}
}

func TestPageWithoutAToken(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, func(soay.Request) soay.Response { return response.HTML("x") })
	h := attempt{method: "GET", header: []string{"Cookie", "session=x"}}.do(app).Header()
	for _, name := range []string{"Cache-Control", "Vary", "X-Frame-Options", "Set-Cookie"} {
		if got := h.Get(name); got != "" {
			t.Errorf("%s is %q, want none", name, got)
		}
	}
}

func TestTokenWritesOnce(t *testing.T) {
	v := newVisitor(t, newApp(t, antiforgery.Options{}, pages))
	get := attempt{method: "GET", target: "http://localhost/token"}
	if w := v.do(get); len(w.Header()["Set-Cookie"]) != 1 {
		t.Errorf("the first page sets %q, want one cookie", w.Header()["Set-Cookie"])
	}
	w := v.do(get)
	if w.Header()["Set-Cookie"] != nil {
		t.Errorf("the second page sets %q, want none", w.Header()["Set-Cookie"])
	}
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control of the second page is %q, want no-store as of the first", got)
	}
}

func TestField(t *testing.T) {
	app := newApp(t, antiforgery.Options{FieldName: "a&b"}, func(req soay.Request) soay.Response {
		return response.HTML(string(antiforgery.Field(req)))
	})
	got := attempt{method: "GET"}.do(app).Body.String()
	if !strings.HasPrefix(got, `<input type="hidden" name="a&amp;b" value="`) || !strings.HasSuffix(got, `">`) {
		t.Errorf("field %s", got)
	}
}

func TestTemplate(t *testing.T) {
	page := template.Must(template.New("page").Funcs(antiforgery.Funcs(soay.Request{})).
		Parse(`<form method="post">{{antiForgeryField}}</form><meta name="token" content="{{antiForgeryToken}}">`))
	app := newApp(t, antiforgery.Options{}, func(req soay.Request) soay.Response {
		var b bytes.Buffer
		if err := template.Must(page.Clone()).Funcs(antiforgery.Funcs(req)).Execute(&b, nil); err != nil {
			return response.Error(err)
		}
		return response.HTML(b.String())
	})
	got := attempt{method: "GET"}.do(app).Body.String()
	if !strings.HasPrefix(got, `<form method="post"><input type="hidden" name="__RequestVerificationToken" value="`) ||
		strings.Contains(got, `content=""`) || strings.Contains(got, "ZgotmplZ") {
		t.Errorf("page %s", got)
	}
}

func TestTokenWithoutAGuard(t *testing.T) {
	// A request of a unit test belongs to no app.
	if got := antiforgery.Token(requesttest.Request("GET", "/")); got != "" {
		t.Errorf("token %q, want none", got)
	}
	if got := antiforgery.Field(requesttest.Request("GET", "/")); !strings.Contains(string(got), `value=""`) {
		t.Errorf("field %s, want an empty one", got)
	}
}
