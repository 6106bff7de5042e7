package compress

import (
	"log/slog"
	"net/http"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// compressor is the middleware with its options.
type compressor struct {
	minBytes int
	types    typeList
	personal Personal
	names    []string // of the codings
	codings  []*coding
	streams  chan struct{} // has a value for each stream that is compressed
}

// coding is a way to compress, and the headers of answers compressed that way.
type coding struct {
	*Pool
	headers response.Response
}

func (c *compressor) middleware(next router.Handler) router.Handler {
	return func(req request.Request) response.Response {
		resp := next(req)
		if response.StateOf(resp).NeedsPage() {
			resp = request.StateOf(req).Complete(resp)
		}
		if router.IsUncompressed(req) {
			return resp
		}
		return c.answer(req, resp)
	}
}

// answer returns the answer in place of resp.
func (c *compressor) answer(req request.Request, resp response.Response) response.Response {
	state := response.StateOf(resp)
	switch {
	case state.IsFile():
		return resp
	case state.HasBody():
		return state.WrapBody(c.wrap)
	case resp.Status() == http.StatusNotModified:
		return c.notModified(request.StateOf(req).Source(), resp)
	}
	values := func(name string) []string {
		if resp.Header(name) == "" { // as nearly always
			return nil
		}
		return resp.HeaderValues(name)
	}
	content, _ := resp.Content()
	hr := request.StateOf(req).Source()
	isShort := len(content) < c.minBytes
	if content == "" && hr.Method == http.MethodHead { // its handler may know what a GET would get
		isShort = c.announcesLess(values("Content-Length"))
	}
	if isShort || !c.couldBe(resp.Status(), resp.Header("Content-Type"), values) {
		return resp
	}
	coding := c.choose(hr, state.SetsCookie(), values)
	switch {
	case coding == nil:
		return resp.WithHeadersOf(vary)
	case hr.Method == http.MethodHead: // the length is that of a GET or unknown, RFC 9110 section 8.6
		return weakened(response.StateOf(resp.WithHeadersOf(vary)).WithoutLength())
	}
	return coding.compress(req, resp, content)
}

// compress returns the answer with its content compressed, or as it is if that is not smaller.
func (c *coding) compress(req request.Request, resp response.Response, content string) response.Response {
	ctx := request.StateOf(req).Context()
	b, err := c.Encode(ctx, content)
	if err != nil && ctx.Err() == nil {
		req.Logger().LogAttrs(ctx, slog.LevelError, "response not compressed", slog.String("path", req.Path()), slog.Any("error", err))
	}
	if b == nil {
		return resp.WithHeadersOf(vary)
	}
	return weakened(response.StateOf(resp.WithHeadersOf(c.headers)).WithBytes(b))
}

// weakened returns a response with a weak tag in place of a strong one.
func weakened(resp response.Response) response.Response {
	if tag, ok := weak(resp.Header("Etag")); ok {
		return resp.WithHeader("Etag", tag)
	}
	return resp
}

// notModified returns a 304 with the headers that the 200 would have: the tag by which the client knows a compressed
// answer, and Vary (RFC 9110 section 15.4.5). The type of the content may be unknown, for a 304 has none.
func (c *compressor) notModified(hr *http.Request, resp response.Response) response.Response {
	t := resp.Header("Content-Type")
	if t != "" && !c.types.has(t) || lists(resp.HeaderValues("Cache-Control"), "no-transform") {
		return resp
	}
	resp = resp.WithHeadersOf(vary)
	tag, err := header.ParseETag(resp.Header("Etag"))
	if err != nil || tag.Weak {
		return resp
	}
	known, _, err := header.ParseETags(http1.ListOf(hr, "If-None-Match"))
	if err != nil {
		return resp
	}
	hasWeak := false
	for _, k := range known {
		if k == tag {
			return resp
		}
		hasWeak = hasWeak || k.WeakMatch(tag)
	}
	if hasWeak {
		return weakened(resp)
	}
	return resp
}
