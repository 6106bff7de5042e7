package main

import (
	"errors"
	"fmt"
	"net/http"
)

// The origin that the policy of the rows allows, and one that it does not.
const (
	otherOrigin = "https://app.example"
	evilOrigin  = "https://evil.example"
)

// The names of the headers that the answers are judged by.
const (
	allowOrigin  = "Access-Control-Allow-Origin"
	allowMethods = "Access-Control-Allow-Methods"
)

// corsRows lists the rows of scripts of other origins. Of a preflight rs/cors and jub0bs/cors do a part of the work: they have no
// routes to find, so the target is more than their time.
func corsRows() []row {
	return []row{
		{name: "cors", target: target{ratio: 1.10, allocs: 1}, open: openCORS},
		{name: "cors preflight", target: target{ratio: 1.60, allocs: 1}, open: openPreflight},
	}
}

// asked is a request of a script of an origin, with more lines.
func asked(method, origin, fields string) call {
	return call{method: method, path: plainPath, fields: "User-Agent: benchmarks\r\nAccept: */*\r\nOrigin: " + origin + "\r\n" + fields}
}

// openCORS sees first that another origin gets no permission.
func openCORS(f framework) (*entry, error) {
	return openPolicy(f, func(origin string) call { return asked(http.MethodGet, origin, "") }, func(a answer) error {
		return text(greeting)(a)
	})
}

func openPreflight(f framework) (*entry, error) {
	const fields = "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: authorization,content-type\r\n"
	return openPolicy(f, func(origin string) call { return asked(http.MethodOptions, origin, fields) }, func(a answer) error {
		if a.err == nil && a.header.Get(allowMethods) == "" {
			return errors.New("no method is allowed")
		}
		return a.err
	})
}

func openPolicy(f framework, request func(origin string) call, check func(answer) error) (*entry, error) {
	if f.cors == nil {
		return nil, nil
	}
	stranger, err := f.cors().client([]call{request(evilOrigin)})
	if err != nil {
		return nil, err
	}
	if a := stranger.answer(0); a.err != nil || a.header.Get(allowOrigin) != "" {
		return nil, fmt.Errorf("another origin gets %v, %v", a.header, a.err)
	}
	return openPage(f.cors, request(otherOrigin), func(a answer) error {
		if got := a.header.Get(allowOrigin); a.err == nil && got != otherOrigin {
			return fmt.Errorf("the origin %q is allowed", got)
		}
		return check(a)
	})
}
