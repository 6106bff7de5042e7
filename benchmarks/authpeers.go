package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/extractors"
	"github.com/gofiber/fiber/v3/middleware/keyauth"
	"github.com/gofiber/fiber/v3/middleware/session"
	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// known is a client of the peers, and its roles.
type known struct {
	name   string
	digest [sha256.Size]byte
	roles  []string
}

// knownKeys has the keys of the peers by their digests, as the documentation of keyauth compares them.
var knownKeys = func() map[[sha256.Size]byte]*known {
	k := &known{name: userName, digest: sha256.Sum256([]byte(apiSecret)), roles: []string{"writer", userRole}}
	return map[[sha256.Size]byte]*known{k.digest: k}
}()

// findKey returns the client with a key that has the role, nil without one.
func findKey(key string) *known {
	digest := sha256.Sum256([]byte(key))
	k := knownKeys[digest]
	if k == nil || subtle.ConstantTimeCompare(k.digest[:], digest[:]) != 1 || !slices.Contains(k.roles, userRole) {
		return nil
	}
	return k
}

func echoKey() server {
	e := echo.New()
	auth := middleware.KeyAuthWithConfig(middleware.KeyAuthConfig{
		KeyLookup: "header:X-Api-Key",
		Validator: func(key string, c echo.Context) (bool, error) {
			k := findKey(key)
			c.Set("user", k)
			return k != nil, nil
		},
		ErrorHandler: func(error, echo.Context) error { return echo.ErrUnauthorized },
	})
	e.GET(mePath, func(c echo.Context) error { return c.String(http.StatusOK, c.Get("user").(*known).name) }, auth)
	return httpServer{e}
}

func fiberKey() server {
	type user struct{}
	app := fiber.New()
	app.Use(keyauth.New(keyauth.Config{
		Extractor: extractors.FromHeader("X-Api-Key"),
		Validator: func(c fiber.Ctx, key string) (bool, error) {
			k := findKey(key)
			fiber.Locals(c, user{}, k)
			return k != nil, nil
		},
	}))
	app.Get(mePath, func(c fiber.Ctx) error { return c.SendString(fiber.Locals[*known](c, user{}).name) })
	return fiberServer{app}
}

// ginKey has middleware of its own, for gin has none for keys.
func ginKey() server {
	engine := newGin()
	engine.Use(func(c *gin.Context) {
		k := findKey(c.GetHeader("X-Api-Key"))
		if k == nil {
			c.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		c.Set("user", k)
		c.Next()
	})
	engine.GET(mePath, func(c *gin.Context) { c.String(http.StatusOK, c.MustGet("user").(*known).name) })
	return httpServer{engine}
}

// sealedStore keeps sessions in cookies that are signed and encrypted, for echo and gin, whose middleware for sessions
// stands on it.
func sealedStore() sessions.Store {
	return sessions.NewCookieStore([]byte("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"), []byte("0123456789abcdef0123456789abcdef"))
}

// sealedUser returns the user of such a session who has the role, "" for nobody.
func sealedUser(store sessions.Store, r *http.Request) string {
	s, err := store.Get(r, "session")
	if err != nil {
		return ""
	}
	name, _ := s.Values["user"].(string)
	roles, _ := s.Values["roles"].([]string)
	if !slices.Contains(roles, userRole) {
		return ""
	}
	return name
}

func signSealed(store sessions.Store, w http.ResponseWriter, r *http.Request) error {
	s, _ := store.Get(r, "session") // a new one, for there is no cookie
	s.Values["user"], s.Values["roles"] = userName, []string{"writer", userRole}
	return s.Save(r, w)
}

func echoSignedIn() server {
	e, store := echo.New(), sealedStore()
	e.GET(writePath, func(c echo.Context) error {
		if err := signSealed(store, c.Response(), c.Request()); err != nil {
			return err
		}
		return c.String(http.StatusOK, greeting)
	})
	signedIn := func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			name := sealedUser(store, c.Request())
			if name == "" {
				return echo.ErrUnauthorized
			}
			c.Set("user", name)
			return next(c)
		}
	}
	e.GET(mePath, func(c echo.Context) error { return c.String(http.StatusOK, c.Get("user").(string)) }, signedIn)
	return httpServer{e}
}

func ginSignedIn() server {
	engine, store := newGin(), sealedStore()
	engine.GET(writePath, func(c *gin.Context) {
		if err := signSealed(store, c.Writer, c.Request); err != nil {
			c.AbortWithStatus(http.StatusInternalServerError)
			return
		}
		c.String(http.StatusOK, greeting)
	})
	engine.GET(mePath, func(c *gin.Context) {
		name := sealedUser(store, c.Request)
		if name == "" {
			c.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		c.Set("user", name)
		c.Next()
	}, func(c *gin.Context) { c.String(http.StatusOK, c.GetString("user")) })
	return httpServer{engine}
}

func fiberSignedIn() server {
	app := fiber.New()
	app.Use(session.New())
	app.Get(writePath, func(c fiber.Ctx) error {
		s := session.FromContext(c)
		if err := s.Regenerate(); err != nil {
			return err
		}
		s.Set("user", userName)
		s.Set("roles", []string{"writer", userRole})
		return c.SendString(greeting)
	})
	app.Get(mePath, func(c fiber.Ctx) error {
		s := session.FromContext(c)
		name, _ := s.Get("user").(string)
		roles, _ := s.Get("roles").([]string)
		if name == "" || !slices.Contains(roles, userRole) {
			return fiber.ErrUnauthorized
		}
		c.Locals("user", name)
		return c.Next()
	}, func(c fiber.Ctx) error { return c.SendString(fiber.Locals[string](c, "user")) })
	return fiberServer{app}
}
