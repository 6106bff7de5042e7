package health

import (
	"net/http"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// Serve adds the routes. takesRequests reports whether the app has not been told to stop.
func (c *Checks) Serve(to router.Group, takesRequests func() bool) {
	c.route(to, "live", func() bool { return true })
	c.route(to, "ready", func() bool {
		// A stop may have begun meanwhile.
		return takesRequests() && c.current.Load().passes() && takesRequests()
	})
	c.route(to, "start", func() bool {
		l := c.current.Load()
		return l.started.Load() || takesRequests() && l.passes()
	})
}

// route adds the route that tells what ok reports. It may take any time, for ok has a limit of its own.
func (c *Checks) route(to router.Group, name string, ok func() bool) {
	yes := response.Text("ok").WithHeader("Cache-Control", "no-store")
	no := response.Text("unavailable").WithStatus(http.StatusServiceUnavailable).WithHeader("Cache-Control", "no-store")
	prefix := c.options.Path
	if prefix != "/" {
		prefix += "/"
	}
	to.Get(prefix+name, func(request.Request) response.Response {
		if ok() {
			return yes
		}
		return no
	}).Probe().NoTimeout().Doc(router.Doc{Hidden: true})
}
