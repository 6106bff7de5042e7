package bind_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand" // which package quick asks for
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/quick"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response/problem"
)

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
	xmlType  = "application/xml"
	textType = "text/plain"
)

// maxViolations is how many violations of one request are reported.
const maxViolations = 100

// compiler is shared by all tests, for one is not made quickly.
var compiler = struct {
	sync.Mutex
	*bind.Compiler
}{Compiler: bind.NewCompiler(nil, languages()...)}

func planOf[In any](t testing.TB) *bind.Plan {
	t.Helper()
	plan, err := mayPlan[In]()
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func mayPlan[In any]() (*bind.Plan, error) {
	compiler.Lock()
	defer compiler.Unlock()
	return compiler.Plan(reflect.TypeFor[In]())
}

// bound binds a request to a new input.
func bound[In any](t testing.TB, req request.Request) (In, error) {
	t.Helper()
	var in In
	err := planOf[In](t).Bind(req, reflect.ValueOf(&in).Elem())
	return in, err
}

// get returns a request with the given headers.
func get(path string, header ...string) request.Request {
	return requesttest.Request("GET", path, requesttest.With{Header: headers(header...)})
}

// post returns a request with a body. The content type "" stands for none.
func post(contentType, text string, header ...string) request.Request {
	h := headers(header...)
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	return requesttest.Request("POST", "/", requesttest.With{Body: strings.NewReader(text), Header: h})
}

// chunked is post with a body of unknown length.
func chunked(contentType, text string) request.Request {
	h := http.Header{}
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	return requesttest.Request("POST", "/", requesttest.With{Body: io.MultiReader(strings.NewReader(text)), Header: h})
}

func headers(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

// summary writes an error in one line: the status and each violation by its place and rule, or the text of
// another error. No error is "".
func summary(err error) string {
	e, ok := errors.AsType[*bind.Error](err)
	if !ok {
		if err != nil {
			return err.Error()
		}
		return ""
	}
	var line strings.Builder
	line.WriteString(fmt.Sprint(e.Status))
	for i, f := range e.Violations {
		if i > 0 {
			line.WriteString(";")
		}
		line.WriteString(" " + strings.TrimSpace(f.In+" "+f.Parameter+f.Pointer) + " " + f.Rule)
	}
	return line.String()
}

// violations returns the violations that clients get.
func violations(t testing.TB, err error) []problem.Violation {
	t.Helper()
	e, ok := errors.AsType[*bind.Error](err)
	if !ok {
		t.Fatalf("the error is %v, a %[1]T", err)
	}
	return e.Violations
}

// repeatable makes package quick try so many values, the same in each run.
func repeatable(n int) *quick.Config {
	return &quick.Config{MaxCount: n, Rand: rand.New(rand.NewSource(1))}
}

// check is one line of a table that has several types.
type check struct {
	name string
	run  func(t *testing.T)
}

func runAll(t *testing.T, checks []check) {
	for _, c := range checks {
		t.Run(c.name, c.run)
	}
}

// uuid is a type like those of many libraries.
type uuid [4]byte

func (u *uuid) UnmarshalText(b []byte) error {
	n, err := fmt.Sscanf(string(b), "%02x-%02x-%02x-%02x", &u[0], &u[1], &u[2], &u[3])
	if err != nil || n != 4 || len(b) != 11 {
		return errors.New("no uuid: " + string(b))
	}
	return nil
}

func (u uuid) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%02x-%02x-%02x-%02x", u[0], u[1], u[2], u[3]), nil
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// valueOf returns what p points to.
func valueOf(p any) reflect.Value { return reflect.ValueOf(p).Elem() }
