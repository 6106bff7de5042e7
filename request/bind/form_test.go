package bind_test

import (
	"encoding/xml"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/requesttest"
)

// A query is read as net/url reads it, as far as that refuses nothing.
func FuzzQuery(f *testing.F) {
	for _, query := range []string{
		"", "a=1", "a=1&b=2", "a=1&a=2", "a=&a=", "a", "%61=%20+", "a=%zz", "=&&a=b=c", "a%3D=1&b=%26", "a=%FF", "b=\xff",
		"A=1", "a[]=1",
	} {
		f.Add(query)
	}
	type input struct {
		A bind.Optional[string] `query:"a"`
		B string                `query:"b"`
	}
	f.Fuzz(func(t *testing.T, query string) {
		if strings.Contains(query, ";") || strings.Count(query, "&") >= request.MaxFormFields {
			return // net/url refuses the first, and this package the second
		}
		want, parseErr := url.ParseQuery(query)
		req := requesttest.Request("GET", "/")
		req.HTTP().URL.RawQuery = query
		got, err := bound[input](t, req)
		a, sent := got.A.Get()
		isText := utf8.ValidString(strings.Join(append(want["a"], want["b"]...), ""))
		switch {
		case parseErr != nil:
		case len(want["a"]) > 1 || len(want["b"]) > 1 || !isText:
			if err == nil {
				t.Errorf("%q: %q and %q were taken from %q", query, a, got.B, want)
			}
		case err != nil || a != want.Get("a") || got.B != want.Get("b") || sent != want.Has("a"):
			t.Errorf("%q: %q and %q, %s; want %q", query, a, got.B, told(err), want)
		}
	})
}

type (
	flat struct {
		Text bind.Optional[string]   `json:"text" validate:"max=9"`
		Int  bind.Optional[int8]     `json:"int" validate:"gte=0"`
		Bool bool                    `json:"bool"`
		List bind.Optional[[]string] `json:"list" validate:"dive,ne=b"`
	}
	flatQuery struct {
		Text bind.Optional[string]   `query:"text" validate:"max=9"`
		Int  bind.Optional[int8]     `query:"int" validate:"gte=0"`
		Bool bool                    `query:"bool"`
		List bind.Optional[[]string] `query:"list" validate:"dive,ne=b"`
	}
	flatForm struct {
		Text bind.Optional[string]   `form:"text" validate:"max=9"`
		Int  bind.Optional[int8]     `form:"int" validate:"gte=0"`
		Bool bool                    `form:"bool"`
		List bind.Optional[[]string] `form:"list" validate:"dive,ne=b"`
	}
	flatFormBody struct {
		In flat `body:"form"`
	}
	flatXMLBody struct {
		In flat `body:"xml"`
	}
)

// The same texts make the same value, or have the same violations, in a query, both kinds of forms, and
// XML.
func FuzzTexts(f *testing.F) {
	f.Add("a b", "5", "true", "x")
	f.Add("é&=+%<>", "+5", "", "")
	f.Add("", "", "0", "\"'")
	f.Add("0123456789", "-1", "1", "b")
	f.Add("]]>", "128", "x", "\x01")
	f.Add("\xff", "1", "off", "\x00")
	f.Fuzz(func(t *testing.T, text, number, flag, item string) {
		values := url.Values{"text": {text}, "int": {number}, "bool": {flag}, "list": {item, text}}
		want, wantErr := bound[flatQuery](t, requesttest.Request("GET", "/", requesttest.With{Query: values}))
		asForm := strings.ReplaceAll(told(wantErr), "query ", "form ")
		if flag != "on" { // which is true in forms only
			got, err := bound[flatForm](t, requesttest.Request("POST", "/", requesttest.With{Form: values}))
			if told(err) != asForm || err == nil && !reflect.DeepEqual(flat(got), flat(want)) {
				t.Errorf("%q: %+v, %s in a form; %+v, %s in a query", values, got, told(err), want, told(wantErr))
			}
			in, err := bound[flatFormBody](t, requesttest.Request("POST", "/", requesttest.With{Form: values}))
			if told(err) != asForm || err == nil && !reflect.DeepEqual(in.In, flat(want)) {
				t.Errorf("%q: %+v, %s in a form body; %+v, %s in a query", values, in, told(err), want, told(wantErr))
			}
		}
		if text, ok := xmlOf(values); ok {
			in, err := bound[flatXMLBody](t, post(xmlType, text))
			if told(err) != strings.ReplaceAll(told(wantErr), "query ", "body /") || err == nil && !reflect.DeepEqual(in.In, flat(want)) {
				t.Errorf("%q: %+v, %s in XML; %+v, %s in a query", values, in, told(err), want, told(wantErr))
			}
		}
	})
}

// Arbitrary bytes never panic, and what was accepted of them is the same when it is written as XML
// again.
func FuzzXML(f *testing.F) {
	for _, text := range []string{
		"<x/>", "<x><text>a</text><int> 5 </int><bool>1</bool><list>a</list><list/></x>",
		`<x text="a" int="+5" bool="true" list="a"/>`,
		"<x><text>&#65;<![CDATA[<b>]]><!-- c --></text></x>", "<!DOCTYPE x><x/>",
		"<a:x xmlns:a='u'><a:text>é</a:text></a:x>", "<x>", "<x/><x/>",
		"<x><text>a\r\nb</text><list>\t</list></x>", "<x><text><y/></text></x>", "\ufeff<x/>", "<?xml version='1.0'?><x/>",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := bound[flatXMLBody](t, post(xmlType, text))
		if err != nil {
			return
		}
		values := url.Values{"bool": {strconv.FormatBool(first.In.Bool)}, "list": first.In.List.Or(nil)}
		if s, sent := first.In.Text.Get(); sent {
			values.Set("text", s)
		}
		if n, sent := first.In.Int.Get(); sent {
			values.Set("int", strconv.Itoa(int(n)))
		}
		written, ok := xmlOf(values)
		if !ok {
			return
		}
		second, err := bound[flatXMLBody](t, post(xmlType, written))
		if err != nil || !reflect.DeepEqual(first, second) {
			t.Errorf("%q binds to %+v, and %q to %+v, %s", text, first, written, second, told(err))
		}
	})
}

// xmlOf writes texts as XML, if it can hold them: it has no control characters, and numbers may
// have white space around them.
func xmlOf(values url.Values) (string, bool) {
	var b strings.Builder
	b.WriteString("<x>")
	for _, name := range slices.Sorted(maps.Keys(values)) { // as Encode does
		for _, v := range values[name] {
			b.WriteString("<" + name + ">")
			_ = xml.EscapeText(&b, []byte(v))
			b.WriteString("</" + name + ">")
			if !utf8.ValidString(v) || name != "text" && name != "list" && strings.TrimSpace(v) != v {
				return "", false
			}
		}
	}
	return b.String() + "</x>", !strings.Contains(b.String(), "\ufffd")
}
