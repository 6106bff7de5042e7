package request_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// accessor is one way to use a request that carries a mark in all of its parts, see newMarked and fill. It returns what
// it saw of the request, "" for nothing. Those that change something use the mark they get.
type accessor struct {
	name string
	use  func(r request.Request, mark string) string
}

var (
	markKey     = request.NewKey[string]("mark")
	markSetting = request.NewRouteKey[string]("mark")
	strays      atomic.Int64 // AfterResponse functions that ran for another request
)

type markOfContext struct{}

// markedLogs is a slog.Handler that carries a mark, and tells it in answer to every line.
type markedLogs struct {
	slog.Handler
	mark string
}

// answerTo is the key of the place in a context where the mark goes.
type answerTo struct{}

func (h markedLogs) Enabled(context.Context, slog.Level) bool { return true }

func (h markedLogs) Handle(ctx context.Context, _ slog.Record) error {
	if mark, ok := ctx.Value(answerTo{}).(*string); ok {
		*mark = h.mark
	}
	return nil
}

func markOf(l *slog.Logger) (mark string) {
	const nobody = slog.LevelDebug - 100 // writes such lines
	l.Log(context.WithValue(context.Background(), answerTo{}, &mark), nobody, "who are you?")
	return mark
}

func patternOf(route *request.Route) string {
	if route == nil {
		return ""
	}
	return route.Pattern
}

// newMarked returns a request with the mark in all that a client sends.
func newMarked(mark string) *http.Request {
	hr := httptest.NewRequest("POST", "/cats/"+mark+"?q="+mark, strings.NewReader(`{"mark":"`+mark+`"}`))
	hr.Host = mark + ".example"
	hr.Header.Set("X-Mark", mark)
	hr.Header.Set("Cookie", "mark="+mark)
	hr.Header.Set("Content-Type", "application/json")
	return hr
}

// newMarkedApp returns an app with sessions whose requests have the mark of their path in the scheme, which
// only middleware before the sessions may change.
func newMarkedApp() *soay.App {
	m, err := sessions.NewManager(sessions.NewKey(), sessions.Options{})
	if err != nil {
		panic(err)
	}
	session, err := middleware.NewSession(m)
	if err != nil {
		panic(err)
	}
	app := newApp()
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			req.SetOrigin("scheme-"+req.Param("mark"), "")
			req.SetHost(req.Param("mark") + ".example")
			return next(req)
		}
	}, session)
	return app
}

// fill puts the mark in all that a handler can change.
func fill(r request.Request, mark string) {
	markKey.Set(r, mark)
	r.SetOrigin("", "ip-"+mark)
	r.SetLogger(slog.New(markedLogs{slog.DiscardHandler, mark}))
	r.Session.Set("mark", mark)
}

// seen joins the text of values that are not zero.
func seen(values ...any) string {
	var b strings.Builder
	for _, v := range values {
		if v != nil && !reflect.ValueOf(v).IsZero() {
			fmt.Fprint(&b, v)
		}
	}
	return b.String()
}

// all joins the names and values of an iterator.
func all[V any](seq func(func(string, V) bool)) string {
	var b strings.Builder
	for name, value := range seq {
		fmt.Fprint(&b, name, value)
	}
	return b.String()
}

// noError is the text read, without what an error has left of it.
func noError[T any](v T, err error) string {
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s", any(v))
}

// accessors are all the ways; TestAccessorsAreComplete sees to it.
var accessors = slices.Concat(headAccessors, bodyAccessors, contextAccessors, sessionAccessors)

var headAccessors = []accessor{
	{"Method", func(r request.Request, _ string) string { return r.Method() }},
	{"Path", func(r request.Request, _ string) string { return r.Path() }},
	{"URL", func(r request.Request, _ string) string { return r.URL().String() }},
	{"Host", func(r request.Request, _ string) string { return r.Host() }},
	{"Scheme", func(r request.Request, _ string) string { return r.Scheme() }},
	{"ClientIP", func(r request.Request, _ string) string { return r.ClientIP() }},
	{"SetOrigin", func(r request.Request, mark string) string { r.SetOrigin("scheme-"+mark, "ip-"+mark); return "" }},
	{"SetHost", func(r request.Request, mark string) string { r.SetHost(mark + ".example"); return "" }},
	{"State.ProxyTold", func(r request.Request, _ string) string {
		if scheme, client := request.StateOf(r).ProxyTold(); scheme || client {
			return "the origin of another request"
		}
		return ""
	}},
	{"Header", func(r request.Request, _ string) string { return r.Header("X-Mark") }},
	{"Headers", func(r request.Request, _ string) string { return seen(r.Headers().Values("X-Mark")) }},
	{"Cookie", func(r request.Request, _ string) string { v, ok := r.Cookie("mark"); return seen(v, ok) }},
	{"Cookies", func(r request.Request, _ string) string { return all(r.Cookies()) }},
	{"Accepts", func(r request.Request, _ string) string { return r.Accepts("text/plain") }},
	{"Query", func(r request.Request, _ string) string { return r.Query("q") }},
	{"QueryValues", func(r request.Request, _ string) string { return r.QueryValues().Encode() }},
	{"Param", func(r request.Request, _ string) string { return r.Param("mark") }},
	{"Params", func(r request.Request, _ string) string { return all(r.Params()) }},
	{"URLFor", func(r request.Request, _ string) string { return noError(r.URLFor("cat", 7)) }},
	{"Asset", func(r request.Request, _ string) string { return strings.TrimPrefix(r.Asset("/a.css"), "/a.css") }},
	{"State.Assets", func(r request.Request, _ string) string { return seen(request.StateOf(r).Assets()) }},
	{"Route", func(r request.Request, _ string) string { return patternOf(r.Route()) }},
	{"RouteKey.Of", func(r request.Request, _ string) string { return markSetting.Of(r) }},
	{"State.Handler", func(r request.Request, _ string) string { return seen(request.StateOf(r).Handler(0)) }},
	{"State.SetRoute", func(r request.Request, _ string) string { request.StateOf(r).SetRoute(markedRoute); return "" }},
	{"State.Complete", func(r request.Request, _ string) string {
		_ = request.StateOf(r).Complete(response.NotFound()) // which is the caller's own
		return ""
	}},
	{"Logger", func(r request.Request, _ string) string { return markOf(r.Logger()) }},
	{"SetLogger", func(r request.Request, mark string) string {
		r.SetLogger(slog.New(markedLogs{slog.DiscardHandler, mark}))
		return ""
	}},
}

