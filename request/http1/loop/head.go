package loop

import (
	"errors"
	"io"
	"time"

	"github.com/soay-go/soay/request/http1"
)

// next says what follows a head.
type next uint8

const (
	end    next = iota // close the connection
	answer             // the request is c.message
	give               // the connection is net/http's
)

// enough is the number of bytes from which on net/http takes what comes after a response for a request. It says
// nothing to a client that sends less.
const enough = 4

// readHead reads the next head.
func (c *conn) readHead() next {
	timed := c.phase.Load() == isNew // the time for the first head runs from the beginning of the connection
	begun := timed
	for {
		if !begun && len(c.in.unused) >= enough {
			begun = true
			c.trimLineEnds()
		}
		switch c.scan(begun) {
		case http1.Ours:
			if c.message = c.head.Message(c.in.unused, c.server.base, c, c.remote); c.message == nil {
				return give
			}
			return answer
		case http1.Theirs:
			return give
		}
		if !timed && len(c.in.unused) > 0 {
			c.deadline(time.Now(), c.server.ReadHeaderTimeout)
			timed = true
		}
		if err := c.readMore(); err != nil {
			if errors.Is(err, io.EOF) && begun && len(c.in.unused) > 0 {
				return give // to be told that a request was cut off
			}
			return end
		}
	}
}

func (c *conn) scan(begun bool) http1.Verdict {
	if !begun || len(c.in.unused) == 0 {
		return http1.More
	}
	return c.head.Scan(c.in.unused)
}

// trimLineEnds drops up to four line ends behind a POST, as net/http does for clients that send one too many
// (RFC 9112 section 2.2).
func (c *conn) trimLineEnds() {
	if !c.lastPost {
		return
	}
	n := 0
	for n < enough && (c.in.unused[n] == '\r' || c.in.unused[n] == '\n') {
		n++
	}
	c.in.take(n)
}

// maxEmptyReads is how often a connection may say that it has read nothing. Some do so once in a while.
const maxEmptyReads = 100

// readMore waits for more bytes, which make the connection busy.
func (c *conn) readMore() error {
	n, err := c.net.Read(c.in.space())
	for empty := 0; n == 0 && err == nil; empty++ {
		if empty == maxEmptyReads {
			return io.ErrNoProgress
		}
		n, err = c.net.Read(c.in.space())
	}
	c.in.got(n)
	if n == 0 {
		return err
	}
	if phase := c.phase.Load(); phase < isBusy && !c.phase.CompareAndSwap(phase, isBusy) {
		return io.ErrClosedPipe // the server has closed the connection meanwhile
	}
	return nil
}

// giveAway gives the connection to the standard server, with the bytes that were read.
func (c *conn) giveAway() {
	_ = c.net.SetDeadline(time.Time{})
	c.net.Unread(c.in.unused)
	c.in.unused = nil
	c.server.giveAway(c.net)
}
