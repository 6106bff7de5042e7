package requesttest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// With is what a request carries beyond its method and path. The zero value adds nothing. At most
// one of JSON, Form and Body may be set; Files are part of the form. A request can have several Withs, such as one of its
// own and that of authtest.As: it carries everything then. One of them may have a body, and of headers with the same
// name the last one counts.
type With struct {
	Query url.Values // added to the query of the path
	// Header is set after everything else, also after [Client.WithHeader]; a name without values is not sent. A Cookie in it replaces the
	// kept cookies of the same names; a Cookie without values removes all of them.
	Header http.Header
	JSON   any        // the body, encoded, as application/json
	Form   url.Values // the body, as application/x-www-form-urlencoded, or with Files as multipart/form-data
	Files  []File     // the files of a form, behind its values; if it is not nil, the form is multipart/form-data
	Body   io.Reader  // the body as it is; set its Content-Type in Header
	// Pattern is for the function Request: the pattern of the route whose parameters the request
	// has.
	Pattern string
	// FollowRedirects makes the client go where redirects lead, at most ten times, and return the
	// last answer.
	FollowRedirects bool
}

// Response is the answer to a request, read to its end.
type Response struct {
	t       testing.TB
	Status  int
	Header  http.Header
	Body    []byte
	Cookies []*http.Cookie // those set by this response
	URL     *url.URL       // what was asked for, after redirects
}

// Get sends a GET request to a path, which may have a query.
func (c *Client) Get(path string, with ...With) *Response {
	c.t.Helper()
	return c.Do(http.MethodGet, path, with...)
}

// Head sends a HEAD request.
func (c *Client) Head(path string, with ...With) *Response {
	c.t.Helper()
	return c.Do(http.MethodHead, path, with...)
}

// Post sends a POST request.
func (c *Client) Post(path string, with ...With) *Response {
	c.t.Helper()
	return c.Do(http.MethodPost, path, with...)
}

// PostForm sends a form as a browser does: as application/x-www-form-urlencoded, or with files as multipart/form-data, the
// values first.
func (c *Client) PostForm(path string, form url.Values, files ...File) *Response {
	c.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	return c.Post(path, With{Form: form, Files: files})
}

// Put sends a PUT request.
func (c *Client) Put(path string, with ...With) *Response {
	c.t.Helper()
	return c.Do(http.MethodPut, path, with...)
}

// Patch sends a PATCH request.
func (c *Client) Patch(path string, with ...With) *Response {
	c.t.Helper()
	return c.Do(http.MethodPatch, path, with...)
}

// Delete sends a DELETE request.
func (c *Client) Delete(path string, with ...With) *Response {
	c.t.Helper()
	return c.Do(http.MethodDelete, path, with...)
}

// Options sends an OPTIONS request.
func (c *Client) Options(path string, with ...With) *Response {
	c.t.Helper()
	return c.Do(http.MethodOptions, path, with...)
}

// Do sends a request of any method and returns the answer, whatever its status. No answer, or one
// that is cut off, ends the test; see [Client.Try].
func (c *Client) Do(method, path string, with ...With) *Response {
	c.t.Helper()
	resp, err := c.Try(method, path, with...)
	if err != nil {
		c.t.Fatalf("requesttest: %s %s: %v", method, path, err)
	}
	return resp
}

