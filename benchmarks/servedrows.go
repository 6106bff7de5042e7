package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net/http"
)

// servedRow is a row of the part end to end.
type servedRow struct {
	name string
	// app gives the place of the function that builds the row's app; a framework
	// that has none there takes no part.
	app func(f *framework) *func() server
	// open checks the answers of a framework and prepares the requests.
	open        func(f framework) (*entry, error)
	connections int
	secure      bool // https
	// idle rows measure the memory of connections instead of requests.
	idle bool
	// standard is the server on net/http that ratios and goals are about.
	standard string
	goals    []goal
}

// goal is what Soay has set itself: its result must be at most this share of the
// peer's, and aims at another one. In idle rows it is KiB for each connection.
type goal struct {
	peer string
	must float64
	aim  float64 // 0 for none
	// added is whether the shares are of what is added to the same servers without telemetry.
	added bool
}

// The loads of the rows.
const (
	fewConnections  = 64
	manyConnections = 1000
	idleConnections = 5000
)

// servedRows lists the rows end to end in the order of the table.
func servedRows() []servedRow {
	short := []goal{{peer: netHTTPName, must: 0.60}, {peer: fiberName, must: 1.25, aim: 1.00}}
	users := []goal{{peer: ginName, must: 0.70}, {peer: echoName, must: 0.70}, {peer: fiberName, must: 0.70}}
	told := []goal{{peer: netHTTPName, must: 0.70, added: true}}
	browser := []goal{{peer: netHTTPName, must: 0.60}, {peer: hertzName, must: 1.00}, {peer: fiberName, aim: 1.20}}
	return []servedRow{
		{name: plainName, app: plainApp, open: openPlain, goals: short},
		{name: "json", app: jsonApp, open: openJSON, goals: short},
		{name: "parameter", app: paramApp, open: openParam, goals: short},
		{name: "bind", app: bindApp, open: openBind,
			goals: []goal{{peer: netHTTPName, must: 0.65}, {peer: fiberName, must: 1.00, aim: 0.90}}},
		{name: "session", app: sessionApp, open: openServedSession, standard: gorillaName,
			goals: []goal{{peer: gorillaName, must: 0.25}, {peer: fiberName, must: 0.30}}},
		{name: "api key", app: keyApp, open: openKey, standard: ginName, goals: users},
		{name: "user of a session", app: userApp, open: openServedUser, standard: ginName, goals: users},
		{name: "traced, sampled out", app: sampledOutApp, open: func(f framework) (*entry, error) { return openTold(f.sampledOut) }, goals: told},
		{name: "traced, sampled", app: sampledApp, open: func(f framework) (*entry, error) { return openTold(f.sampled) }, goals: told},
		{name: "metrics", app: meteredApp, open: func(f framework) (*entry, error) { return openTold(f.metered) }, goals: told},
		{name: "browser headers", app: plainApp, open: openBrowser, goals: browser},
		{name: "1000 connections", app: plainApp, open: openPlain, connections: manyConnections},
		{name: "file, then plaintext", app: fileApp, open: openFile, goals: []goal{{peer: netHTTPName, must: 0.75}}},
		{name: "file of a folder", app: folderApp, open: openServedFolder, goals: []goal{{peer: netHTTPName, must: 1.00}}},
		{name: "file of 200 MiB", app: bigApp, open: openBigFile, connections: bigConnections, goals: []goal{{peer: netHTTPName, must: 1.10}}},
		{name: "upload of 16 MiB", app: uploadApp, open: openUpload, connections: bigConnections,
			goals: []goal{{peer: netHTTPName, must: 1.10}}},
		{name: "https", app: plainApp, open: openPlain, secure: true},
		{name: "idle connections", app: plainApp, open: openPlain, connections: idleConnections, idle: true,
			goals: []goal{{must: 12, aim: 10}}},
	}
}

