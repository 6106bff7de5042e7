package main

import (
	"net/http"
	"slices"
)

// row is one line of work that the frameworks are compared in.
type row struct {
	name string
	// open builds the row's app for a framework, checks its answers and gives
	// it ready for timing; nil without an error if the framework has no part
	// in this row.
	open   func(f framework) (*entry, error)
	target target
	cost   cost // about what the row adds to another one, if that has a base
}

// target is what Soay has set itself for a row.
type target struct {
	ratio  float64 // at most this share of the best peer's time
	allocs uint64  // at most so many allocations
	// overPlain, if not 0, takes the place of ratio: at most so many
	// nanoseconds more than Soay's own plaintext row.
	overPlain float64
	// anyAllocs tells that there is no target for allocations.
	anyAllocs bool
	// peers are further rows whose peers count as well: the best peer is the
	// fastest of all of them.
	peers []string
}

// isSet reports whether there is a target at all.
func (t target) isSet() bool { return t.ratio > 0 || t.overPlain > 0 }

// The names that the targets refer to.
const (
	soayName  = "soay"
	plainName = "plaintext"
)

// rows lists the rows in the order of the table. Without a redis-server those
// that need one are not among them.
func rows(redis *redisServer) []row {
	return slices.Concat(plainRows(), sessionRows(), redis.rows(), answerRows(), limitRows(), redis.limitRows(), corsRows(), compressRows(), authRows(), telemetryRows(), boundRows(),
		pageRows(), staticRows())
}

func plainRows() []row {
	return []row{
		{name: plainName, open: openPlain, target: target{ratio: 0.85}},
		{name: "parameter", open: openParam, target: target{ratio: 0.85}},
		{name: "five middlewares", open: openFive, target: target{ratio: 0.85}},
		{name: "timeout on", open: openTimed, target: target{ratio: 0.7, anyAllocs: true}},
		{name: "behind a proxy", open: openBehind, target: target{ratio: 0.7, allocs: 1}},
		{name: "github routes", open: openTable, target: target{ratio: 0.85}},
		{name: "github routes, 204", open: openEmptyTable, target: target{ratio: 2.2}},
		{name: "json", open: openJSON, target: target{ratio: 0.85, allocs: 1}},
	}
}

func answerRows() []row {
	return []row{
		{name: "404 not found", open: openMissing, target: target{ratio: 0.85}},
		{name: "405 method not allowed", open: openOtherMethod, target: target{ratio: 0.85}},
	}
}

func boundRows() []row {
	return []row{
		{name: "bind and validate", open: openBind, target: target{ratio: 0.65, allocs: 8}},
		{name: "bind with three faults", open: openFaults, target: target{ratio: 0.65, anyAllocs: true}},
		{name: "form with two files", open: openForm, target: target{ratio: 1.00, anyAllocs: true}},
		{name: "three typed query values", open: openQuery, target: target{ratio: 0.65, allocs: 1}},
		{name: "typed path parameter", open: openID, target: target{ratio: 0.85, allocs: 1}},
		{name: "protect and unprotect 60 B", open: openProtect(60), target: target{ratio: 2.5, allocs: 2}},
		{name: "protect and unprotect 1000 B", open: openProtect(1000), target: target{ratio: 2.5, allocs: 2}},
	}
}

func openPlain(f framework) (*entry, error) {
	return openPage(f.plain, call{method: http.MethodGet, path: plainPath}, text(greeting))
}

// openTimed opens the row with a time for the handler. The peers' middleware only ends a context; Soay answers in time.
func openTimed(f framework) (*entry, error) {
	return openPage(f.timed, call{method: http.MethodGet, path: plainPath}, text(greeting))
}

// proxyNetwork has the address that requests come from.
const proxyNetwork = "192.0.2.0/24"

// openBehind opens the row with a proxy. What a client has written itself stands to the left, and must not be believed.
func openBehind(f framework) (*entry, error) {
	const client = "198.51.100.7"
	told := "User-Agent: benchmarks\r\nAccept: */*\r\nX-Forwarded-Proto: http\r\nX-Forwarded-For: "
	if f.behind != nil {
		lie := call{method: http.MethodGet, path: plainPath, fields: told + "203.0.113.9, " + client + "\r\n"}
		if _, err := openPage(f.behind, lie, text(client)); err != nil {
			return nil, err
		}
	}
	return openPage(f.behind, call{method: http.MethodGet, path: plainPath, fields: told + client + "\r\n"}, text(client))
}

func openParam(f framework) (*entry, error) {
	// A second name proves that the answer is the parameter.
	if f.param != nil {
		if _, err := openPage(f.param, call{method: http.MethodGet, path: "/user/grace"}, text("grace")); err != nil {
			return nil, err
		}
	}
	return openPage(f.param, call{method: http.MethodGet, path: "/user/gordon"}, text("gordon"))
}

func openFive(f framework) (*entry, error) {
	return openPage(f.five, call{method: http.MethodGet, path: plainPath}, text(greeting))
}

func openJSON(f framework) (*entry, error) {
	return openPage(f.json, call{method: http.MethodGet, path: jsonPath}, jsonSample)
}

func openMissing(f framework) (*entry, error) {
	return openPage(smallTable(f), call{method: http.MethodGet, path: missingPath}, status(http.StatusNotFound))
}

func openOtherMethod(f framework) (*entry, error) {
	e, err := openPage(smallTable(f), call{method: otherMethod, path: otherMethodPath}, methodNotAllowed)
	if e == nil || err != nil {
		return nil, err
	}
	if e.client.answer(0).header.Get("Allow") == "" {
		e.note = "sends no Allow"
	}
	return e, nil
}
