package main

import (
	"bufio"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
)

// fiberServer is the server of fiber, which is built on fasthttp and so has a
// request and response of its own instead of net/http's.
type fiberServer struct {
	app *fiber.App
}

func (s fiberServer) client(calls []call) (client, error) {
	c := &fastClient{handler: s.app.Handler()}
	for _, call := range calls {
		r := &fastRequest{ctx: &fasthttp.RequestCtx{}, cookie: call.cookie, query: call.query()}
		if err := r.ctx.Request.Read(bufio.NewReader(strings.NewReader(call.wire()))); err != nil {
			return nil, err
		}
		c.requests = append(c.requests, r)
	}
	return c, nil
}

// fastRequest is a request, with its response, that is sent more than once.
type fastRequest struct {
	ctx    *fasthttp.RequestCtx
	cookie string
	query  string
}

// fastClient is the client of a fasthttp handler.
type fastClient struct {
	handler  fasthttp.RequestHandler
	requests []*fastRequest
}

// send resets what fasthttp's server resets between two requests of one
// connection. The request itself stays parsed, as it does for net/http, but
// for its cookies and its query: fasthttp parses them once per request and
// keeps them, while net/http parses them on demand, so each request gets them
// unparsed again. The body is a slice here, which no reading uses up.
func (c *fastClient) send(r *fastRequest) {
	r.ctx.Response.Reset()
	r.ctx.ResetUserValues()
	if r.cookie != "" {
		r.ctx.Request.Header.DelAllCookies()
		r.ctx.Request.Header.Set(fasthttp.HeaderCookie, r.cookie)
	}
	if r.query != "" {
		r.ctx.Request.URI().SetQueryString(r.query)
	}
	c.handler(r.ctx)
}

func (c *fastClient) run(n int) {
	for range n {
		for _, r := range c.requests {
			c.send(r)
		}
	}
}

func (c *fastClient) answer(i int) answer {
	c.send(c.requests[i])
	response := &c.requests[i].ctx.Response
	header := http.Header{}
	for key, value := range response.Header.All() {
		header.Add(string(key), string(value))
	}
	return answer{status: response.StatusCode(), header: header, body: string(response.Body())}
}