func plainApp(f *framework) *func() server { return &f.plain }
func jsonApp(f *framework) *func() server  { return &f.json }
func paramApp(f *framework) *func() server { return &f.param }
func bindApp(f *framework) *func() server  { return &f.bind }
func fileApp(f *framework) *func() server  { return &f.file }

func bigApp(f *framework) *func() server    { return &f.big }
func uploadApp(f *framework) *func() server { return &f.upload }

func folderApp(f *framework) *func() server { return &f.folder }

// sessionApp is the one with a session in a cookie if there is one.
func sessionApp(f *framework) *func() server {
	if f.ring != nil {
		return &f.ring
	}
	return &f.memory
}

func keyApp(f *framework) *func() server { return &f.apiKey }

// userApp is the one with a user in a cookie if there is one.
func userApp(f *framework) *func() server {
	if f.userCookie != nil {
		return &f.userCookie
	}
	return &f.userMemory
}

func sampledOutApp(f *framework) *func() server { return &f.sampledOut }
func sampledApp(f *framework) *func() server    { return &f.sampled }
func meteredApp(f *framework) *func() server    { return &f.metered }

func openServedUser(f framework) (*entry, error) { return openUser(*userApp(&f)) }

func openServedSession(f framework) (*entry, error) {
	if f.ring != nil {
		return openRing(writePath)(f)
	}
	return openMemory(writePath)(f)
}

// browserFields are the eleven lines that Chromium sends besides Host, here for
// a fetch by a page that sends no Referer.
const browserFields = "Connection: keep-alive\r\n" +
	"sec-ch-ua-platform: \"Linux\"\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n" +
	"sec-ch-ua: \"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\"\r\n" +
	"sec-ch-ua-mobile: ?0\r\n" +
	"Accept: */*\r\n" +
	"Sec-Fetch-Site: same-origin\r\n" +
	"Sec-Fetch-Mode: cors\r\n" +
	"Sec-Fetch-Dest: empty\r\n" +
	"Accept-Encoding: gzip, deflate, br, zstd\r\n" +
	"Accept-Language: en-US,en;q=0.9\r\n"

func openBrowser(f framework) (*entry, error) {
	return openPage(f.plain, call{method: http.MethodGet, path: plainPath, fields: browserFields}, text(greeting))
}

// openServedFolder fetches a file by the part of the framework that serves folders.
func openServedFolder(f framework) (*entry, error) {
	return openPage(f.folder, call{method: http.MethodGet, path: staticPath + "page.css"}, func(a answer) error {
		if err := content(a, "text/css"); err != nil {
			return err
		}
		if a.body != string(fileText()) {
			return fmt.Errorf("answers %d bytes that are not the file", len(a.body))
		}
		return nil
	})
}

// openFile fetches a file and a text in turn.
func openFile(f framework) (*entry, error) {
	want := fileText()
	calls := []call{{method: http.MethodGet, path: filePath}, {method: http.MethodGet, path: plainPath}}
	return openCalls(f.file(), calls, func(i int, a answer) error {
		if i == 1 {
			return text(greeting)(a)
		}
		if err := content(a, "text/css"); err != nil {
			return err
		}
		if !bytes.Equal([]byte(a.body), want) {
			return fmt.Errorf("answers %d bytes that are not the file", len(a.body))
		}
		return nil
	})
}

// certificate gives the configuration of a server of the row, nil for http.
func (r servedRow) certificate() (*tls.Config, error) {
	if !r.secure {
		return nil, nil
	}
	return serving(workFolder)
}

// trust gives the configuration of a client of the row, nil for http.
func (r servedRow) trust() (*tls.Config, error) {
	if !r.secure {
		return nil, nil
	}
	return trusted(workFolder)
}

// find gives the contestant and the row with these names.
func find(server, name string) (contestant, servedRow, error) {
	for _, r := range servedRows() {
		for _, c := range contestants() {
			if r.name == name && c.name == server && *r.app(&c.framework) != nil {
				return c, r, nil
			}
		}
	}
	return contestant{}, servedRow{}, fmt.Errorf("no server %q in a row %q", server, name)
}
