package router

import (
	"reflect"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/upload"
	"github.com/soay-go/soay/response"
)

// Settings of routes, with the types of their values. A group's setting is that of all its routes, whenever
// they are registered, unless a route or an inner group has its own. Other packages make settings of their
// own with [request.NewRouteKey] and need no method here.

// settings are embedded in what can have some, which makes it a [request.RouteScope].
type settings = request.RouteSettings

var (
	cacheControl      = request.NewRouteKey[response.CacheControl]("CacheControl")
	ignoreAntiForgery = request.NewRouteKey[bool]("IgnoreAntiForgery")
	probe             = request.NewRouteKey[bool]("Probe")
	tags              = request.NewRouteKey[[]string]("Tags")
	timeout           = request.NewRouteKey[time.Duration]("Timeout")
	typedHandler      = request.NewRouteKey[typedKind]("Typed")
	uncompressed      = request.NewRouteKey[bool]("Uncompressed")
)

// MaxBody sets how many bytes a request body may have on this route, in place of the limit of its groups
// and the app.
func (r *Route) MaxBody(bytes int64) *Route { r.router.setMaxBody(r, bytes); return r }

// MaxBody sets how many bytes a request body may have on the routes of the group.
func (g Group) MaxBody(bytes int64) Group { g.g.router.setMaxBody(g, bytes); return g }

func (r *Router) setMaxBody(on request.RouteScope, bytes int64) {
	if bytes <= 0 {
		r.fail("MaxBody: %d is not positive", bytes)
		return
	}
	request.SetMaxBody(on, bytes)
}

// Uploads sets the limits of forms with files on this route, in place of those of its groups; a zero field has its default.
// The body may have limits.MaxBytes, 32 MiB by default, in place of the limit of the app. On a typed route the default is
// what the tags of its files allow together, and 32 MiB at least. MaxBody, also that of a group, has precedence. A negative
// limit is a mistake that the start reports.
func (r *Route) Uploads(limits upload.Limits) *Route { r.router.setUploads(r, limits); return r }

// Uploads sets the limits of forms with files on the routes of the group, see [Route.Uploads].
func (g Group) Uploads(limits upload.Limits) Group { g.g.router.setUploads(g, limits); return g }

func (r *Router) setUploads(on request.RouteScope, limits upload.Limits) {
	if err := limits.Check(); err != nil {
		for _, e := range Unjoin(err) {
			r.fail("Uploads: %w", e)
		}
		return
	}
	request.SetUploads(on, limits)
}

// IgnoreAntiForgery exempts the route from the check against forged requests: for one with another
// proof of who sends, such as a signed webhook. It shows in App.Routes.
func (r *Route) IgnoreAntiForgery() *Route { ignoreAntiForgery.Set(r, true); return r }

// IgnoreAntiForgery exempts the routes of the group from the check against forged requests.
func (g Group) IgnoreAntiForgery() Group { ignoreAntiForgery.Set(g, true); return g }

// IgnoresAntiForgery reports whether the route of a request is exempt from the check against forged
// requests, for the framework.
func IgnoresAntiForgery(req request.Request) bool { return ignoreAntiForgery.Of(req) }

// Probe makes the route one for health checks, which reach the app by an address of their own and over http: it
// answers for any host, is not redirected to https, has no limits and asks nobody who they are. It shows in App.Routes. Let its handler tell nothing that
// strangers must not know.
func (r *Route) Probe() *Route {
	if len(authRules.Along(r.settings).Rules) > 0 {
		r.router.fail("Probe: Auth was called, too; everybody may use a route for health checks")
	}
	probe.Set(r, true)
	return r
}

// IsProbe reports whether the route of a request is one for health checks, for the framework: middleware
// that refuses requests for what clients have done does not refuse these.
func IsProbe(req request.Request) bool { return probe.Of(req) }

// IsProbe reports whether the route is one for health checks.
func (i Info) IsProbe() bool {
	on, _ := i.Settings[probe.String()].(bool)
	return on
}

