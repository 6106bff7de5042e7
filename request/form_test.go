package request_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

const formType = "application/x-www-form-urlencoded"

func TestForm(t *testing.T) {
	for _, tt := range []struct {
		description, contentType, text string
		want                           url.Values
	}{
		{"fields", formType, "name=Tom&lives=9", url.Values{"name": {"Tom"}, "lives": {"9"}}},
		{"with a charset", formType + "; charset=UTF-8", "a=1", url.Values{"a": {"1"}}},
		{"type in another case", "Application/X-WWW-Form-Urlencoded", "a=1", url.Values{"a": {"1"}}},
		{"empty body", formType, "", url.Values{}},
		{"empty values", formType, "a=&b&c=1", url.Values{"a": {""}, "b": {""}, "c": {"1"}}},
		{"repeated", formType, "a=1&b=2&a=3", url.Values{"a": {"1", "3"}, "b": {"2"}}},
		{"plus and percent", formType, "a+b=1+2%2B%26%C3%A9", url.Values{"a b": {"1 2+&é"}}},
		{"semicolons are data", formType, "a=1;b=2", url.Values{"a": {"1;b=2"}}},
		{"equal signs are data", formType, "a=b=c", url.Values{"a": {"b=c"}}},
		{"line breaks are data", formType, "a=1%0D%0A2", url.Values{"a": {"1\r\n2"}}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			req := begin(postText(tt.contentType, tt.text))
			for range 2 {
				got, err := req.Form()
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				got.Set("a", "changed by the caller")
			}
		})
	}
}

func TestFormRefused(t *testing.T) {
	fields := func(n int) string { return strings.Repeat("&a=secret", n)[1:] }
	for _, tt := range []struct {
		description, contentType, text string
		wantStatus                     int
		wantDetail                     string
	}{
		{"1,000 fields", formType, fields(1_000), 0, ""},
		{"1,001 fields", formType, fields(1_001), 400, "too many"},
		{"1,001 fields without values", formType, strings.Repeat("a&", 1_000) + "a", 400, "too many"},
		{"bad percent", formType, "a=secret%zz", 400, "encoded"},
		{"cut off percent", formType, "a=secret%4", 400, "encoded"},
		{"bad percent in a name", formType, "%secret=1", 400, "encoded"},
		{"invalid UTF-8", formType, "a=secret%ff", 400, "encoded"},
		{"invalid UTF-8 in a name", formType, "%c3=secret", 400, "encoded"},
		{"invalid UTF-8 as it is", formType, "a=secret\xff", 400, "UTF-8"},
		{"no type", "", "a=secret", 415, "x-www-form-urlencoded"},
		{"JSON", "application/json", `{"a":"secret"}`, 415, "x-www-form-urlencoded"},
		{"text", "text/plain", "a=secret", 415, "x-www-form-urlencoded"},
		{"multipart that breaks off", "multipart/form-data; boundary=x", "--x-", 400, "ends before its last boundary"},
		{"multipart with a file", "multipart/form-data; boundary=x",
			"--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\nb\r\n--x--", 400, "must not have files"},
		{"multipart without a boundary", "Multipart/Form-Data", "--x--", 400, "boundary"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			body := &countingBody{src: strings.NewReader(tt.text)}
			got, err := begin(post(tt.contentType, body, int64(len(tt.text)))).Form()
			if status(err) != tt.wantStatus || (got == nil) != (err != nil) {
				t.Fatalf("%d fields, error %v; want status %d", len(got), err, tt.wantStatus)
			}
			if tt.wantStatus == 0 {
				return
			}
			told := problem.From(err).Detail
			if !strings.Contains(told, tt.wantDetail) || strings.Contains(told, "secret") {
				t.Errorf("the client is told %q, want something with %q and no value", told, tt.wantDetail)
			}
			if tt.wantStatus == 415 && body.read > 0 {
				t.Errorf("%d bytes were read of a body that nobody wants", body.read)
			}
		})
	}
}

func TestFormInApp(t *testing.T) {
	app := newApp()
	app.Post("/", func(req soay.Request) soay.Response {
		form, err := req.Form()
		if err != nil {
			return response.Error(err)
		}
		return response.Text(form.Encode())
	})
	for _, tt := range []struct {
		description, contentType string
		wantStatus               int
		want                     string
	}{
		{"form", formType, 200, "a=1"},
		{"multipart that is none", "multipart/form-data; boundary=x", 400, "400 Bad Request: The form ends before its last boundary.\n"},
		{"another type", "text/csv", 415,
			"415 Unsupported Media Type: The content type must be " + formType + " or multipart/form-data.\n"},
	} {
		w := serve(app, postText(tt.contentType, "a=1"))
		if w.Code != tt.wantStatus || w.Body.String() != tt.want {
			t.Errorf("%s: %d %q, want %d %q", tt.description, w.Code, w.Body, tt.wantStatus, tt.want)
		}
	}
}

// A form that is read has what package url reads, and encoding it again changes nothing.
func FuzzForm(f *testing.F) {
	f.Add("a=1&b=2&a=3")
	f.Add("a+b=%zz&&;")
	f.Add("=%ff&a;b=\xff")
	f.Fuzz(func(t *testing.T, text string) {
		form, err := begin(postText(formType, text)).Form()
		if err != nil {
			if s := status(err); s != http.StatusBadRequest && s != http.StatusRequestEntityTooLarge {
				t.Errorf("error %v, want one with status 400", err)
			}
			if std, err := url.ParseQuery(text); err == nil && len(text) < 1_000 && utf8.ValidString(fmt.Sprint(std)) {
				t.Errorf("refused; package url reads %q", std)
			}
			return
		}
		if std, err := url.ParseQuery(text); err == nil {
			if diff := cmp.Diff(std, form); diff != "" {
				t.Errorf("package url against Form (-want +got):\n%s", diff)
			}
		}
		again, err := begin(postText(formType, form.Encode())).Form()
		if diff := cmp.Diff(form, again); diff != "" || err != nil {
			t.Errorf("encoded and read again: %v (-want +got):\n%s", err, diff)
		}
	})
}
