package telemetry_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/baggage"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/telemetry"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// roundTrip is a transport that answers itself.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// A relay is an app that calls another one for each request, and keeps the headers that it sends.
type relay struct {
	*soay.App
	sent http.Header
}

func newRelay(o telemetry.Options) *relay {
	if o.TracerProvider == nil {
		o.TracerProvider = trace.NewTracerProvider(trace.WithSampler(trace.ParentBased(trace.AlwaysSample())))
	}
	o.MeterProvider = metricnoop.NewMeterProvider()
	t := telemetry.New(o)
	r := &relay{App: soay.New(soay.Options{Logger: new(requesttest.Log).Logger()})}
	client := &http.Client{Transport: t.Transport(roundTrip(func(req *http.Request) (*http.Response, error) {
		r.sent = req.Header
		return &http.Response{StatusCode: 204, Body: http.NoBody, Request: req}, nil
	}))}
	r.UseTelemetry(t)
	r.Get("/", func(req soay.Request) soay.Response {
		out, err := http.NewRequestWithContext(req.Context(), "GET", "http://stock.example/", nil)
		if err != nil {
			return response.Error(err)
		}
		resp, err := client.Do(out)
		if err != nil {
			return response.Error(err)
		}
		return response.Status(resp.StatusCode)
	})
	return r
}

// start serves the app and returns a function that sends it a request with some lines in its head and returns the
// headers that it sends on.
func (r *relay) start(t *testing.T) func(head string) http.Header {
	t.Helper()
	listener := requesttest.NewListener()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return func(head string) http.Header {
		t.Helper()
		conn, err := listener.DialContext(t.Context(), "tcp", "")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: app\r\n"+head+"\r\n"); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 204 {
			t.Fatalf("with %q: status %d", head, resp.StatusCode)
		}
		return r.sent
	}
}

const (
	traceID = "12345678901234567890123456789012"
	parent  = "traceparent: 00-" + traceID + "-1234567890123456-00\r\n"
)

var validParent = regexp.MustCompile("^00-([0-9a-f]{32})-([0-9a-f]{16})-0[0-3]$")

// checkParent returns the id of the trace and the flags of an outgoing traceparent.
func checkParent(t *testing.T, sent http.Header) (id, flags string) {
	t.Helper()
	values := sent.Values("Traceparent")
	if len(values) != 1 || !validParent.MatchString(values[0]) || strings.Contains(values[0], strings.Repeat("0", 16)) {
		t.Fatalf("sent traceparent %q, want a valid one", values)
	}
	if strings.Contains(values[0], "-1234567890123456-") {
		t.Errorf("sent %q, want a parent of its own", values[0])
	}
	return values[0][3:35], values[0][53:]
}

