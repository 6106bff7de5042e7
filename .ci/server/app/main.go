// Command app is what .ci/server/run asks through clients and proxies: each kind of response that a server
// writes in its own way. It prints its address when it accepts connections.
package main

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os/signal"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

const (
	events  = 10 * time.Millisecond // between two events of a stream
	slow    = 50 * time.Millisecond
	large   = 16 << 20 // the limit of bodies where large ones are wanted
	little  = 1 << 10  // where they are refused
	chunks  = 20
	visited = sessions.Value[int]("visits")
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "the address to serve on")
	files := flag.String("files", ".", "the folder of the files")
	standard := flag.Bool("standard", false, "serve with net/http alone")
	drain := flag.Duration("drain", 0, "how long to serve on after SIGTERM, 0 for the default")
	flag.Parse()

	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	counted := &countedListener{Listener: listener}
	app := soay.New(soay.Options{StandardServer: *standard, DrainDelay: *drain})
	routes(app, *files)
	app.Get("/accepted", func(soay.Request) soay.Response { return response.Text(fmt.Sprint(counted.n.Load())) })
	fmt.Println(listener.Addr()) // who connects from now on waits in the queue of the listener
	if err := app.Serve(ctx, counted); err != nil {
		log.Fatal(err)
	}
}

// countedListener counts the connections that it has accepted.
type countedListener struct {
	net.Listener
	n atomic.Int64
}

// Accept implements net.Listener.
func (l *countedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.n.Add(1)
	}
	return conn, err
}

func routes(app *soay.App, files string) {
	app.UseSessions(soay.NewKey(), sessions.Options{CookieName: "visitor"})
	app.Get("/ready", func(soay.Request) soay.Response {
		if !app.Ready() {
			return response.Status(http.StatusServiceUnavailable)
		}
		return response.NoContent()
	})
	app.Get("/server", server)
	app.Get("/n/{n}", func(req soay.Request) soay.Response { return response.Text(req.Param("n") + "\n") })
	app.Post("/echo", echo)
	app.Post("/hash", hash).MaxBody(large)
	app.Post("/refuse", hash).MaxBody(little)
	app.Get("/file/{name}", func(req soay.Request) soay.Response {
		return response.File(filepath.Join(files, filepath.Base(req.Param("name"))))
	})
	app.Get("/chunks", streamed)
	app.Get("/slow", func(soay.Request) soay.Response {
		time.Sleep(slow)
		return response.Text("slow\n")
	})
	app.Get("/empty", func(soay.Request) soay.Response { return response.NoContent() })
	app.Get("/redirect", func(soay.Request) soay.Response { return response.SeeOther("/n/303") })
	app.Get("/cookies", func(soay.Request) soay.Response {
		return response.Text("two\n").WithCookie(response.NewCookie("a", "1")).WithCookie(response.NewCookie("b", "2"))
	})
	app.Get("/visits", visits)
	app.Post("/visits", visits)
	app.Get("/standard", soay.FromHTTP(http.HandlerFunc(standard)))
	app.Get("/hints", soay.FromHTTP(http.HandlerFunc(hints)))
	app.Get("/trailer", soay.FromHTTP(http.HandlerFunc(trailer)))
	app.Get("/hijack", soay.FromHTTP(http.HandlerFunc(hijack)))
	app.Get("/upgrade", soay.FromHTTP(http.HandlerFunc(upgrade)))
	var open streams
	app.Get("/events", open.events)
	app.Get("/closed", open.closed)
}

// server tells which server reads the connection. A connection is given to net/http for good, so a request now
// and then finds out about all of it.
func server(req soay.Request) soay.Response {
	if _, ours := req.HTTP().Context().(*http1.Message); ours {
		return response.Text("loop\n")
	}
	return response.Text("net/http\n")
}

func echo(req soay.Request) soay.Response {
	var value any
	if err := req.JSON(&value); err != nil {
		return response.Error(err)
	}
	return response.JSON(value)
}

// hash reads a body as a stream.
func hash(req soay.Request) soay.Response {
	h := sha256.New()
	n, err := io.Copy(h, req.Body())
	if err != nil {
		return response.Error(err)
	}
	return response.Text(fmt.Sprintf("%d %x\n", n, h.Sum(nil)))
}

func streamed(soay.Request) soay.Response {
	return response.Stream("text/plain; charset=utf-8", func(w io.Writer) error {
		for i := range chunks {
			if _, err := fmt.Fprintf(w, "chunk %d\n", i); err != nil {
				return err
			}
		}
		return nil
	})
}

func visits(req soay.Request) soay.Response {
	n := visited.Or(req.Session, 0) + 1
	visited.Set(req.Session, n)
	return response.Text(fmt.Sprintf("%d\n", n))
}

func standard(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Agent", r.Header.Get("X-Agent"))
	fmt.Fprintf(w, "%s %s\n", r.Method, r.URL.Path)
}

func hints(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Link", "</file/style.css>; rel=preload; as=style")
	w.WriteHeader(http.StatusEarlyHints)
	io.WriteString(w, "hinted\n")
}

func trailer(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Trailer", "X-Sum")
	io.WriteString(w, "content\n")
	w.Header().Set("X-Sum", "8")
}

// hijack writes a response by hand.
func hijack(w http.ResponseWriter, _ *http.Request) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	rw.WriteString("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\nhijacked\n")
	rw.Flush()
}

// upgrade changes to a protocol that sends back what it gets.
func upgrade(w http.ResponseWriter, _ *http.Request) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	rw.Flush()
	io.Copy(conn, rw)
}

// streams are the streams of events that are open.
type streams struct{ open sync.WaitGroup }

// events sends events without end.
func (s *streams) events(req soay.Request) soay.Response {
	ctx := req.Context()
	return response.Stream("text/event-stream", func(w io.Writer) error {
		s.open.Add(1)
		defer s.open.Done()
		tick := time.NewTicker(events)
		defer tick.Stop()
		for n := 0; ; n++ {
			if _, err := fmt.Fprintf(w, "data: %d\n\n", n); err != nil {
				return err
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}).WithHeader("X-Accel-Buffering", "no")
}

// closed answers when no stream is open any more: the app has noticed that the clients have left.
func (s *streams) closed(soay.Request) soay.Response {
	s.open.Wait()
	return response.Text("closed\n")
}
