package main

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/telemetry"
	"github.com/soay-go/soay/response"
)

// Each framework has the middleware that OpenTelemetry has for it, around an app with one parameter.

func soayObserved(p providers) server {
	app := newSoay()
	app.UseTelemetry(telemetry.New(telemetry.Options{TracerProvider: p.tracer, MeterProvider: p.meter, Propagator: p.propagator}))
	app.Get(observedRoute, func(req soay.Request) soay.Response { return response.Text(req.Param("name")) })
	return soayServer{app}
}

// httpObserved is what the documentation of otelhttp shows: a handler around the ServeMux, whose patterns are the routes.
func httpObserved(p providers) server {
	m := http.NewServeMux()
	m.HandleFunc("GET "+observedRoute, func(w http.ResponseWriter, r *http.Request) { writeText(w, r.PathValue("name")) })
	return httpServer{otelhttp.NewHandler(m, "benchmarks",
		otelhttp.WithTracerProvider(p.tracer), otelhttp.WithMeterProvider(p.meter), otelhttp.WithPropagators(p.propagator))}
}

func ginObserved(p providers) server {
	engine := newGin()
	engine.Use(otelgin.Middleware("benchmarks",
		otelgin.WithTracerProvider(p.tracer), otelgin.WithMeterProvider(p.meter), otelgin.WithPropagators(p.propagator)))
	engine.GET("/user/:name", func(c *gin.Context) { c.String(http.StatusOK, c.Param("name")) })
	return httpServer{engine}
}
