package main

import (
	"sync"
	"sync/atomic"
)

// framework is one contestant. Each function builds a new app that serves only
// what its row asks for, so that no row pays for another row's routes. A nil
// function means that the framework has nothing of that kind.
type framework struct {
	name   string
	module string // module path, for its version in the heading; "" for the standard library
	// redisModule is the path of the module that keeps its sessions in Redis,
	// where that is another one.
	redisModule string

	plain  func() server // GET plainPath answers greeting
	param  func() server // GET /user/{name} answers the name
	timed  func() server // as plain, with a time of a minute for the handler
	behind func() server // GET plainPath answers the client's address, which proxies of proxyNetwork tell
	five   func() server // as plain, behind five middlewares that only call on
	json   func() server // GET jsonPath answers sample as JSON
	page   func() server // GET pagePath answers the page of pages.go, rendered by html/template

	// table serves the routes, each with its own answer or a 204, and answers 405 with
	// Allow for a known path with another method if the framework can.
	table func(routes []route) server

	// These serve three routes behind the framework's sessions: writePath adds
	// one to the counter, readPath only reads it and plainPath does not look at
	// the session. All three answer greeting. They differ in where the session
	// is kept: in a cookie that is signed and encrypted, in such a cookie with
	// the keys of a ring, in the memory of the process, or in Redis.
	cookie func() server
	ring   func() server
	memory func() server
	redis  func(socket string) server

	// limit, limitSilent and limitRedis serve GET plainPath behind the framework's limit of so
	// many requests in an hour for each address, counted in the memory of the
	// process or in Redis. The answer is greeting, and 429 to one request more.
	// With limitSilent no headers tell of the limit.
	limit       func(requests int) server
	limitSilent func(requests int) server
	limitRedis  func(socket string, requests int) server

	// cors serves GET and PUT plainPath to scripts of otherOrigin, with credentials and the headers of corsNames. The answer
	// is greeting, and preflights are remembered for corsSeconds.
	cors func() server

	// gzip and gzipStandard serve GET jsonPath, which answers a JSON text compressed by gzip: the fastest that the
	// framework has, and that of the standard library.
	gzip, gzipStandard func(text string) server

	// apiKey serves GET mePath to a client with the key apiSecret in X-Api-Key, which has two roles, one of them
	// userRole, and answers its name. Others are refused.
	apiKey func() server
	// userCookie and userMemory sign userName in by GET writePath, with the same roles, and serve GET mePath to it as
	// apiKey does. The session is in a cookie that is signed and encrypted, or in the memory of the process.
	userCookie, userMemory func() server

	// observed serves GET observedPath, which answers gordon, behind the telemetry that OpenTelemetry or the framework has for
	// it. frameworks and contestants make of it the servers of the rows: sampledOut and sampled with traces, metered with metrics.
	observed                     func(providers) server
	sampledOut, sampled, metered func() server

	// bind serves POST usersPath, whose JSON body is a user that keeps
	// these rules: name is sent and has at most 50 characters, email is sent
	// and an address, age is 0 to 130, role is admin, editor or reader, and
	// there are at most 5 tags of at most 20 characters. The handler reports
	// the user in boundUser and answers greeting. Otherwise the answer is the
	// framework's usual refusal.
	bind func() server
	// form serves POST photosPath, whose form has the text title and the files first and other. The handler reports in
	// boundForm what it has bound, and answers greeting.
	form func() server
	// query serves GET searchPath, whose query has the integers page and
	// limit and the bool active. The handler reports them in boundSearch and
	// answers greeting; a value of another type is refused.
	query func() server
	// id serves GET usersPath/{id} with an integer. The handler reports it in
	// boundID and answers greeting; another path is refused.
	id func() server
	// static serves the files of a folder below staticPath, and packed does so to clients that take gzip.
	static, packed func(folder string) server
	// file serves two routes: GET filePath sends the file at servedFile, and GET
	// plainPath answers greeting.
	file func() server
	// folder serves workFolder as static does.
	folder func() server
	// big serves the file at bigFile at GET bigPath.
	big func() server
	// upload serves POST uploadPath, whose form has a text and then the file video. The handler reads the file as it comes,
	// reports its length in uploaded, and answers greeting.
	upload func() server
}

// frameworks lists the contestants in the order of the table.
func frameworks() []framework {
	list := append(soayFramework(),
		netHTTP(),
		fileServerFS(),
		httpRouter(),
		ginFramework(),
		echoFramework(),
		chiFramework(),
		fiberFramework(),
		gorillaSessions(),
		scsSessions(),
		humaFramework(),
		fuegoFramework(),
		hertzFramework(),
		rsCORS(),
		jub0bsCORS(),
		rawGCM(),
	)
	for i, f := range list {
		list[i] = withTelemetry(f)
	}
	return list
}

// What the apps serve. The paths are constants because a difference between
// two frameworks' paths would be a difference in work.
const (
	greeting  = "Hello, World!"
	plainPath = "/plaintext"
	mePath    = "/me"
	jsonPath  = "/json"
	writePath = "/count"
	readPath  = "/counter"
	filePath  = "/page.css"

	usersPath  = "/users"
	searchPath = "/search"
)

// firstCount is where the session counters begin. Go keeps integers below 256
// ready in boxed form, so a small counter would save an allocation only for
// the frameworks whose counter lives in the cookie and therefore stays small
// while the same request is repeated.
const firstCount = 1000

// counted is the counter a session handler has last seen. The handlers report
// it here instead of in the body, so that no row times the formatting of a
// number and the value that was read is still checked.
var counted int

// tell reports what a handler has seen.
func tell[T any](into *T, value T) {
	if m := telling.Load(); m != tellAlone {
		tellAmongOthers(m, into, value)
		return
	}
	*into = value
}

// tellAmongOthers is apart so that tell costs next to nothing in one process.
func tellAmongOthers[T any](m int32, into *T, value T) {
	if m == tellInTurn {
		toldMutex.Lock()
		defer toldMutex.Unlock()
		*into = value
	}
}

// telling is how handlers report. A process that serves changes it.
var telling atomic.Int32

const (
	tellAlone   int32 = iota // there is one request at a time, in one goroutine
	tellInTurn               // toldMutex guards what is reported
	tellNothing              // nothing is reported
)

var toldMutex sync.Mutex

// person is what the JSON row encodes.
type person struct {
	ID     int     `json:"id"`
	Name   string  `json:"name"`
	Email  string  `json:"email"`
	Active bool    `json:"active"`
	Score  float64 `json:"score"`
}

// sample is passed to every framework as this same pointer.
var sample = &person{
	ID:     4711,
	Name:   "Ada Lovelace",
	Email:  "ada@example.com",
	Active: true,
	Score:  98.5,
}
