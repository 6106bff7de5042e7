package main

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/gofiber/fiber/v3"
	"github.com/labstack/echo/v4"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// The time limits of Soay that net/http has as well.
const (
	soayHeaderTimeout = 5 * time.Second
	soayIdleTimeout   = 75 * time.Second
)

// A contestant is a server of the part end to end.
type contestant struct {
	framework
	// set, if there is one, changes settings of the process that serves, before
	// the app is built.
	set func()
}

// contestants lists the servers in the order of the table.
func contestants() []contestant {
	list := []contestant{
		{framework: servedSoay(soayName)},
		{framework: servedSoay("soay, standard server"), set: func() { soayOptions.StandardServer = true }},
		{framework: servedNetHTTP()},
		{framework: framework{name: "net/http with timeouts", plain: func() server {
			return timedServer{mux("GET "+plainPath, plainHandler)}
		}}},
		{framework: servedGin()},
		{framework: servedEcho()},
		{framework: servedChi()},
		{framework: servedFiber()},
		{framework: servedHertz()},
		{framework: framework{name: gorillaName, module: gorillaSessions().module, ring: gorillaSessions().ring}},
		{framework: framework{name: rawName, plain: func() server { return rawServer{} }}},
		{framework: withoutTelemetry(servedSoay(soayName))},
		{framework: withoutTelemetry(servedNetHTTP())},
	}
	for i, c := range list {
		list[i].framework = withTelemetry(c.framework)
		if serve := c.static; serve != nil {
			list[i].folder = func() server { return serve(workFolder) }
		}
	}
	return list
}

// The names that rows and goals refer to.
const (
	netHTTPName = "net/http"
	gorillaName = "gorilla/sessions"
	ginName     = "gin"
	echoName    = "echo"
	fiberName   = "fiber"
	hertzName   = "hertz"
	rawName     = "raw TCP"
)

// The frameworks have files here, which no row in one process has.

// servedSoay gives Soay by a name, for it can serve in more than one way.
func servedSoay(name string) framework {
	f := soayFramework()[0]
	f.name = name
	f.big, f.upload = soayBig, soayUpload
	f.file = func() server {
		app := newSoay()
		app.Get(filePath, func(soay.Request) soay.Response { return response.File(servedFile()) })
		app.Get(plainPath, soayPlain)
		return soayServer{app}
	}
	return f
}

// servedNetHTTP also binds: with the standard library's JSON and the validator
// that the others have.
func servedNetHTTP() framework {
	f := netHTTP()
	f.big, f.upload = netHTTPBig, netHTTPUpload
	f.bind = func() server { return mux("POST "+usersPath, bindHandler()) }
	f.file = func() server {
		m := http.NewServeMux()
		m.HandleFunc("GET "+filePath, fileHandler)
		m.HandleFunc("GET "+plainPath, plainHandler)
		return httpServer{m}
	}
	return f
}

func fileHandler(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, servedFile()) }

// bindHandler is for the routers that leave binding to their user.
func bindHandler() http.HandlerFunc {
	v := newValidator()
	return func(w http.ResponseWriter, r *http.Request) {
		var in echoUser // with the validator's tags
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := v.Validate(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		tell(&boundUser, user(in))
		writeText(w, greeting)
	}
}

func servedChi() framework {
	f := chiFramework()
	f.bind = func() server {
		router := chi.NewRouter()
		router.Post(usersPath, bindHandler())
		return httpServer{router}
	}
	f.file = func() server {
		router := chi.NewRouter()
		router.Get(filePath, fileHandler)
		router.Get(plainPath, plainHandler)
		return httpServer{router}
	}
	return f
}

func servedGin() framework {
	f := ginFramework()
	f.big = ginBig
	f.file = func() server {
		engine := newGin()
		engine.GET(filePath, func(c *gin.Context) { c.File(servedFile()) })
		engine.GET(plainPath, ginPlain)
		return httpServer{engine}
	}
	return f
}

func servedEcho() framework {
	f := echoFramework()
	f.big = echoBig
	f.file = func() server {
		e := echo.New()
		e.GET(filePath, func(c echo.Context) error { return c.File(servedFile()) })
		e.GET(plainPath, echoPlain)
		return httpServer{e}
	}
	return f
}

func servedFiber() framework {
	f := fiberFramework()
	f.file = func() server {
		app := fiber.New()
		app.Get(filePath, func(c fiber.Ctx) error { return c.SendFile(servedFile()) })
		app.Get(plainPath, fiberPlain)
		return fiberServer{app}
	}
	return f
}

// servedHertz has the rows that hertz has no part in within one process.
func servedHertz() framework {
	f := hertzFramework()
	f.plain = func() server { return hertzApp(plainPath, hertzPlain) }
	f.param = func() server {
		return hertzApp("/user/:name", func(_ context.Context, c *app.RequestContext) {
			c.String(http.StatusOK, c.Param("name"))
		})
	}
	f.json = func() server {
		return hertzApp(jsonPath, func(_ context.Context, c *app.RequestContext) { c.JSON(http.StatusOK, sample) })
	}
	f.file = func() server {
		h := newHertz()
		h.GET(filePath, func(_ context.Context, c *app.RequestContext) { c.File(servedFile()) })
		h.GET(plainPath, hertzPlain)
		return hertzServer{h}
	}
	return f
}

func hertzPlain(_ context.Context, c *app.RequestContext) { c.String(http.StatusOK, greeting) }
