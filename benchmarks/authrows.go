package main

import (
	"fmt"
	"net/http"
	"slices"
)

// The client of the rows of authentication, and what its route asks for.
const (
	userName  = "ada"
	userRole  = "reader"
	apiSecret = "kitty_0123456789abcdef0123456789abcdef"
)

// The rows of users compare like with like, as those of sessions do.
const (
	cookieUser = "user of a session, cookie"
	memoryUser = "user of a session, memory"
)

// authRows lists the rows of authentication: the client proves who it is, has the role that the route asks for, and is
// told its name.
func authRows() []row {
	wanted := target{ratio: 0.70, anyAllocs: true}
	users := wanted
	users.peers = []string{cookieUser, memoryUser}
	return []row{
		{name: "api key", target: wanted, open: openKey},
		{name: cookieUser, target: users, open: func(f framework) (*entry, error) { return openUser(f.userCookie) }},
		{name: memoryUser, target: users, open: func(f framework) (*entry, error) { return openUser(f.userMemory) }},
	}
}

// openKey sees first that a wrong key, and none, are refused.
func openKey(f framework) (*entry, error) {
	if f.apiKey == nil {
		return nil, nil
	}
	const told = "User-Agent: benchmarks\r\nAccept: */*\r\n"
	request := call{method: http.MethodGet, path: mePath, fields: told + "X-Api-Key: " + apiSecret + "\r\n"}
	for _, fields := range []string{told, told + "X-Api-Key: " + apiSecret + "0\r\n"} {
		if err := refusesStrangers(f.apiKey(), call{method: http.MethodGet, path: mePath, fields: fields}); err != nil {
			return nil, err
		}
	}
	return openPage(f.apiKey, request, text(userName))
}

// openUser signs somebody in, and sees that nobody else is let in.
func openUser(build func() server) (*entry, error) {
	if build == nil {
		return nil, nil
	}
	s := build()
	if err := refusesStrangers(s, call{method: http.MethodGet, path: mePath}); err != nil {
		return nil, err
	}
	c, err := s.client([]call{{method: http.MethodGet, path: writePath}})
	if err != nil {
		return nil, err
	}
	browser := &browser{cookies: map[string]string{}}
	for _, cookie := range (&http.Response{Header: c.answer(0).header}).Cookies() {
		browser.names, browser.cookies[cookie.Name] = append(browser.names, cookie.Name), cookie.Value
	}
	return openCalls(s, []call{browser.call(mePath)}, func(_ int, a answer) error { return text(userName)(a) })
}

// refusesStrangers reports that a request is answered by another status than a refusal.
func refusesStrangers(s server, request call) error {
	c, err := s.client([]call{request})
	if err != nil {
		return err
	}
	if a := c.answer(0); a.err != nil || !slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden}, a.status) {
		return fmt.Errorf("a client without credentials gets status %d, %v", a.status, a.err)
	}
	return nil
}