var bodyAccessors = []accessor{
	{"Body", func(r request.Request, _ string) string { return noError(io.ReadAll(r.Body())) }},
	{"Preconditions", func(r request.Request, _ string) string {
		return seen(r.Preconditions(request.Validators{Required: true}) == nil)
	}},
	{"BodyLimit", func(r request.Request, _ string) string { return seen(r.BodyLimit()) }},
	{"Bytes", func(r request.Request, _ string) string { return noError(r.Bytes()) }},
	{"Text", func(r request.Request, _ string) string { return noError(r.Text()) }},
	{"JSON", func(r request.Request, _ string) string {
		var body struct {
			Mark string `json:"mark"`
		}
		err := r.JSON(&body)
		return noError(body.Mark, err)
	}},
	{"Form", func(r request.Request, _ string) string {
		form, err := r.Form()
		return noError(form.Encode(), err)
	}},
	{"Multipart", func(r request.Request, _ string) string {
		form, err := r.Multipart()
		return seen(form, err == nil)
	}},
	{"State.ReadForm", func(r request.Request, _ string) string {
		form, err := request.StateOf(r).ReadForm(nil)
		return seen(form, err == nil)
	}},
	{"Parts", func(r request.Request, _ string) string {
		var names strings.Builder
		for part, err := range r.Parts() {
			if err == nil {
				names.WriteString(part.FormName())
			}
		}
		return names.String()
	}},
}

var contextAccessors = []accessor{
	{"Context", func(r request.Request, _ string) string { return seen(r.Context().Value(markOfContext{})) }},
	{"WithContext", func(r request.Request, mark string) string {
		return r.WithContext(context.WithValue(context.Background(), markOfContext{}, mark)).Header("X-Mark")
	}},
	{"CheckEncoding", func(r request.Request, _ string) string { return seen(r.CheckEncoding()) }},
	{"MemoryLimit", func(r request.Request, _ string) string { return seen(r.MemoryLimit()) }},
	{"HTTP", func(r request.Request, _ string) string { return seen(r.HTTP().Method, r.HTTP().Header.Get("X-Mark")) }},
	{"WithHTTP", func(r request.Request, mark string) string {
		r = r.WithHTTP(httptest.NewRequest("PUT", "/", nil))
		return r.Method() + r.Param("mark")
	}},
	{"Detach", func(r request.Request, _ string) string {
		d := r.Detach()
		v, _ := markKey.Get(d)
		logger, pattern := markOf(d.Logger()), patternOf(d.Route())
		return seen(v, d.Path(), d.Param("mark"), d.ClientIP(), noError(d.Bytes()), logger, pattern)
	}},
	{"AfterResponse", func(r request.Request, mark string) string {
		r.AfterResponse(func(request.Outcome) {
			if r.Header("X-Mark") != mark {
				strays.Add(1)
			}
		})
		return ""
	}},
	{"Resolve", func(r request.Request, _ string) string {
		r, err := request.Resolve[request.Request](r)
		if err != nil {
			return ""
		}
		return r.Header("X-Mark")
	}},
	{"State.Service", func(r request.Request, _ string) string {
		return noError(request.StateOf(r).Service(inject.Slot{}))
	}},
	{"State.Resolve", func(r request.Request, _ string) string {
		v, err := request.StateOf(r).Resolve(reflect.TypeFor[request.Request]())
		if err != nil {
			return ""
		}
		return v.Interface().(request.Request).Header("X-Mark")
	}},
	{"State.Inputs", func(r request.Request, _ string) string { return seen(request.StateOf(r).Inputs()) }},
	{"State.Services", func(r request.Request, _ string) string {
		return noError(request.StateOf(r).Services().Value(inject.Slot{}))
	}},
	{"State.Source", func(r request.Request, _ string) string {
		return request.StateOf(r).Source().Method
	}},
	{"State.Context", func(r request.Request, _ string) string {
		return seen(request.StateOf(r).Context().Value(markOfContext{}))
	}},
	{"State.Observe", func(r request.Request, _ string) string { request.StateOf(r).Observe(); return "" }},
	{"State.Operation", func(r request.Request, _ string) string {
		_, end := request.StateOf(r).Operation(context.Background(), "test", "store")
		end(nil)
		return ""
	}},
	{"State.HTTPBody", func(r request.Request, _ string) string {
		if body := request.StateOf(r).HTTPBody(); body != nil {
			return noError(io.ReadAll(body))
		}
		return ""
	}},
	{"Key.Get", func(r request.Request, _ string) string { v, ok := markKey.Get(r); return seen(v, ok) }},
	{"Key.Set", func(r request.Request, mark string) string { markKey.Set(r, mark); return "" }},
}

