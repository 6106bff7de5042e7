package conformance_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// human is somebody with a browser who visits the pages of a provider, and fills in its forms.
type human struct {
	t      *testing.T
	client *http.Client
	site   string
}

func newHuman(t *testing.T, site string) *human {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &human{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, site}
}

// answer is what the browser is to send to the app.
type answer struct {
	path string
	form url.Values // nil for a GET request
}

var (
	formTag  = regexp.MustCompile(`(?is)<form[^>]*>.*?</form>`)
	inputTag = regexp.MustCompile(`(?is)<(?:input|button)[^>]*>`)
)

func attribute(tag, name string) string {
	m := regexp.MustCompile(`(?is)\s` + name + `\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*))`).FindStringSubmatch(tag)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1] + m[2] + m[3])
}

// visit goes where an address of the provider leads, until that is the app.
func (h *human) visit(address string) answer {
	h.t.Helper()
	var form url.Values
	at, err := url.Parse(address)
	if err != nil {
		h.t.Fatal(err)
	}
	for range 20 {
		if strings.HasPrefix(at.String(), h.site+"/") {
			return answer{at.RequestURI(), form}
		}
		resp, body := h.load(at, form)
		if location := resp.Header.Get("Location"); location != "" {
			if at, err = at.Parse(location); err != nil {
				h.t.Fatal(err)
			}
			form = nil
			continue
		}
		at, form = h.fillIn(at, resp.StatusCode, body)
	}
	h.t.Fatal("the provider sends the browser round in circles")
	return answer{}
}

func (h *human) load(at *url.URL, form url.Values) (*http.Response, string) {
	h.t.Helper()
	var resp *http.Response
	var err error
	if form == nil {
		resp, err = h.client.Get(at.String())
	} else {
		resp, err = h.client.PostForm(at.String(), form)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp, string(body)
}

// fillIn returns where the first form of a page goes, and what it says.
func (h *human) fillIn(at *url.URL, status int, body string) (*url.URL, url.Values) {
	h.t.Helper()
	form := formTag.FindString(body)
	if form == "" {
		h.t.Fatalf("%s: %d, no form in\n%s", at.Path, status, body)
	}
	target, err := at.Parse(attribute(form, "action"))
	if err != nil {
		h.t.Fatal(err)
	}
	values := url.Values{}
	fields := inputTag.FindAllString(form, -1)
	for _, tag := range inputTag.FindAllString(body, -1) { // a button may stand elsewhere and name its form
		if attribute(tag, "form") != "" && attribute(tag, "form") == attribute(form, "id") && len(values) == 0 {
			values.Set(attribute(tag, "name"), attribute(tag, "value"))
		}
	}
	for _, tag := range fields {
		switch name := attribute(tag, "name"); name {
		case "":
		case "username", "login":
			values.Set(name, "test-user@localhost")
		case "password":
			values.Set(name, "verysecure")
		default:
			values.Set(name, attribute(tag, "value"))
		}
	}
	return target, values
}