// The cases are those of the test suite of the W3C, and some of its rules that the suite has none for.
func TestTraceparent(t *testing.T) {
	const rest = "-" + traceID + "-1234567890123456-"
	tests := []struct {
		description string
		head        string
		joins       bool
		flags       string // "" for 01, that of a new trace
	}{
		{"none", "", false, ""},
		{"a tracestate alone", "tracestate: foo=1\r\n", false, ""},
		{"sampled", "traceparent: 00" + rest + "01\r\n", true, "01"},
		{"not sampled", "traceparent: 00" + rest + "00\r\n", true, "00"},
		{"random", "traceparent: 00" + rest + "02\r\n", true, "02"},
		{"sampled and random", "traceparent: 00" + rest + "03\r\n", true, "03"},
		{"flags of the future", "traceparent: 00" + rest + "04\r\n", true, "00"},
		{"all flags", "traceparent: 00" + rest + "ff\r\n", true, "03"},
		{"flags of the future and a known one", "traceparent: 00" + rest + "a9\r\n", true, "01"},
		{"two", "traceparent: 00-12345678901234567890123456789011-1234567890123456-01\r\ntraceparent: 00" + rest + "01\r\n", false, ""},
		{"the same twice", "traceparent: 00" + rest + "01\r\nTraceparent: 00" + rest + "01\r\n", false, ""},
		{"an empty one and a good one", "traceparent:\r\ntraceparent: 00" + rest + "01\r\n", false, ""},
		{"two in a line", "traceparent: 00" + rest + "01,00" + rest + "01\r\n", false, ""},
		{"empty", "traceparent:\r\n", false, ""},
		{"name trace-parent", "trace-parent: 00" + rest + "01\r\n", false, ""},
		{"name trace.parent", "trace.parent: 00" + rest + "01\r\n", false, ""},
		{"name TraceParent", "TraceParent: 00" + rest + "00\r\n", true, "00"},
		{"name TrAcEpArEnT", "TrAcEpArEnT: 00" + rest + "00\r\n", true, "00"},
		{"name TRACEPARENT", "TRACEPARENT: 00" + rest + "00\r\n", true, "00"},
		{"a dot behind", "traceparent: 00" + rest + "01.\r\n", false, ""},
		{"a dash behind", "traceparent: 00" + rest + "01-\r\n", false, ""},
		{"more behind", "traceparent: 00" + rest + "01-what-the-future-will-be-like\r\n", false, ""},
		{"much behind", "traceparent: 00" + rest + "01-" + strings.Repeat("x", 30_000) + "\r\n", false, ""},
		{"version cc", "traceparent: cc" + rest + "01\r\n", true, "01"},
		{"version cc with a dash behind", "traceparent: cc" + rest + "01-\r\n", true, "01"},
		{"version cc with more behind", "traceparent: cc" + rest + "01-what-the-future-will-be-like\r\n", true, "01"},
		{"version cc with a dot behind", "traceparent: cc" + rest + "01.what-the-future-will-be-like\r\n", false, ""},
		{"version cc with flags of the future", "traceparent: cc" + rest + "fc\r\n", true, "00"},
		{"version cc too short", "traceparent: cc" + rest + "0\r\n", false, ""},
		{"version 01", "traceparent: 01" + rest + "00\r\n", true, "00"},
		{"version fe", "traceparent: fe" + rest + "00\r\n", true, "00"},
		{"version ff", "traceparent: ff" + rest + "01\r\n", false, ""},
		{"version FE", "traceparent: FE" + rest + "01\r\n", false, ""},
		{"version .0", "traceparent: .0" + rest + "01\r\n", false, ""},
		{"version 0.", "traceparent: 0." + rest + "01\r\n", false, ""},
		{"version 000", "traceparent: 000" + rest + "01\r\n", false, ""},
		{"version 0000", "traceparent: 0000" + rest + "01\r\n", false, ""},
		{"version 0", "traceparent: 0" + rest + "01\r\n", false, ""},
		{"trace id of zeros", "traceparent: 00-00000000000000000000000000000000-1234567890123456-01\r\n", false, ""},
		{"a dot first in the trace id", "traceparent: 00-.2345678901234567890123456789012-1234567890123456-01\r\n", false, ""},
		{"a dot last in the trace id", "traceparent: 00-1234567890123456789012345678901.-1234567890123456-01\r\n", false, ""},
		{"capitals in the trace id", "traceparent: 00-ABCDEF78901234567890123456789012-1234567890123456-01\r\n", false, ""},
		{"trace id too long", "traceparent: 00-123456789012345678901234567890123-1234567890123456-01\r\n", false, ""},
		{"trace id too short", "traceparent: 00-1234567890123456789012345678901-1234567890123456-01\r\n", false, ""},
		{"parent id of zeros", "traceparent: 00-" + traceID + "-0000000000000000-01\r\n", false, ""},
		{"a dot first in the parent id", "traceparent: 00-" + traceID + "-.234567890123456-01\r\n", false, ""},
		{"a dot last in the parent id", "traceparent: 00-" + traceID + "-123456789012345.-01\r\n", false, ""},
		{"parent id too long", "traceparent: 00-" + traceID + "-12345678901234567-01\r\n", false, ""},
		{"parent id too short", "traceparent: 00-" + traceID + "-123456789012345-01\r\n", false, ""},
		{"flags .0", "traceparent: 00" + rest + ".0\r\n", false, ""},
		{"flags 0.", "traceparent: 00" + rest + "0.\r\n", false, ""},
		{"flags FF", "traceparent: 00" + rest + "FF\r\n", false, ""},
		{"flags 001", "traceparent: 00" + rest + "001\r\n", false, ""},
		{"flags 1", "traceparent: 00" + rest + "1\r\n", false, ""},
		{"a space before", "traceparent:  00" + rest + "00\r\n", true, "00"},
		{"a tab before", "traceparent: \t00" + rest + "00\r\n", true, "00"},
		{"a space behind", "traceparent: 00" + rest + "00 \r\n", true, "00"},
		{"a tab behind", "traceparent: 00" + rest + "00\t\r\n", true, "00"},
		{"blanks on both sides", "traceparent: \t 00" + rest + "00 \t\r\n", true, "00"},
		{"bytes that are no ASCII", "traceparent: 00-\xff\xfe345678901234567890123456789012-1234567890123456-01\r\n", false, ""},
	}
	send := newRelay(telemetry.Options{}).start(t)
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			sent := send(tt.head)
			id, flags := checkParent(t, sent)
			if joins := id == traceID; joins != tt.joins {
				t.Errorf("%q: sent trace id %s, want the one that came: %v", tt.head, id, tt.joins)
			}
			// The SDK marks the ids that it makes as random.
			if tt.joins && flags != tt.flags || !tt.joins && flags != "01" && flags != "03" {
				t.Errorf("%q: sent flags %s, want %q", tt.head, flags, tt.flags)
			}
			if state := sent.Values("Tracestate"); len(state) > 0 {
				t.Errorf("sent tracestate %q, want none", state)
			}
		})
	}
}

