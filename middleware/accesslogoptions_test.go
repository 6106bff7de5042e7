package middleware_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

var allFields = []middleware.AccessLogField{
	middleware.AccessLogUserAgent, middleware.AccessLogReferer, middleware.AccessLogQuery, middleware.AccessLogMethod, middleware.AccessLogPath,
	middleware.AccessLogStatus, middleware.AccessLogBytes, middleware.AccessLogDuration, middleware.AccessLogClient, middleware.AccessLogRoute,
	middleware.AccessLogHost, middleware.AccessLogScheme, middleware.AccessLogProtocol,
}

func TestAccessLogFields(t *testing.T) {
	long := strings.Repeat("x", 5000)
	tests := []struct {
		name   string
		fields []middleware.AccessLogField
		target string
		header []string
		want   string // of the text handler, without the time
	}{
		{"the default", nil, "/cats/7?a=1", nil, `level=INFO msg=request method=GET path=/cats/7 status=201 bytes=1 duration=0s client=192.0.2.1 route=/cats/{id}`},
		{"all, in their order", allFields, "/cats/7?a=1&token=secret", []string{"User-Agent", "curl/8", "Referer", "https://example.com/?b=1"},
			`level=INFO msg=request user_agent=curl/8 referer="https://example.com/?b=1" query="a=1&token=REDACTED" method=GET path=/cats/7 status=201 bytes=1 ` +
				`duration=0s client=192.0.2.1 route=/cats/{id} host=example.com scheme=http protocol=HTTP/1.1`},
		{"those that are empty", []middleware.AccessLogField{"query", "referer", "user_agent", "route", "status"}, "/nowhere", nil,
			`level=INFO msg=request status=404 error="404 Not Found"`},
		{"own names in the query", []middleware.AccessLogField{"query"}, "/none?iban=DE1&a=b", nil, `level=INFO msg=request query="iban=REDACTED&a=b"`},
		{"the referer", []middleware.AccessLogField{"referer"}, "/none",
			[]string{"Referer", "https://tom:secret@example.com/a@b?IBAN=secret&a=b&code=secret#access_token=secret"},
			`level=INFO msg=request referer="https://example.com/a@b?IBAN=REDACTED&a=b&code=REDACTED"`},
		{"a password alone", []middleware.AccessLogField{"referer"}, "/none", []string{"Referer", "https://tom:secret@example.com"},
			`level=INFO msg=request referer=https://example.com`},
		{"lines and terminals", []middleware.AccessLogField{"user_agent", "referer"}, "/none",
			[]string{"User-Agent", "a\r\nlevel=ERROR\x1b[31m", "Referer", "\xff\x00"},
			`level=INFO msg=request user_agent="a\r\nlevel=ERROR\x1b[31m" referer="\xff\x00"`},
		{"what is too long", []middleware.AccessLogField{"path", "user_agent", "referer", "query", "host"}, "/" + long + "?a=" + long,
			[]string{"User-Agent", long, "Referer", "https://a/?a=" + long},
			"level=INFO msg=request path=/" + long[:1023] + "... user_agent=" + long[:1024] + `... referer="https://a/?a=` + long[:1011] +
				`..." query="a=` + long[:1022] + `..." host=example.com error="404 Not Found"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // so the duration is 0
				var got bytes.Buffer
				app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.NewTextHandler(&got, nil))})
				o := middleware.AccessLogOptions{Fields: tt.fields}
				if tt.fields != nil {
					o.Redact = []string{"iban"}
				}
				if !strings.Contains(tt.target, "iban") && tt.name != "the referer" {
					o.Redact = nil
				}
				app.UseAccessLog(o)
				app.Get("/cats/{id}", func(soay.Request) soay.Response { return response.JSON(7).WithStatus(201) })
				app.Get("/none", func(soay.Request) soay.Response { return response.NoContent() })
				do(app, "GET", tt.target, tt.header...)
				_, line, _ := strings.Cut(got.String(), " ")
				if diff := cmp.Diff(tt.want+"\n", line); diff != "" {
					t.Errorf("line (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A client that sends a method without end fills no log.
func TestAccessLogOfALongMethod(t *testing.T) {
	app, log := newCatApp()
	do(app, strings.Repeat("M", 9000), "/text")
	if lines := log.Records("request"); len(lines) != 1 || len(lines[0]["method"].(string)) != 1027 {
		t.Errorf("the method is logged as %v", lines)
	}
}

func TestAccessLogMistakes(t *testing.T) {
	tests := []struct {
		name    string
		options middleware.AccessLogOptions
		want    string
	}{
		{"an unknown field", middleware.AccessLogOptions{Fields: []middleware.AccessLogField{"method", "url"}}, `UseAccessLog: there is no field "url"`},
		{"a field twice", middleware.AccessLogOptions{Fields: []middleware.AccessLogField{"method", "path", "method"}}, `UseAccessLog: the field "method" is doubled`},
		{"a negative sample", middleware.AccessLogOptions{Sample: -0.1}, "UseAccessLog: the sample -0.1 is not a share from 0 to 1"},
		{"a sample in percent", middleware.AccessLogOptions{Sample: 10}, "UseAccessLog: the sample 10 is not a share from 0 to 1"},
		{"a sample that is no number", middleware.AccessLogOptions{Sample: math.NaN()}, "UseAccessLog: the sample NaN is not a share from 0 to 1"},
		{"a negative time", middleware.AccessLogOptions{Slow: -time.Second}, "UseAccessLog: the time of slow requests -1s is negative"},
		{"an empty name", middleware.AccessLogOptions{Fields: []middleware.AccessLogField{"query"}, Redact: []string{""}}, "UseAccessLog: a name of a parameter to redact is empty"},
		{"nothing to redact in", middleware.AccessLogOptions{Redact: []string{"iban"}}, "UseAccessLog: there is something to redact, but neither the query"},
		{"two", middleware.AccessLogOptions{Sample: 2, Slow: -1}, "UseAccessLog: the time of slow"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := newApp()
			app.UseAccessLog(tt.options)
			if err := app.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "accesslogoptions_test.go:") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("the start says %v, want %s", err, tt.want)
			}
		})
	}
}

// What the options refer to is copied, so that a later change is none of the log.
func TestAccessLogOptionsAreCopied(t *testing.T) {
	fields, names := []middleware.AccessLogField{"query"}, []string{"iban"}
	app, log := newCatApp(middleware.AccessLogOptions{Fields: fields, Redact: names})
	fields[0], names[0] = "path", "x"
	do(app, "GET", "/none?iban=DE1")
	if got := log.Records("request")[0]["query"]; got != "iban=REDACTED" {
		t.Errorf("the query is logged as %v", got)
	}
}

func TestAccessLogAttrs(t *testing.T) {
	tests := []struct {
		name  string
		attrs func(soay.Request, request.Outcome) []slog.Attr
		want  map[string]any
		logs  string // besides
	}{
		{"none", func(soay.Request, request.Outcome) []slog.Attr { return nil }, map[string]any{}, ""},
		{"of the request", func(req soay.Request, _ request.Outcome) []slog.Attr {
			return []slog.Attr{slog.String("lang", req.Header("Accept-Language")), slog.String("id", req.Param("id"))}
		}, map[string]any{"lang": "de", "id": "7"}, ""},
		{"of the outcome", func(_ soay.Request, o request.Outcome) []slog.Attr {
			return []slog.Attr{slog.Group("http", slog.Int("class", o.Status/100))}
		}, map[string]any{"http": map[string]any{"class": 2.}}, ""},
		{"a panic", func(soay.Request, request.Outcome) []slog.Attr { panic("no attributes") }, map[string]any{}, "no attributes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, log := newCatApp(middleware.AccessLogOptions{Fields: []middleware.AccessLogField{"method"}, Attrs: tt.attrs})
			if w := do(app, "GET", "/cats/7", "Accept-Language", "de"); w.Code != 201 {
				t.Errorf("the answer is %d", w.Code)
			}
			want := map[string]any{"msg": "request", "level": "INFO", "method": "GET"}
			maps.Copy(want, tt.want)
			if diff := cmp.Diff([]map[string]any{want}, log.Records("request")); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
			if got := log.Records("access log: panic in Attrs"); (tt.logs != "") != (len(got) == 1) || tt.logs != "" && got[0]["panic"] != tt.logs {
				t.Errorf("of a panic it says %v", got)
			}
		})
	}
}

// Of a thousand successes about the share is logged, and everything else without exception.
func TestAccessLogSample(t *testing.T) {
	tests := []struct {
		path             string
		atLeast, atMost  int
		wantSampled, cut bool
	}{
		// The number of lines is binomial. Its standard deviation is 14.5 here, and this range is seven of them.
		{"/text", 200, 400, true, false},
		{"/cats/7", 200, 400, true, false},
		{"/nowhere", 1000, 1000, false, false},
		{"/error", 1000, 1000, false, false},
		{"/cut", 1000, 1000, false, true},
		{"/abort/early", 1000, 1000, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			app, log := newCatApp(middleware.AccessLogOptions{Sample: 0.3})
			for range 1000 {
				doCut(app, "GET", tt.path)
			}
			lines := log.Records("request")
			if n := len(lines); n < tt.atLeast || n > tt.atMost {
				t.Errorf("%d lines, want %d to %d", n, tt.atLeast, tt.atMost)
			}
			for _, line := range lines {
				if share, ok := line["sample"]; ok != tt.wantSampled || ok && share != 0.3 {
					t.Fatalf("a line says %v", line)
				}
			}
		})
	}
}

func TestAccessLogSampleOfAll(t *testing.T) {
	for _, sample := range []float64{0, 1} {
		app, log := newCatApp(middleware.AccessLogOptions{Sample: sample})
		for range 100 {
			do(app, "GET", "/text")
		}
		lines := log.Records("request")
		if _, says := lines[0]["sample"]; len(lines) != 100 || says {
			t.Errorf("sample %v: %d lines, the first is %v", sample, len(lines), lines[0])
		}
	}
}

func TestAccessLogSlow(t *testing.T) {
	tests := []struct {
		name     string
		level    slog.Level
		handler  soay.Handler
		want     string
		wantSlow any
	}{
		{"fast", slog.LevelInfo, sleepy(999 * time.Millisecond), "INFO", nil},
		{"slow", slog.LevelInfo, sleepy(time.Second), "WARN", float64(time.Second)},
		{"slow in a log of errors", slog.LevelError, sleepy(time.Second), "ERROR", float64(time.Second)},
		{"slow in a log for debugging", slog.LevelDebug, sleepy(time.Hour), "WARN", float64(time.Hour)},
		{"slow and failed", slog.LevelInfo, func(req soay.Request) soay.Response {
			time.Sleep(time.Second)
			return response.Error(errors.New("the disk is gone"))
		}, "WARN", float64(time.Second)},
		{"slow and cut", slog.LevelInfo, func(req soay.Request) soay.Response {
			time.Sleep(time.Second)
			panic(http.ErrAbortHandler)
		}, "WARN", float64(time.Second)},
		{"a stream that lasts", slog.LevelInfo, func(req soay.Request) soay.Response {
			return response.Stream("text/plain", func(io.Writer) error { time.Sleep(time.Minute); return nil })
		}, "INFO", nil},
		{"slow handlers of net/http", slog.LevelInfo, soay.FromHTTP(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(time.Second) })),
			"WARN", float64(time.Second)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app, log := newLoggedApp()
				// A slow success is logged whatever the sample.
				app.UseAccessLog(middleware.AccessLogOptions{Level: tt.level, Slow: time.Second})
				app.Get("/", tt.handler)
				doCut(app, "GET", "/")
				lines := log.Records("request")
				if len(lines) != 1 || lines[0]["level"] != tt.want || lines[0]["slow"] != tt.wantSlow {
					t.Errorf("lines %v, want one at %s with slow=%v", lines, tt.want, tt.wantSlow)
				}
			})
		})
	}
}

func sleepy(d time.Duration) soay.Handler {
	return func(soay.Request) soay.Response { time.Sleep(d); return response.Text("hello") }
}

func TestAccessLogSlowIsNoSample(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, log := newLoggedApp()
		app.UseAccessLog(middleware.AccessLogOptions{Slow: time.Second, Sample: 1e-12})
		app.Get("/", sleepy(time.Second))
		for range 50 {
			do(app, "GET", "/")
		}
		if n := len(log.Records("request")); n != 50 {
			t.Errorf("%d lines for 50 slow requests", n)
		}
	})
}

// Entries are recycled, and yet each line is that of its request.
func TestAccessLogSideBySide(t *testing.T) {
	app, log := newLoggedApp()
	app.UseAccessLog(middleware.AccessLogOptions{
		Fields: []middleware.AccessLogField{"path", "query", "status", "user_agent", "referer"},
		Attrs: func(req soay.Request, _ request.Outcome) []slog.Attr {
			return []slog.Attr{slog.String("own", req.Param("id"))}
		},
	})
	app.Get("/{id}", func(req soay.Request) soay.Response {
		if req.Param("id") < "e" {
			return hello(req)
		}
		return response.Stream("text/plain", func(w io.Writer) error { _, err := io.WriteString(w, "hello"); return err })
	})
	s := newServer(t, app)
	const clients, each = 8, 40
	done := make(chan error)
	for i := range clients {
		go func() {
			for range each {
				id := string(rune('a' + i))
				r, _ := http.NewRequest("GET", s.URL+"/"+id+"?q="+id, nil)
				r.Header.Set("User-Agent", id)
				r.Header.Set("Referer", "https://a/"+id)
				resp, err := s.Client().Do(r)
				if err != nil {
					done <- err
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
			done <- nil
		}()
	}
	for range clients {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	s.Close()
	lines := log.Records("request")
	if len(lines) != clients*each {
		t.Errorf("%d lines for %d requests", len(lines), clients*each)
	}
	for _, line := range lines {
		id := line["own"].(string)
		if line["path"] != "/"+id || line["query"] != "q="+id || line["user_agent"] != id || line["referer"] != "https://a/"+id || line["status"] != 200. {
			t.Fatalf("the line %v is of several requests", line)
		}
	}
}

// The handlers of package log/slog keep a line a line whatever a client sends.
func TestAccessLogLinesOfHandlers(t *testing.T) {
	hostile := "x\r\nlevel=ERROR msg=\"forged\"\x1b]0;title\x07\u2028\xff\xfe\u202e"
	for _, asJSON := range []bool{false, true} {
		var got bytes.Buffer
		h := slog.Handler(slog.NewTextHandler(&got, nil))
		if asJSON {
			h = slog.NewJSONHandler(&got, nil)
		}
		app := soay.New(soay.Options{Env: "production", Logger: slog.New(h)})
		app.UseAccessLog(middleware.AccessLogOptions{Fields: allFields})
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.RawQuery, r.Host, r.Method = hostile, hostile, "GET"+hostile
		r.Header.Set("User-Agent", hostile)
		r.Header.Set("Referer", hostile)
		app.ServeHTTP(httptest.NewRecorder(), r)
		line := got.String()
		if strings.Count(line, "\n") != 1 || strings.ContainsAny(line, "\r\x1b\x07") {
			t.Errorf("the line is %q", line)
		}
		if asJSON && !json.Valid(got.Bytes()) {
			t.Errorf("the line is no JSON: %q", line)
		}
	}
}

func BenchmarkAccessLog(b *testing.B) {
	for name, o := range map[string]*middleware.AccessLogOptions{"none": nil, "line": {}, "sampled out": {Sample: 1e-12}} {
		b.Run(name, func(b *testing.B) {
			app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.NewJSONHandler(io.Discard, nil))})
			if o != nil {
				app.UseAccessLog(*o)
			}
			app.Get("/cats/{id}", hello)
			r, w := httptest.NewRequest("GET", "/cats/7", nil), httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				w.Body.Reset()
				app.ServeHTTP(w, r)
			}
		})
	}
}
