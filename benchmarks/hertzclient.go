package main

import (
	"context"
	"net/http"

	"github.com/cloudwego/hertz/pkg/app"
	hertz "github.com/cloudwego/hertz/pkg/app/server"
	"github.com/cloudwego/hertz/pkg/common/test/mock"
	"github.com/cloudwego/hertz/pkg/protocol/http1/req"
)

// hertzServer is the server of hertz, which has a request and response of its
// own.
type hertzServer struct {
	app *hertz.Hertz
}

func (s hertzServer) client(calls []call) (client, error) {
	c := &hertzClient{app: s.app, background: context.Background()}
	for _, call := range calls {
		r := &hertzRequest{ctx: s.app.NewContext(), query: call.query()}
		if err := req.Read(&r.ctx.Request, mock.NewZeroCopyReader(call.wire())); err != nil {
			return nil, err
		}
		c.requests = append(c.requests, r)
	}
	return c, nil
}

// hertzRequest is a request, with its response, that is sent more than once.
type hertzRequest struct {
	ctx   *app.RequestContext
	query string
}

// hertzClient is the client of a hertz app.
type hertzClient struct {
	app        *hertz.Hertz
	background context.Context
	requests   []*hertzRequest
}

// send resets what hertz's server resets between two requests of one
// connection, but leaves the request parsed, in the same way as for fasthttp.
func (c *hertzClient) send(r *hertzRequest) {
	r.ctx.Params = r.ctx.Params[:0]
	r.ctx.Errors = r.ctx.Errors[:0]
	r.ctx.Keys = nil
	r.ctx.SetIndex(-1)
	r.ctx.Response.Reset()
	if r.query != "" {
		r.ctx.Request.URI().SetQueryString(r.query)
	}
	c.app.ServeHTTP(c.background, r.ctx)
}

func (c *hertzClient) run(n int) {
	for range n {
		for _, r := range c.requests {
			c.send(r)
		}
	}
}

func (c *hertzClient) answer(i int) answer {
	c.send(c.requests[i])
	response := &c.requests[i].ctx.Response
	header := http.Header{}
	response.Header.VisitAll(func(key, value []byte) { header.Add(string(key), string(value)) })
	return answer{status: response.StatusCode(), header: header, body: string(response.Body())}
}
