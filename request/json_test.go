package request_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/strictjson"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// cat is what clients send in these tests.
type cat struct {
	Name  string         `json:"name"`
	Lives int8           `json:"lives"`
	Tags  []string       `json:"tags"`
	Owner *cat           `json:"owner"`
	More  map[string]any `json:"more"`
}

func TestJSON(t *testing.T) {
	for _, tt := range []struct {
		description, contentType, text string
		want                           cat
	}{
		{"object", "application/json", `{"name":"Tom","lives":9}`, cat{Name: "Tom", Lives: 9}},
		{"with a charset", "application/json; charset=utf-8", `{"name":"Tom"}`, cat{Name: "Tom"}},
		{"type in another case", "Application/JSON", `{"name":"Tom"}`, cat{Name: "Tom"}},
		{"type that ends in +json", "application/vnd.cat+json;v=1", `{"name":"Tom"}`, cat{Name: "Tom"}},
		{"spaces around", "application/json", " \r\n\t{\"name\":\"Tom\"}\n", cat{Name: "Tom"}},
		{"empty object", "application/json", `{}`, cat{}},
		{"null", "application/json", `null`, cat{}},
		{"name in another case", "application/json", `{"NAME":"Tom","owner":{"Name":"Ann"}}`, cat{Owner: &cat{}}},
		{"same name in another object", "application/json", `{"name":"Tom","owner":{"name":"Ann"}}`,
			cat{Name: "Tom", Owner: &cat{Name: "Ann"}}},
		{"member without a field", "application/json", `{"colour":"black","name":"Tom"}`, cat{Name: "Tom"}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			var got cat
			if err := begin(postText(tt.contentType, tt.text)).JSON(&got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// answerJSON sends a body to an app that decodes it, and returns the status and the problem told.
func answerJSON(t *testing.T, hr *http.Request) (status int, body string, told map[string]any) {
	t.Helper()
	app := newApp()
	app.Post("/", func(req soay.Request) soay.Response {
		var v cat
		if err := req.JSON(&v); err != nil {
			return response.Error(err)
		}
		return response.NoContent()
	})
	hr.Header.Set("Accept", "application/json")
	w := serve(app, hr)
	if got := w.Header().Get("Content-Type"); w.Code != 204 && got != problem.ContentType {
		t.Errorf("content type %q of the refusal", got)
	}
	if w.Code != 204 {
		if err := json.Unmarshal(w.Body.Bytes(), &told); err != nil {
			t.Fatal(err)
		}
	}
	return w.Code, w.Body.String(), told
}

func TestJSONContentType(t *testing.T) {
	for _, contentType := range []string{
		"", "text/plain", "text/json", "text/json-ish", "application/jsonp", "application/json-seq", "application/x-json",
		"application/x-www-form-urlencoded", "multipart/form-data; boundary=json", "json", "application/", "*/*",
		"application/json, text/plain", "text/plain; x=application/json", "application/json; charset",
		"application/+json+xml",
	} {
		body := &countingBody{src: strings.NewReader(`{"name":"Tom"}`)}
		status, text, _ := answerJSON(t, post(contentType, body, 14))
		if status != http.StatusUnsupportedMediaType || body.read > 0 {
			t.Errorf("content type %q: status %d after %d bytes: %s", contentType, status, body.read, text)
		}
	}
}

// nested returns arrays in an object, depth levels in all.
func nested(depth int) string {
	return `{"more":{"x":` + strings.Repeat("[", depth-2) + strings.Repeat("]", depth-2) + `}}`
}

func TestJSONRefused(t *testing.T) {
	for _, tt := range []struct {
		description, text, wantDetail, wantPointer string
	}{
		{"empty body", "", "no value", ""},
		{"only spaces", " \n", "no value", ""},
		{"no JSON", "secret", "a value expected", ""},
		{"cut off", `{"name":"secret"`, "text ends", ""},
		{"comma at the end", `{"name":"secret",}`, "expected", ""},
		{"comment", `{"name":"secret"} // secret`, "data after the value", ""},
		{"second value", `{"name":"secret"}{"name":"secret"}`, "data after the value", ""},
		{"twice", `{"name":"secret","lives":1,"name":"secret"}`, "occurs twice", "/name"},
		{"twice by case", `{"name":"secret","NAME":"secret"}`, "occurs twice", "/NAME"},
		{"twice by another case", `{"lives":1,"live\u0053":2}`, "occurs twice", "/liveS"},
		{"twice by a letter that folds", `{"lives":1,"live\u017f":2}`, "occurs twice", "/live\u017f"},
		{"twice by an escape", `{"name":"secret","n\u0061me":"secret"}`, "occurs twice", "/name"},
		{"twice inside", `{"owner":{"name":"secret","Name":"x"}}`, "occurs twice", "/owner/Name"},
		{"twice where nobody looks", `{"colour":{"a":"secret","a":1}}`, "occurs twice", "/colour/a"},
		{"invalid UTF-8", "{\"name\":\"secret\xff\"}", "UTF-8", "/name"},
		{"half a surrogate pair", `{"name":"secret\ud800"}`, "surrogate", "/name"},
		{"byte order mark", "\ufeff{}", "a value expected", ""},
		{"too deep", nested(65), "nested", ""},
		{"far too deep", strings.Repeat("[", 100_000), "nested", ""},
		{"string for a number", `{"lives":"secret"}`, "string does not fit", "/lives"},
		{"number too large", `{"lives":31337}`, "number does not fit", "/lives"},
		{"number for a string", `{"name":31337}`, "number does not fit", "/name"},
		{"object for a list", `{"tags":{"a":"secret"}}`, "object does not fit", "/tags"},
		{"list for the whole", `["secret"]`, "array does not fit", ""},
		{"NaN", `{"lives":NaN}`, "expected", "/lives"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			status, body, told := answerJSON(t, postText("application/json", tt.text))
			if status != http.StatusBadRequest || told["status"] != 400.0 {
				t.Errorf("status %d, %v in the problem; want 400", status, told["status"])
			}
			if strings.Contains(body, "secret") || strings.Contains(body, "31337") {
				t.Errorf("the refusal tells a value: %s", body)
			}
			if detail, _ := told["detail"].(string); !strings.Contains(detail, tt.wantDetail) {
				t.Errorf("detail %q, want one with %q", detail, tt.wantDetail)
			}
			pointer, _ := told["pointer"].(string)
			if tt.wantPointer != "" && pointer != tt.wantPointer {
				t.Errorf("pointer %q, want %q", pointer, tt.wantPointer)
			}
		})
	}
}

func TestJSONDepth(t *testing.T) {
	for _, depth := range []int{3, 63, 64} {
		if status, body, _ := answerJSON(t, postText("application/json", nested(depth))); status != http.StatusNoContent {
			t.Errorf("depth %d: status %d: %s", depth, status, body)
		}
	}
}

// What only the developer can mend is a 500.
func TestJSONTarget(t *testing.T) {
	for _, target := range []any{nil, cat{}, (*cat)(nil), new(chan int)} {
		err := begin(postText("application/json", `{"name":"Tom"}`)).JSON(target)
		if status(err) != http.StatusInternalServerError {
			t.Errorf("target %T: %v, want an error with status 500", target, err)
		}
	}
}

// Handlers may look closer at why a body was refused.
func TestJSONErrorKeepsCause(t *testing.T) {
	err := begin(postText("application/json", `{"a":1,"a":2}`)).JSON(new(cat))
	refused, ok := errors.AsType[*strictjson.Error](err)
	if !ok || refused.Kind != strictjson.KindDuplicate || refused.Offset != 7 {
		t.Errorf("error %v, want one that wraps a *strictjson.Error", err)
	}
}

func TestJSONTwice(t *testing.T) {
	req := begin(postText("application/json", `{"name":"Tom"}`))
	for range 2 {
		var got cat
		if err := req.JSON(&got); err != nil || got.Name != "Tom" {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if text, err := req.Text(); err != nil || text != `{"name":"Tom"}` {
		t.Errorf("text %q, %v", text, err)
	}
}

// What a short body would become may take 16 times the limit of the body, and not more.
func TestJSONMemory(t *testing.T) {
	type wide struct {
		Items []struct {
			A, B, C, D, E, F, G, H string
			Any                    any `json:"any"`
		} `json:"items"`
		Any any `json:"any"`
	}
	list := func(element string, size int) string {
		return "[" + strings.Repeat(element+",", size/(len(element)+1)) + element + "]"
	}
	for _, tt := range []struct {
		description, text string
		limit             int64
		want              int
	}{
		{"structs", `{"items":` + list(`{}`, 1<<20-100) + `}`, 0, 413},
		{"objects for anything", `{"any":` + list(`{"a":{}}`, 1<<20-100) + `}`, 0, 413},
		{"few", `{"items":` + list(`{"A":"a"}`, 4<<10) + `}`, 0, 0},
		{"few, but more than the limit allows", `{"items":` + list(`{}`, 8<<10) + `}`, 10 << 10, 413},
		{"few with a higher limit", `{"items":` + list(`{}`, 8<<10) + `}`, 100 << 10, 0},
	} {
		t.Run(tt.description, func(t *testing.T) {
			state := request.NewExchange(&request.Settings{Strict: true, MaxBody: tt.limit})
			req := state.Begin(postText("application/json", tt.text))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := req.JSON(new(wide))
			runtime.ReadMemStats(&after)
			if got := status(err); got != tt.want {
				t.Errorf("status %d, %v; want %d", got, err, tt.want)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 8<<20 {
				t.Errorf("%d MiB allocated", got>>20)
			}
		})
	}
}