func TestTracestate(t *testing.T) {
	members := func(from, to int) string {
		var all []string
		for i := from; i <= to; i++ {
			all = append(all, "bar"+strconv.Itoa(i)+"="+strconv.Itoa(i))
		}
		return strings.Join(all, ",")
	}
	const keyChars, valueChars = "abcdefghijklmnopqrstuvwxyz0123456789_-*/",
		` !"#$%&'()*+-./0123456789:;<>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_` + "`abcdefghijklmnopqrstuvwxyz{|}~"
	value := func(n int) string { return strings.Repeat("v", n) }
	tests := []struct {
		description string
		lines       []string
		want        string
	}{
		{"one line", []string{"foo=1,bar=2"}, "foo=1,bar=2"},
		{"empty", []string{""}, ""},
		{"an empty line behind", []string{"foo=1", ""}, "foo=1"},
		{"an empty line before", []string{"", "foo=1"}, "foo=1"},
		{"several lines", []string{"foo=1,bar=2", "rojo=1,congo=2", "baz=3"}, "foo=1,bar=2,rojo=1,congo=2,baz=3"},
		{"a key twice", []string{"foo=1,foo=1"}, "foo=1"},
		{"a key with two values", []string{"foo=1,foo=2"}, "foo=1"},
		{"a key in two lines", []string{"foo=1,bar=2", "foo=1"}, "foo=1,bar=2"},
		{"a key with two values in two lines", []string{"foo=1", "bar=2,foo=2"}, "foo=1,bar=2"},
		{"a key that begins like another", []string{"foobar=1,foo=2"}, "foobar=1,foo=2"},
		{"all characters", []string{keyChars + "=" + valueChars}, keyChars + "=" + valueChars},
		{"all characters with a tenant", []string{keyChars + "@a-z0-9_-*/=" + valueChars}, keyChars + "@a-z0-9_-*/=" + valueChars},
		{"blanks around commas", []string{"foo=1 \t , \t bar=2, \t baz=3"}, "foo=1,bar=2,baz=3"},
		{"blanks around", []string{"\t foo=1 \t"}, "foo=1"},
		{"a space first in a value", []string{"foo= 1"}, "foo= 1"},
		{"empty entries", []string{"foo=1,,bar=2, ,\t"}, "foo=1,bar=2"},
		{"nothing but commas", []string{strings.Repeat(",", 30_000)}, ""},
		{"many commas", []string{"foo=1" + strings.Repeat(", ", 10_000) + "bar=2"}, "foo=1,bar=2"},
		{"a space last in a key", []string{"foo =1"}, ""},
		{"capitals", []string{"FOO=1"}, ""},
		{"a dot in a key", []string{"foo.bar=1"}, ""},
		{"an @ first", []string{"@foo=1,bar=2"}, ""},
		// These keys are those of Level 2, which a trace.TraceState cannot have. The others stay.
		{"an @ last", []string{"foo@=1,bar=2"}, "bar=2"},
		{"two @ in a row", []string{"foo@@bar=1,bar=2"}, "bar=2"},
		{"two @", []string{"foo@bar@baz=1,bar=2"}, "bar=2"},
		{"a digit first", []string{"0foo=1,bar=2"}, "bar=2"},
		{"a digit first, with a tenant", []string{"0foo@v=1,bar=2"}, "0foo@v=1,bar=2"},
		{"a tenant of 242 characters", []string{"foo=1", strings.Repeat("t", 242) + "@v=1"}, "foo=1"},
		{"a system of 15 characters", []string{"foo=1", "t@" + strings.Repeat("v", 15) + "=1"}, "foo=1"},
		{"a system that begins with a digit", []string{"foo=1", "t@0=1"}, "foo=1"},

		{"32 entries", []string{members(1, 10), members(11, 20), members(21, 30), members(31, 32)}, members(1, 32)},
		{"33 entries", []string{members(1, 10), members(11, 20), members(21, 30), members(31, 33)}, ""},
		{"33 entries of one key", []string{strings.Repeat("foo=1,", 33)}, ""},
		{"10,000 entries", []string{strings.Repeat("a=1,", 10_000)}, ""},
		{"a key of 256 characters", []string{"foo=1", strings.Repeat("z", 256) + "=1"}, "foo=1," + strings.Repeat("z", 256) + "=1"},
		{"a key of 257 characters", []string{"foo=1", strings.Repeat("z", 257) + "=1"}, ""},
		{"tenant and system of full length", []string{"foo=1", strings.Repeat("t", 241) + "@" + strings.Repeat("v", 14) + "=1"},
			"foo=1," + strings.Repeat("t", 241) + "@" + strings.Repeat("v", 14) + "=1"},
		{"a value of 256 characters", []string{"foo=" + value(256)}, "foo=" + value(256)},
		{"a value of 257 characters", []string{"foo=" + value(257)}, ""},
		{"two =", []string{"foo=bar=baz"}, ""},
		{"no value", []string{"foo=,bar=3"}, ""},
		{"no =", []string{"foo,bar=3"}, ""},
		{"no key", []string{"=1,bar=3"}, ""},
		{"a tab in a value", []string{"foo=1\t1"}, ""},
		{"a byte that is no ASCII", []string{"foo=\xff"}, ""},

		{"512 characters in two", []string{"a=" + value(252), "b=" + value(255)}, "a=" + value(252) + ",b=" + value(255)},
		{"513 characters in two: the large ones go from the end", []string{"a=" + value(253), "b=" + value(255)}, "a=" + value(253)},
		{"a large one goes before the small ones behind it", []string{"a=" + value(200) + ",b=" + value(250) + ",c=" + value(100)},
			"a=" + value(200) + ",c=" + value(100)},
		{"large ones go only as far as needed", []string{"a=" + value(127) + ",b=" + value(200), "c=" + value(126), "d=" + value(127)},
			"a=" + value(127) + ",b=" + value(200) + ",c=" + value(126)},
		{"small ones go from the end", []string{"a=" + value(126) + ",b=" + value(126) + ",c=" + value(126) + ",d=" + value(126) + ",e=1"},
			"a=" + value(126) + ",b=" + value(126) + ",c=" + value(126)},
		{"32 of full length", []string{strings.TrimSuffix(fullMembers(), ",")}, "a00=" + value(256)},
	}
	send := newRelay(telemetry.Options{}).start(t)
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			var head strings.Builder
			head.WriteString(parent)
			for _, line := range tt.lines {
				head.WriteString("tracestate: " + line + "\r\n")
			}
			sent := send(head.String())
			if id, _ := checkParent(t, sent); id != traceID {
				t.Errorf("sent trace id %s, want the one that came", id)
			}
			if got := strings.Join(sent.Values("Tracestate"), " and "); got != tt.want {
				t.Errorf("sent\n%s, want\n%s", got, tt.want)
			}
		})
	}
	for _, name := range []string{"TraceState", "TrAcEsTaTe", "TRACESTATE"} {
		if got := send(parent + name + ": foo=1\r\n").Get("Tracestate"); got != "foo=1" {
			t.Errorf("with %s: sent %q, want foo=1", name, got)
		}
	}
	for _, name := range []string{"trace-state", "trace.state"} {
		if got := send(parent + name + ": foo=1\r\n").Get("Tracestate"); got != "" {
			t.Errorf("with %s: sent %q, want none", name, got)
		}
	}
	if got := send("traceparent: 00-" + traceID + "-0-00\r\ntracestate: foo=1\r\n").Get("Tracestate"); got != "" {
		t.Errorf("with a malformed traceparent: sent tracestate %q, want none", got)
	}
}