// Timeout gives the handler of the route and the middleware of app.Use, of its groups and of the route so much time to return
// their response. It takes the place of the time of its groups and the app. When the time is over, the client gets 503 and the
// context of the request ends; the handler goes on with a request that has ended. A stream may take longer: the time ends
// when the handler returns its Response. To set it twice is a mistake that the start reports.
func (r *Route) Timeout(d time.Duration) *Route { r.router.setTimeout(r, "Timeout", d); return r }

// Timeout gives the handlers of the routes of the group so much time, see [Route.Timeout].
func (g Group) Timeout(d time.Duration) Group { g.g.router.setTimeout(g, "Timeout", d); return g }

// NoTimeout lets the handler of the route take any time, whatever its groups and the app say.
func (r *Route) NoTimeout() *Route { r.router.setTimeout(r, "NoTimeout", 0); return r }

// NoTimeout lets the handlers of the routes of the group take any time, whatever the app says.
func (g Group) NoTimeout() Group { g.g.router.setTimeout(g, "NoTimeout", 0); return g }

// setTimeout sets the time of NoTimeout, which is 0, or that of another call.
func (r *Router) setTimeout(on request.RouteScope, call string, d time.Duration) {
	switch _, twice := request.SettingsAlong(request.SettingsOf(on))[timeout.String()]; {
	case d <= 0 && call != "NoTimeout":
		r.fail("%s: %v is not positive", call, d)
	case twice:
		r.fail("%s: there is a time already, or none by NoTimeout", call)
	default:
		timeout.Set(on, d)
		r.timed = r.timed || d > 0
	}
}

// SetTimeout is [Group.Timeout] for all routes, by the name of another call. It is for the framework.
func (r *Router) SetTimeout(call string, d time.Duration) { r.setTimeout(r.Root(), call, d) }

// HasTimeouts reports whether any routes have a time. It is for the framework.
func (r *Router) HasTimeouts() bool { return r.timed }

// TimeoutOf returns the time that the handler of a request has, 0 for any time. It is for the framework.
func TimeoutOf(req request.Request) time.Duration { return timeout.Of(req) }

// Timeout returns the time that the handler of the route has, 0 for any time.
func (i Info) Timeout() time.Duration {
	d, _ := i.Settings[timeout.String()].(time.Duration)
	return d
}

// CacheControl is the Cache-Control of the answers of the route to GET and HEAD, those with a status from 200 to 299 and 304,
// which say nothing of caches themselves. It takes the place of that of its groups. An answer that depends on a session is
// private all the same. One that contradicts itself is a mistake that the start reports.
func (r *Route) CacheControl(c response.CacheControl) *Route { cacheControl.Set(r, c); return r }

// CacheControl is that of the answers of the routes of the group, see [Route.CacheControl].
func (g Group) CacheControl(c response.CacheControl) Group { cacheControl.Set(g, c); return g }

// Uncompressed keeps the answers of the route as they are in an app that compresses: for content that is compressed
// already, or one whose length must tell nothing.
func (r *Route) Uncompressed() *Route { uncompressed.Set(r, true); return r }

// Uncompressed keeps the answers of the routes of the group as they are, see [Route.Uncompressed].
func (g Group) Uncompressed() Group { uncompressed.Set(g, true); return g }

// IsUncompressed reports whether the answers to a request stay as they are. It is for the framework.
func IsUncompressed(req request.Request) bool { return uncompressed.Of(req) }

// Tags sets the tags under which the description of the API lists the routes of the group and of
// its inner groups, unless they have tags of their own.
func (g Group) Tags(names ...string) Group {
	if len(names) > 0 {
		tags.Set(g, names)
	}
	return g
}

// IsTyped reports whether the handler of a request's route states its input and output in types, so that
// clients are likely to be programs. It is for the framework.
func IsTyped(req request.Request) bool { return typedHandler.Of(req) != "" }

// SendsData reports whether the handler of a request's route is typed and returns data rather than a
// [response.Response], which may well be a page. It is for the framework.
func SendsData(req request.Request) bool { return typedHandler.Of(req) == returnsData }

// typedKind says what a typed handler returns, "" for another handler.
type typedKind string

const (
	returnsData     typedKind = "data"
	returnsResponse typedKind = "response"
)

// kindOf returns the kind of handlers with an output.
func kindOf(out reflect.Type) typedKind {
	if out == responseType {
		return returnsResponse
	}
	return returnsData
}