var sessionAccessors = []accessor{
	{"Session.Get", func(r request.Request, _ string) string { return seen(r.Session.Get("mark")) }},
	{"Session.Lookup",
		func(r request.Request, _ string) string { v, ok := r.Session.Lookup("mark"); return seen(v, ok) }},
	{"Session.Has", func(r request.Request, _ string) string { return seen(r.Session.Has("mark")) }},
	{"Session.Set", func(r request.Request, mark string) string { r.Session.Set("mark", mark); return "" }},
	{"Session.Update", func(r request.Request, mark string) string {
		r.Session.Update(map[string]any{"mark": mark})
		return ""
	}},
	{"Session.Flash", func(r request.Request, mark string) string { r.Session.Flash("mark", mark); return "" }},
	{"Session.Len", func(r request.Request, _ string) string { return seen(r.Session.Len()) }},
	{"Session.Keys", func(r request.Request, _ string) string { return strings.Join(r.Session.Keys(), " ") }},
	{"Session.All", func(r request.Request, _ string) string { return all(r.Session.All()) }},
	{"Session.Map", func(r request.Request, _ string) string { return seen(r.Session.Map()["mark"]) }},
	{"Session.Modified", func(r request.Request, _ string) string { return seen(r.Session.Modified()) }},
	{"Session.ID", func(r request.Request, _ string) string { return r.Session.ID() }},
	{"Session.Detach", func(r request.Request, _ string) string { return seen(r.Session.Detach().Get("mark")) }},
	{"Session.Renew", func(r request.Request, _ string) string { r.Session.Renew(); return "" }},
	{"Session.SetUser", func(r request.Request, mark string) string { r.Session.SetUser(mark); return "" }},
	{"Session.User", func(r request.Request, _ string) string { return r.Session.User() }},
	{"sessions.Modify", func(r request.Request, _ string) string {
		var got string
		_ = sessions.Modify(r.Session, "mark", func(v string) string { got = v; return v })
		return got
	}},
	{"sessions.Get", func(r request.Request, _ string) string {
		v, ok := sessions.Get[string](r.Session, "mark")
		return seen(v, ok)
	}},
	{"sessions.GetOr", func(r request.Request, _ string) string { return sessions.GetOr(r.Session, "mark", "") }},
	{"sessions.Pop", func(r request.Request, _ string) string {
		v, ok := sessions.Pop[string](r.Session, "mark")
		return seen(v, ok)
	}},
	{"Session.Pop", func(r request.Request, _ string) string { return seen(r.Session.Pop("mark")) }},
	{"Session.Delete", func(r request.Request, _ string) string { r.Session.Delete("mark"); return "" }},
	{"Session.Clear", func(r request.Request, _ string) string { r.Session.Clear(); return "" }},
	{"Session.Destroy", func(r request.Request, _ string) string { r.Session.Destroy(); return "" }},
}

func TestAccessorsAreComplete(t *testing.T) {
	// The framework calls CopyTo while the handler runs, and FinishServices when it returns, perhaps too late, which is
	// no misuse. The others return an error in place of the panic, as tests of their own show.
	withoutTest := []string{
		"State.LogBy", // for the goroutine of the server
		"Session.CopyTo", "Session.Load", "State.FinishServices",
		"State.OnWriter", "State.SetReadDeadline", "State.SetWriteDeadline", "State.EnableFullDuplex", "State.WriteTimeout",
		"State.Limit", "State.Settle", "State.IsAbandoned", "State.Abandon", "State.Abandoned", "State.AfterResponse",
	}
	covered := map[string]bool{}
	for _, a := range accessors {
		covered[a.name] = true
	}
	check := func(prefix string, typ reflect.Type) {
		for method := range typ.Methods() {
			name := prefix + method.Name
			if !covered[name] && !slices.Contains(withoutTest, name) {
				t.Errorf("no test uses %s of a dead request", name)
			}
		}
	}
	check("", reflect.TypeFor[request.Request]())
	check("Session.", reflect.TypeFor[sessions.Session]())
	check("State.", reflect.TypeFor[request.State]())
}
