package inject_test

import (
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response/problem"
)

// principal is who sends a request.
type principal struct{ name string }

// watched is a body that notes its first read.
type watched struct {
	io.Reader
	lines *lines
	read  bool
}

func (w *watched) Read(b []byte) (int, error) {
	if !w.read {
		w.read = true
		w.lines.add("body")
	}
	return w.Reader.Read(b)
}

// found binds itself, and notes it.
type found struct{ visit *visit }

func (f *found) BindRequest(req soay.Request) (err error) {
	if f.visit, err = soay.Resolve[*visit](req); err == nil {
		f.visit.lines.add("binder")
	}
	return err
}

// Inputs with a service between the path and the body.
type (
	orderJSON struct {
		ID   int        `path:"id"`
		Who  *principal `inject:""`
		Self found
		Body struct {
			Age int `json:"age" validate:"lte=30"`
		} `body:"json"`
	}
	orderForm struct {
		ID   int        `path:"id"`
		Who  *principal `inject:""`
		Age  int        `form:"age" validate:"lte=30"`
		Self found
	}
	orderNone struct {
		ID   int        `path:"id"`
		Who  *principal `inject:""`
		Self found
	}
)

// Services are asked behind the path, the query, headers and cookies, and in front of the body and of binders.
func TestOrderOfInputs(t *testing.T) {
	app, _ := newApp()
	l := new(lines)
	soay.AddInstance(app, l)
	soay.AddScoped[*visit](app, func(req soay.Request, l *lines) *visit { return &visit{l, req.Path()} })
	soay.AddScoped[*principal](app, func(req soay.Request, l *lines) (*principal, error) {
		l.add("service")
		if req.Header("Authorization") == "" {
			return nil, problem.New(401, "who are you?")
		}
		return &principal{name: "Ada"}, nil
	})
	soay.Post(app, "/json/{id}", func(_ soay.Request, in orderJSON) (string, error) {
		return fmt.Sprintln(in.ID, in.Who.name, in.Body.Age), nil
	})
	soay.Post(app, "/form/{id}", func(_ soay.Request, in orderForm) (string, error) {
		return fmt.Sprintln(in.ID, in.Who.name, in.Age), nil
	})
	soay.Post(app, "/none/{id}", func(_ soay.Request, in orderNone) (string, error) {
		return fmt.Sprintln(in.ID, in.Who.name), nil
	})
	const anyone, ada = "", "Bearer ada"
	const asJSON, asForm = "application/json", "application/x-www-form-urlencoded"
	tests := []struct {
		description, path, who, contentType, body string
		wantStatus                                int
		want                                      string // what the answer contains
		wantOrder                                 []string
	}{
		{"a JSON body", "/json/7", ada, asJSON, `{"age":4}`, 200, "7 Ada 4", []string{"service", "body", "binder"}},
		{"a form", "/form/7", ada, asForm, "age=4", 200, "7 Ada 4", []string{"service", "body", "binder"}},
		{"no body", "/none/7", ada, asJSON, `{}`, 200, "7 Ada", []string{"service", "binder"}},
		{"a stranger with a body", "/json/7", anyone, asJSON, `{"age":4}`, 401, "who are you?", []string{"service"}},
		{"a stranger with a broken body", "/json/7", anyone, asJSON, `{"age":`, 401, "who are you?", []string{"service"}},
		{"a stranger with a form", "/form/7", anyone, asForm, "age=99", 401, "who are you?", []string{"service"}},
		{"a stranger with another content type", "/json/7", anyone, "image/png", "x", 401, "who are you?", []string{"service"}},
		{"a stranger with a body that is too large", "/json/7", anyone, asJSON, strings.Repeat(" ", 2<<20), 401, "who are you?",
			[]string{"service"}},
		{"a stranger with a wrong path and a body", "/json/x", anyone, asJSON, `{"age":99}`, 401, "who are you?", []string{"service"}},
		{"a wrong path and a wrong body are told together", "/json/x", ada, asJSON, `{"age":99}`, 400, "2 faults",
			[]string{"service", "body"}},
		{"a wrong body", "/json/7", ada, asJSON, `{"age":99}`, 422, "/age", []string{"service", "body"}},
		{"without a body nothing is made for what does not fit", "/none/x", anyone, asJSON, `{}`, 400, `"id"`, nil},
		{"a stranger without a body", "/none/7", anyone, asJSON, `{}`, 401, "who are you?", []string{"service"}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			r := httptest.NewRequest("POST", tt.path, &watched{Reader: strings.NewReader(tt.body), lines: l})
			r.ContentLength = int64(len(tt.body))
			r.Header.Set("Content-Type", tt.contentType)
			if tt.who != "" {
				r.Header.Set("Authorization", tt.who)
			}
			w := httptest.NewRecorder()
			app.ServeHTTP(w, r)
			if got := w.Body.String(); w.Code != tt.wantStatus || !strings.Contains(got, tt.want) {
				t.Errorf("%d %s, want %d with %q", w.Code, got, tt.wantStatus, tt.want)
			}
			want := tt.wantOrder
			if strings.Contains(strings.Join(want, " "), "binder") {
				want = append(want, "close visit of "+tt.path)
			}
			l.want(t, want...)
		})
	}
}
