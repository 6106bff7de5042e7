package main

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
)

// ginFramework is gin in release mode, without its logger and recovery.
func ginFramework() framework {
	return framework{
		name:   "gin",
		module: "github.com/gin-gonic/gin",
		plain:  func() server { return ginApp(plainPath, ginPlain) },
		param: func() server {
			return ginApp("/user/:name", func(c *gin.Context) { c.String(http.StatusOK, c.Param("name")) })
		},
		behind: func() server {
			engine := newGin()
			if err := engine.SetTrustedProxies([]string{proxyNetwork}); err != nil {
				panic(fmt.Sprintf("gin: %v", err))
			}
			engine.GET(plainPath, func(c *gin.Context) { c.String(http.StatusOK, c.ClientIP()) })
			return httpServer{engine}
		},
		five: func() server {
			engine := newGin()
			for range 5 {
				engine.Use(func(c *gin.Context) { c.Next() })
			}
			engine.GET(plainPath, ginPlain)
			return httpServer{engine}
		},
		page:   ginPage,
		static: ginStatic,
		json: func() server {
			return ginApp(jsonPath, func(c *gin.Context) { c.JSON(http.StatusOK, sample) })
		},
		table: func(routes []route) server {
			engine := newGin()
			engine.HandleMethodNotAllowed = true
			for _, r := range routes {
				text := r.answer
				handler := func(c *gin.Context) { c.String(http.StatusOK, text) }
				if text == "" {
					handler = func(c *gin.Context) { c.Status(http.StatusNoContent) }
				}
				engine.Handle(r.method, r.colons(), handler)
			}
			return httpServer{engine}
		},
		apiKey: ginKey, userCookie: ginSignedIn,
		observed: ginObserved,

		bind:  ginBind,
		form:  ginForm,
		query: ginQuery,
		id:    ginTypedID,
	}
}

func newGin() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	return gin.New()
}

// ginApp is an engine with one route.
func ginApp(path string, handler gin.HandlerFunc) server {
	engine := newGin()
	engine.GET(path, handler)
	return httpServer{engine}
}

func ginPlain(c *gin.Context) {
	c.String(http.StatusOK, greeting)
}