// fullMembers returns 32 entries of 260 characters.
func fullMembers() string {
	var b strings.Builder
	for i := range 32 {
		b.WriteString("a" + strconv.Itoa(i/10) + strconv.Itoa(i%10) + "=" + strings.Repeat("v", 256) + ",")
	}
	return b.String()
}

// letter is the propagator of another system, whose headers are not known in advance.
type letter struct{}

func (letter) Inject(ctx context.Context, c propagation.TextMapCarrier) {
	if v, ok := ctx.Value(letter{}).(string); ok {
		c.Set("x-letter", v)
	}
}

func (letter) Extract(ctx context.Context, c propagation.TextMapCarrier) context.Context {
	c.Set("x-letter", "of mine") // it has no effect on what came
	var got strings.Builder
	got.WriteString(c.Get("x-letter"))
	for _, key := range c.Keys() {
		if strings.HasPrefix(key, "X-More-") {
			got.WriteString(" " + strings.Join(c.(propagation.ValuesGetter).Values(key), "+"))
		}
	}
	return context.WithValue(ctx, letter{}, got.String()+" "+strings.Join(c.(propagation.ValuesGetter).Values("TraceState"), "+"))
}

func (letter) Fields() []string { return []string{"x-letter"} }

func TestOtherPropagators(t *testing.T) {
	tests := []struct {
		description string
		propagator  propagation.TextMapPropagator
		head        string
		want        http.Header // without traceparent
	}{
		{"of another system", letter{}, "X-Letter: a\r\nx-more-1: b\r\nx-more-1: c\r\ntracestate: foo=1,foo=2\r\n",
			http.Header{"X-Letter": {"a b+c foo=1"}}},
		{"no header of it", letter{}, "", http.Header{"X-Letter": {" "}}},
		{"baggage", propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}),
			parent + "baggage: a=1\r\nbaggage: b=2\r\n", http.Header{"Baggage": {"a=1,b=2"}}},
		{"baggage without a trace", propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}),
			"baggage: a=1\r\n", http.Header{"Baggage": {"a=1"}}},
		{"no baggage by default", nil, parent + "baggage: a=1\r\n", http.Header{}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			sent := newRelay(telemetry.Options{Propagator: tt.propagator}).start(t)(tt.head).Clone()
			sent.Del("Traceparent")
			if b := sent.Get("Baggage"); b != "" { // which has no order
				parsed, err := baggage.Parse(b)
				if err != nil {
					t.Fatal(err)
				}
				sent.Set("Baggage", strings.TrimSuffix("a="+parsed.Member("a").Value()+",b="+parsed.Member("b").Value(), ",b="))
			}
			if diff := cmp.Diff(tt.want, sent); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
		})
	}
}