// Try is Do for tests in which the connection may be cut, and for goroutines other than the test's
// own. With the error it returns what came before the cut, or nil.
func (c *Client) Try(method, path string, with ...With) (*Response, error) {
	req, w, err := newRequest(method, c.base, path, c.header, with)
	if err != nil {
		return nil, err
	}
	if !c.oldBrowser {
		comeFromOwnPage(req.Header)
	}
	client := *c.http
	client.Jar = jarFor(client.Jar, req)
	if w.FollowRedirects {
		client.CheckRedirect = nil
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return &Response{
		t: c.t, Status: resp.StatusCode, Header: resp.Header, Body: body, Cookies: resp.Cookies(), URL: resp.Request.URL,
	}, err
}

// comeFromOwnPage adds the header that a browser sends for a page of the app, unless the test has set or
// removed it, or has set Origin.
func comeFromOwnPage(h http.Header) {
	_, hasSite := h["Sec-Fetch-Site"]
	_, hasOrigin := h["Origin"]
	if !hasSite && !hasOrigin {
		h.Set("Sec-Fetch-Site", "same-origin")
	}
}

// Cookies returns the cookies that the client would send to a path.
func (c *Client) Cookies(path string) []*http.Cookie {
	u, err := url.Parse(c.base + path)
	if err != nil {
		c.t.Fatalf("requesttest: path %q: %v", path, err)
	}
	return c.http.Jar.Cookies(u)
}

// SetCookie makes the client send a cookie, as if the app had set it.
func (c *Client) SetCookie(cookie *http.Cookie) {
	u, err := url.Parse(c.base)
	if err != nil {
		c.t.Fatalf("requesttest: %v", err)
	}
	c.http.Jar.SetCookies(u, []*http.Cookie{cookie})
}

// Text returns the body as text.
func (r *Response) Text() string { return string(r.Body) }

// JSON decodes the body into target, a pointer. A body that does not fit ends the test.
func (r *Response) JSON(target any) {
	r.t.Helper()
	if err := json.Unmarshal(r.Body, target); err != nil {
		r.t.Fatalf("requesttest: body %q as JSON: %v", r.Body, err)
	}
}

// Cookie returns the cookie of a name that this response sets, nil without one.
func (r *Response) Cookie(name string) *http.Cookie {
	for _, c := range r.Cookies {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// newRequest returns the request that the arguments describe. header is that of all requests of a client.
func newRequest(method, base, path string, header http.Header, with []With) (*http.Request, With, error) {
	w, err := merge(with)
	if err != nil {
		return nil, w, err
	}
	body, contentType, err := w.body()
	if err != nil {
		return nil, w, err
	}
	if !strings.HasPrefix(path, "/") {
		return nil, w, fmt.Errorf("path %q does not start with a slash", path)
	}
	req, err := http.NewRequest(method, base+path, body)
	if err != nil {
		return nil, w, err
	}
	if len(w.Query) > 0 {
		req.URL.RawQuery = strings.TrimPrefix(req.URL.RawQuery+"&"+w.Query.Encode(), "&")
	}
	maps.Copy(req.Header, header)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for name, values := range w.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
		req.Header.Del("Host")
	}
	return req, w, nil
}

// merge returns what several Withs carry together.
func merge(with []With) (With, error) {
	if len(with) == 1 {
		return with[0], nil
	}
	all := With{Query: url.Values{}, Header: http.Header{}}
	for _, w := range with {
		if all.hasBody() && w.hasBody() {
			return all, errors.New("only one With may have a body")
		}
		if w.hasBody() {
			all.JSON, all.Form, all.Files, all.Body = w.JSON, w.Form, w.Files, w.Body
		}
		for name, values := range w.Query {
			all.Query[name] = append(all.Query[name], values...)
		}
		for name, values := range w.Header {
			all.Header[http.CanonicalHeaderKey(name)] = values
		}
		all.Pattern = cmp.Or(w.Pattern, all.Pattern)
		all.FollowRedirects = all.FollowRedirects || w.FollowRedirects
	}
	return all, nil
}

func (w With) hasBody() bool {
	return w.JSON != nil || w.Form != nil || w.Files != nil || w.Body != nil
}

// body returns the body and its content type.
func (w With) body() (io.Reader, string, error) {
	set := 0
	for _, is := range []bool{w.JSON != nil, w.Form != nil || w.Files != nil, w.Body != nil} {
		if is {
			set++
		}
	}
	switch {
	case set > 1:
		return nil, "", errors.New("set one of JSON, Form and Body; Files are part of the form")
	case w.JSON != nil:
		b, err := json.Marshal(w.JSON)
		return bytes.NewReader(b), "application/json", err
	case w.Files != nil:
		b, contentType, err := multipartForm(w.Form, w.Files)
		return bytes.NewReader(b), contentType, err
	case w.Form != nil:
		return strings.NewReader(w.Form.Encode()), "application/x-www-form-urlencoded", nil
	}
	return w.Body, "", nil
}
