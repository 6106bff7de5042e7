package response_test

import (
	"encoding/json"
	"errors"
	"math"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// picky is a value whose method decides how it is encoded.
type picky struct{ encode func() ([]byte, error) }

func (p picky) MarshalJSON() ([]byte, error) { return p.encode() }

// ring refers to itself.
type ring struct{ Next *ring }

func TestJSONThatIsNone(t *testing.T) {
	endless := &ring{}
	endless.Next = endless
	secret := errors.New("secret")
	for _, tt := range []struct {
		description string
		value       any
		wantLog     string
	}{
		{"NaN", math.NaN(), "NaN"},
		{"infinite", []float64{1, math.Inf(1)}, "Inf"},
		{"channel", make(chan int), "chan int"},
		{"function inside", map[string]any{"a": 1, "b": func() {}}, "func()"},
		{"complex number", complex(1, 2), "complex128"},
		{"key", map[float64]int{1: 1}, "map[float64]int"},
		{"cycle", endless, "cycle"},
		{"method fails", picky{func() ([]byte, error) { return nil, secret }}, "secret"},
		{"method fails late", []any{"partial", picky{func() ([]byte, error) { return []byte("partial"), secret }}},
			"secret"},
		{"method gives no JSON", picky{func() ([]byte, error) { return []byte("{partial"), nil }}, "picky"},
		{"method asks for a status", picky{func() ([]byte, error) { return nil, problem.New(404, "") }}, "404"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			for name, resp := range map[string]response.Response{
				"JSON": response.JSON(tt.value), "PrettyJSON": response.PrettyJSON(tt.value),
				"Created": response.Created("/secret", tt.value), "Accepted": response.Accepted(tt.value),
				"JSON with a status": response.JSON(tt.value).WithStatus(201),
			} {
				app, log := answers(resp)
				w := httptest.NewRecorder()
				app.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
				if w.Code != 500 || w.Body.String() != "500 Internal Server Error\n" {
					t.Errorf("%s: sent %d %q", name, w.Code, w.Body)
				}
				if sent := headerText(w.Header()); strings.Contains(sent, "json") || strings.Contains(sent, "secret") {
					t.Errorf("%s: sent\n%s", name, sent)
				}
				if !strings.Contains(log.String(), tt.wantLog) {
					t.Errorf("%s: log %q, want %q", name, log, tt.wantLog)
				}
			}
		})
	}
	if err := response.JSON(picky{func() ([]byte, error) { return nil, secret }}).Err(); !errors.Is(err, secret) {
		t.Errorf("Err is %v, want the cause inside", err)
	}
}

// What is sent is the value as it was.
func TestContentIsCopied(t *testing.T) {
	list, raw := []string{"before"}, []byte("before")
	data, pretty, bytes := response.JSON(list), response.PrettyJSON(list), response.Bytes("text/plain", raw)
	list[0] = "after"
	copy(raw, "after!")
	for name, resp := range map[string]response.Response{"JSON": data, "PrettyJSON": pretty, "Bytes": bytes} {
		if got := send(resp).Body.String(); !strings.Contains(got, "before") {
			t.Errorf("%s: sent %q", name, got)
		}
	}
}

// JSON is harmless in a page and has no letters that a script would take for line breaks.
func TestJSONIsEscaped(t *testing.T) {
	const text = "</script><!--\u2028&"
	w := send(response.JSON(text))
	if strings.ContainsAny(w.Body.String(), "<>&\u2028") {
		t.Errorf("sent %s", w.Body)
	}
	var got string
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got != text {
		t.Errorf("read back as %q, %v", got, err)
	}
}

func TestBytesWithoutType(t *testing.T) {
	if resp := response.Bytes("", []byte("x")); resp.Status() != 500 || resp.Err() == nil {
		t.Errorf("status %d, error %v", resp.Status(), resp.Err())
	}
}