// The server of net/http has a map of headers.
func TestPropagationOnNetHTTP(t *testing.T) {
	r := newRelay(telemetry.Options{})
	for _, count := range []int{1, 2} {
		hr := httptest.NewRequest("GET", "/", nil)
		for range count {
			hr.Header.Add("traceparent", "00-"+traceID+"-1234567890123456-01")
			hr.Header.Add("tracestate", "foo=1")
		}
		r.ServeHTTP(httptest.NewRecorder(), hr)
		if id, _ := checkParent(t, r.sent); (id == traceID) != (count == 1) {
			t.Errorf("with %d traceparents: sent trace id %s", count, id)
		}
	}
}

// Without the SDK the app passes on what came.
func TestPropagationWithoutSDK(t *testing.T) {
	r := newRelay(telemetry.Options{TracerProvider: tracenoop.NewTracerProvider()})
	hr := httptest.NewRequest("GET", "/", nil)
	hr.Header.Set("traceparent", "00-"+traceID+"-1234567890123456-01")
	r.ServeHTTP(httptest.NewRecorder(), hr)
	if got, want := r.sent.Get("traceparent"), hr.Header.Get("traceparent"); got != want {
		t.Errorf("sent traceparent %q, want %q", got, want)
	}
}

// A client without a trace costs its reader nothing.
func TestNoTraceCostsNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	count := func(p propagation.TextMapPropagator) float64 {
		app := soay.New(soay.Options{Logger: new(requesttest.Log).Logger()})
		app.UseTelemetry(telemetry.New(telemetry.Options{Propagator: p,
			TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: metricnoop.NewMeterProvider()}))
		done := response.Text("hello")
		app.Get("/", func(soay.Request) soay.Response { return done })
		w, hr := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
		hr.Header.Set("Tracestate", "foo=1,bar=2")
		return testing.AllocsPerRun(100, func() {
			clear(w.Header())
			w.Body.Reset()
			app.ServeHTTP(w, hr)
		})
	}
	if got, want := count(nil), count(silent{}); got > want {
		t.Errorf("%v allocations, want %v", got, want)
	}
}

