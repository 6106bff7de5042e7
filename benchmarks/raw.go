package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
)

// rawServer is the floor: a goroutine for each connection that answers whatever
// ends like a head with the same bytes. What it costs is what the system and Go's
// network take.
type rawServer struct{}

func (rawServer) client([]call) (client, error) {
	return nil, errors.New("the raw server has no handler to call")
}

func (rawServer) serve(listener net.Listener, secure *tls.Config) error {
	if secure != nil {
		listener = tls.NewListener(listener, secure)
	}
	text := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s", len(greeting), greeting)
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go answerRaw(conn, text)
	}
}

// answerRaw answers until the client leaves.
func answerRaw(conn net.Conn, text []byte) {
	defer conn.Close()
	buffer := make([]byte, 4<<10) // as the other servers have it
	for filled := 0; filled < len(buffer); {
		n, err := conn.Read(buffer[filled:])
		if err != nil {
			return
		}
		filled += n
		if !bytes.HasSuffix(buffer[:filled], endOfHead) {
			continue
		}
		filled = 0
		if _, err := conn.Write(text); err != nil {
			return
		}
	}
}
