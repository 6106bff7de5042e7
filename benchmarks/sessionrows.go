package main

import (
	"errors"
	"slices"
)

// The rows of sessions compare like with like: those that keep a session in the
// same kind of place.
const (
	cookieWrite = "session read-write, cookie"
	cookieRead  = "session read, cookie"
	memoryWrite = "session read-write, memory"
	memoryRead  = "session read, memory"
)

// sessionRows lists the rows of sessions but those in Redis. What Soay has set
// itself for sessions in cookies is a share of the fastest peer's time, whether
// that peer keeps them in a cookie or in memory.
func sessionRows() []row {
	writes, reads := []string{cookieWrite, memoryWrite}, []string{cookieRead, memoryRead}
	return []row{
		{name: cookieWrite, open: openCookie(writePath), target: target{ratio: 0.25, allocs: 30, peers: writes}},
		{name: cookieRead, open: openCookie(readPath), target: target{ratio: 0.20, allocs: 15, peers: reads}},
		{name: "session read-write, ring", open: openRing(writePath), target: target{ratio: 0.14, allocs: 8, peers: writes}},
		{name: "session read, ring", open: openRing(readPath), target: target{ratio: 0.07, allocs: 4, peers: reads}},
		{name: memoryWrite, open: openMemory(writePath)},
		{name: memoryRead, open: openMemory(readPath)},
		{name: "session untouched", open: openSessionUntouched, target: target{overPlain: 10}},
	}
}

func openCookie(path string) func(framework) (*entry, error) {
	return func(f framework) (*entry, error) { return openSession(f.cookie, path, true) }
}

func openRing(path string) func(framework) (*entry, error) {
	return func(f framework) (*entry, error) { return openSession(f.ring, path, true) }
}

func openMemory(path string) func(framework) (*entry, error) {
	return func(f framework) (*entry, error) { return openSession(f.memory, path, false) }
}

// openSessionUntouched times a request that carries a session which the handler
// does not look at, in a cookie if the framework keeps sessions there.
func openSessionUntouched(f framework) (*entry, error) {
	if f.cookie != nil {
		return openSession(f.cookie, plainPath, true)
	}
	return openSession(f.memory, plainPath, false)
}

// needsRedis reports whether a chosen row keeps something in Redis.
func needsRedis(set settings) bool {
	return slices.ContainsFunc(append(new(redisServer).rows(), new(redisServer).limitRows()...), func(r row) bool { return set.rows.MatchString(r.name) })
}

// rows lists the rows of sessions in Redis, none without a server.
func (s *redisServer) rows() []row {
	if s == nil {
		return nil
	}
	return []row{
		{name: "session read-write, redis", open: s.open(writePath)},
		{name: "session read, redis", open: s.open(readPath)},
	}
}

// open sees besides what openSession sees that there is something new in Redis.
func (s *redisServer) open(path string) func(framework) (*entry, error) {
	return func(f framework) (*entry, error) {
		if f.redis == nil {
			return nil, nil
		}
		before, err := s.keys()
		if err != nil {
			return nil, err
		}
		e, err := openSession(func() server { return f.redis(s.socket) }, path, false)
		if err != nil {
			return nil, err
		}
		after, err := s.keys()
		if err == nil && after == before {
			err = errors.New("the session is not in Redis")
		}
		return e, err
	}
}
