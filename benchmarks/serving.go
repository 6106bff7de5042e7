package main

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"

	hertz "github.com/cloudwego/hertz/pkg/app/server"
	"github.com/cloudwego/hertz/pkg/common/hlog"
	"github.com/gofiber/fiber/v3"
)

// The first arguments of the processes that this program starts of itself.
const (
	serveWord = "-serve"
	loadWord  = "-load"
)

// isChild reports whether the arguments are those of such a process.
func isChild(args []string) bool {
	return len(args) > 0 && (args[0] == serveWord || args[0] == loadWord)
}

// runChild does what such a process is for, until in ends: that is when the
// process that started it has no more use for it, or is no more.
func runChild(args []string, in io.Reader, out io.Writer) error {
	// What a package prints must not get between the answers.
	os.Stdout = os.Stderr
	if args[0] == loadWord {
		return load(in, out)
	}
	return serve(args[1:], in, out)
}

// A listening server can be served on a network, the way its framework
// documents. Only with secure it speaks https.
type listening interface {
	server
	serve(listener net.Listener, secure *tls.Config) error
}

// serve builds the app of a row for a server, serves it on a port of the
// loopback interface, tells its address and does what in asks for.
func serve(args []string, in io.Reader, out io.Writer) error {
	if len(args) == 0 {
		return errors.New("nothing to serve")
	}
	var rowName, profiled string
	flags := flag.NewFlagSet(serveWord, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the error tells
	flags.StringVar(&rowName, "row", "", "")
	flags.StringVar(&workFolder, "folder", "", "")
	flags.StringVar(&profiled, "cpuprofile", "", "")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	c, r, err := find(args[0], rowName)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := listener.Addr().String()
	secure, err := r.certificate()
	if err != nil {
		return err
	}
	c.surround(listener, secure)
	app, ok := (*r.app(&c.framework))().(listening)
	if !ok {
		return fmt.Errorf("%s cannot be served", c.name)
	}
	stop, err := profile(profiled)
	if err != nil {
		return err
	}

	ended := make(chan error, 2)
	go func() {
		err := app.serve(listener, secure)
		ended <- fmt.Errorf("%s does not serve any more: %w", c.name, err)
	}()
	if err := json.NewEncoder(out).Encode(address); err != nil {
		return err
	}
	go func() { ended <- converse(in, out, obey) }()
	return errors.Join(<-ended, stop())
}

// surround sets what the apps of this process are built with: all are quiet, and
// some are told of the listener before they are built.
func (c contestant) surround(listener net.Listener, secure *tls.Config) {
	telling.Store(tellInTurn)
	log.SetOutput(io.Discard)
	hlog.SetOutput(io.Discard)
	soayOptions.Logger = slog.New(slog.DiscardHandler)
	soayOptions.TLS = secure
	hertzOptions = append(hertzOptions, hertz.WithListener(listener))
	if secure != nil {
		hertzOptions = append(hertzOptions, hertz.WithTLS(secure))
	}
	if c.set != nil {
		c.set()
	}
}

// What can be asked of a server's process, besides to end.
const (
	askUsage   = "usage"   // answered with a usage
	askReport  = "report"  // answered with what the handlers have reported, which is forgotten then
	askSilence = "silence" // the handlers report nothing any more
	askSpeech  = "speech"  // they report again
	askCollect = "collect" // memory without use goes back to the system
	askRoom    = "room"    // answered with how many connections there can be
)

// reported is what the handlers have reported.
type reported struct {
	Counted  int
	User     user
	Uploaded int64
}

// obey answers a question.
func obey(question string) (answer any, err error) {
	switch question {
	case askUsage:
		return currentUsage()
	case askReport:
		toldMutex.Lock()
		defer toldMutex.Unlock()
		answer = reported{counted, boundUser, uploaded}
		counted, boundUser, uploaded = 0, user{}, 0
	case askSilence:
		telling.Store(tellNothing)
	case askSpeech:
		telling.Store(tellInTurn)
	case askCollect:
		runtime.GC()
		debug.FreeOSMemory()
	case askRoom:
		return room()
	default:
		return nil, fmt.Errorf("unknown question %q", question)
	}
	return answer, nil
}

// serve uses an http.Server without settings, which is what the documentation of
// the frameworks on net/http shows and what their own functions to listen do.
func (s httpServer) serve(listener net.Listener, secure *tls.Config) error {
	return serveHTTP(&http.Server{Handler: s.Handler}, listener, secure)
}

func serveHTTP(s *http.Server, listener net.Listener, secure *tls.Config) error {
	if secure == nil {
		return s.Serve(listener)
	}
	s.TLSConfig = secure
	return s.ServeTLS(listener, "", "")
}

// timedServer is net/http's with the time limits that Soay has by default, as
// far as the server has such settings for requests without a body.
type timedServer struct{ httpServer }

func (s timedServer) serve(listener net.Listener, secure *tls.Config) error {
	return serveHTTP(&http.Server{
		Handler:           s.Handler,
		ReadHeaderTimeout: soayHeaderTimeout,
		IdleTimeout:       soayIdleTimeout,
	}, listener, secure)
}

// serve listens as fiber's documentation shows for a listener of one's own.
func (s fiberServer) serve(listener net.Listener, secure *tls.Config) error {
	if secure != nil {
		listener = tls.NewListener(listener, secure)
	}
	return s.app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true})
}

// serve has its listener and its certificate from hertzOptions. Without a
// certificate hertz listens by netpoll, which is its default; netpoll has no TLS.
func (s hertzServer) serve(net.Listener, *tls.Config) error {
	return s.app.Run()
}