// silent reads nothing.
type silent struct{}

func (silent) Inject(context.Context, propagation.TextMapCarrier) {}

func (silent) Extract(ctx context.Context, _ propagation.TextMapCarrier) context.Context { return ctx }

func (silent) Fields() []string { return nil }

// isValidState is a reader of tracestate of its own, by the grammar of Level 1.
var validMember = regexp.MustCompile(`^([a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})=[ -+\--<>-~]{0,255}[!-+\--<>-~]$`)

func isValidState(state string) bool {
	keys := map[string]bool{}
	for member := range strings.SplitSeq(state, ",") {
		key, _, _ := strings.Cut(member, "=")
		if !validMember.MatchString(member) || keys[key] {
			return false
		}
		keys[key] = true
	}
	return len(keys) <= 32 && len(state) <= 512
}

// Whatever the headers are, what is sent on is valid, each entry came in this order, and a trace is joined only by one
// traceparent that names it.
func FuzzTraceHeaders(f *testing.F) {
	f.Add("00-"+traceID+"-1234567890123456-01", "", "foo=1,bar=2", "foo=3")
	f.Add("cc-"+traceID+"-1234567890123456-ff-x", "", "a@b@c=1,,x=  y", "\t")
	f.Add("00-"+traceID+"-1234567890123456-04", "", "a="+strings.Repeat("x", 200)+",b="+strings.Repeat("y", 200), "c="+strings.Repeat("z", 200))
	f.Add("00-"+traceID+"-1234567890123456-00", "00-"+traceID+"-1234567890123456-00", "", "")
	r := newRelay(telemetry.Options{})
	f.Fuzz(func(t *testing.T, parent1, parent2, state1, state2 string) {
		hr := httptest.NewRequest("GET", "/", nil)
		hr.Header["Traceparent"] = []string{parent1}
		if parent2 != "" {
			hr.Header.Add("Traceparent", parent2)
		}
		hr.Header["Tracestate"] = []string{state1, state2}
		w := httptest.NewRecorder()
		r.ServeHTTP(w, hr)
		if w.Code != 204 {
			t.Fatalf("status %d", w.Code)
		}
		sent := r.sent.Values("Traceparent")
		if len(sent) != 1 || !validParent.MatchString(sent[0]) {
			t.Fatalf("sent traceparent %q", sent)
		}
		joined := len(parent1) >= 55 && parent1[3:35] == sent[0][3:35]
		if joined && (parent2 != "" || !regexp.MustCompile(`^(00-.{52}|[0-9a-f]{2}-.{52}(-(?s:.)*)?)$`).MatchString(parent1) || parent1[:2] == "ff") {
			t.Errorf("joined the trace of %q and %q", parent1, parent2)
		}
		state := r.sent.Get("Tracestate")
		if state != "" && (!joined || !isValidState(state)) {
			t.Errorf("sent tracestate %q", state)
		}
		rest := state1 + "," + state2
		for member := range strings.SplitSeq(state, ",") {
			i := strings.Index(rest, member)
			if i < 0 {
				t.Errorf("sent the entry %q, which did not come there", member)
				break
			}
			rest = rest[i+len(member):]
		}
		if parsed, err := oteltrace.ParseTraceState(state); err != nil || parsed.String() != state {
			t.Errorf("tracestate %q: %v", state, err)
		}
	})
}
