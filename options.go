package soay

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-playground/validator/v10"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/safelog"
	"github.com/soay-go/soay/router"
)

// Options sets up an App. The zero value is the safe default, and so is the zero of each field.
type Options struct {
	// Env is development, dev or local for development, and anything else for production. The
	// default is the environment variable APP_ENV. In development, misuses such as a request used
	// after its handler panic, and clients on this machine see the details of errors.
	Env string
	// ShowErrorDetails shows the details of errors to all clients. The default is the environment
	// variable APP_SHOW_ERROR_DETAILS (1, true, y or yes). Never set it where strangers can reach
	// the app.
	ShowErrorDetails bool
	// PublicURL is where clients reach the app, such as https://cats.example: for [App.AbsoluteURL], redirects of
	// [App.UseHTTPS] and the hosts of [App.UseAllowedHosts]. It has no path. Its scheme is https; in development it
	// may be http on this machine. The default is the environment variable APP_PUBLIC_URL.
	PublicURL string
	// Logger is the log of the app. The default is slog.Default(). If its handler panics, the line goes to
	// the standard error stream, and the app goes on. To this end the loggers of requests have a handler
	// around the one of this logger.
	Logger *slog.Logger

	// TrailingSlash sets how a path is matched that differs from a pattern only by a slash at its end. The
	// default is [router.Lenient]: it matches.
	TrailingSlash router.TrailingSlash
	// ValuePatterns adds value patterns for parameters. The default is none beyond the built-in
	// ones.
	ValuePatterns []router.ValuePattern
	// Validator validates the inputs of typed handlers. It has its own rules, struct-level rules and aliases
	// beside those of its library. It must not be changed any more. The default has the library's
	// rules.
	Validator *validator.Validate
	// Languages are the languages of the messages about inputs, besides English, which is built in: values of
	// the packages below request/bind/languages, such as de.Language(), or your own. Clients choose by
	// Accept-Language; those that like none of them get English. The default is English alone.
	Languages []bind.Language

	// MaxBodyBytes limits request bodies, for routes that do not set a limit of their own. The
	// default is 1 MiB.
	MaxBodyBytes int64
	// MaxHeaderBytes limits the request line and headers together. The default is 64 KiB. A request
	// has at most 200 names of headers and 1000 headers besides.
	MaxHeaderBytes int
	// ReadHeaderTimeout is how long a client may take for the headers. The default is 5 s.
	ReadHeaderTimeout time.Duration
	// BodyTimeout is how long a client may take for each started MiB of a body. The default is 30
	// s.
	BodyTimeout time.Duration
	// WriteTimeout is how long a client may take to accept each piece of a response. The default is
	// 30 s.
	WriteTimeout time.Duration
	// IdleTimeout is how long a connection is kept between requests. The default is 75 s.
	IdleTimeout time.Duration
	// ShutdownTimeout is how long requests in flight may take to finish when the app stops; after
	// it they are cut off. The default is 30 s.
	ShutdownTimeout time.Duration
	// DrainDelay is how long the app goes on taking requests after it has been told to stop and
	// Ready has turned false, so that load balancers notice. Answers tell clients meanwhile to use
	// the connection no more, so that none of their requests is lost when it is closed. The default is
	// 300 ms in production and none in development; a negative value means none.
	DrainDelay time.Duration
	// TLS makes Run and Serve speak https (and HTTP/2). It must have a certificate. The default is
	// plain http.
	TLS *tls.Config
	// StandardServer makes Run and Serve use the server of package net/http alone. The default is a server of
	// Soay's own for plain HTTP/1.1, which takes half of the time and gives every request that is not of the
	// simplest form to that of net/http. See docs/deployment.md.
	StandardServer bool
}

// Defaults of Options. The timeouts and limits hold for apps that are served by Run or Serve;
// a program that passes an App to its own server sets them there.
const (
	defaultMaxHeaderBytes    = 64 << 10
	defaultReadHeaderTimeout = 5 * time.Second
	defaultBodyTimeout       = 30 * time.Second
	defaultWriteTimeout      = 30 * time.Second
	defaultIdleTimeout       = 75 * time.Second
	defaultShutdownTimeout   = 30 * time.Second
	defaultDrainDelay        = 300 * time.Millisecond
)

// check returns the settings that are wrong.
func (o *Options) check() []error {
	var errs []error
	source := router.Source()
	negative := func(name string, is bool) {
		if is {
			errs = append(errs, fmt.Errorf("%s: soay.Options: %s is negative", source, name))
		}
	}
	negative("MaxBodyBytes", o.MaxBodyBytes < 0)
	negative("MaxHeaderBytes", o.MaxHeaderBytes < 0)
	negative("ReadHeaderTimeout", o.ReadHeaderTimeout < 0)
	negative("BodyTimeout", o.BodyTimeout < 0)
	negative("WriteTimeout", o.WriteTimeout < 0)
	negative("IdleTimeout", o.IdleTimeout < 0)
	negative("ShutdownTimeout", o.ShutdownTimeout < 0)
	if _, err := o.publicURL(); err != nil {
		errs = append(errs, fmt.Errorf("%s: soay.Options: PublicURL: %w", source, err))
	}
	for _, err := range router.Unjoin(bind.CheckLanguages(o.Languages)) {
		errs = append(errs, fmt.Errorf("%s: soay.Options: Languages: %w", source, err))
	}
	if t := o.TLS; t != nil && len(t.Certificates) == 0 && t.GetCertificate == nil && t.GetConfigForClient == nil {
		errs = append(errs, fmt.Errorf("%s: soay.Options: TLS has no certificate", source))
	}
	return errs
}

// publicURL returns the URL where clients reach the app, nil if it is not set.
func (o *Options) publicURL() (*url.URL, error) {
	s := cmp.Or(o.PublicURL, os.Getenv("APP_PUBLIC_URL"))
	if s == "" {
		return nil, nil
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("%q is no URL such as https://cats.example", s)
	}
	name, _, ok := header.ParseHost(u.Host)
	switch {
	case !ok || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || strings.Trim(u.Path, "/") != "" || strings.ContainsAny(s, "?#"):
		return nil, fmt.Errorf("%q is no URL such as https://cats.example, with a scheme, a host and nothing else", s)
	case u.Scheme == "http" && !(o.isDevelopment() && header.IsLoopbackHost(name)):
		return nil, fmt.Errorf("%q is not https; only development has http, on this machine", s)
	}
	return u, nil
}

func (o *Options) logger() *slog.Logger { return safelog.Wrap(cmp.Or(o.Logger, slog.Default())) }

func (o *Options) isDevelopment() bool {
	switch strings.ToLower(cmp.Or(o.Env, os.Getenv("APP_ENV"))) {
	case "local", "dev", "development":
		return true
	}
	return false
}

// showsDetails reports whether all clients get the details of errors.
func (o *Options) showsDetails() bool {
	switch strings.ToLower(os.Getenv("APP_SHOW_ERROR_DETAILS")) {
	case "1", "true", "y", "yes":
		return true
	}
	return o.ShowErrorDetails
}

// settings returns the settings of requests.
func (o *Options) settings(strict bool) *request.Settings {
	return &request.Settings{Logger: o.logger(), MaxBody: cmp.Or(o.MaxBodyBytes, request.DefaultMaxBody), Strict: strict}
}
