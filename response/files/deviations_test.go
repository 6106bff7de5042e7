package files_test

import (
	"fmt"
	"strings"
)

// A deviation is an answer of other servers that is not ours, and why ours is right: by a section of RFC 9110 unless
// another is named. Some answers are a matter of choice.
type deviation struct {
	why string
	of  map[string]seen
}

// whole is the answer with the whole of plan.txt.
var whole = seen(fmt.Sprintf("200 100 %q", strings.Repeat("0123456789", 10)))

var deviations = map[string]deviation{
	"a folder with a query": {"a choice: the query belongs to the page of the folder",
		map[string]seen{"caddy": "redirect to /css/"}},
	"a file with a slash": {"a choice: the path is not that of the file (RFC 3986 section 6.2.3)",
		map[string]seen{"lighttpd": whole}},
	"below a file": {"a choice: the rest of a path is for programs that are asked by CGI (RFC 3875 section 4.1.5)",
		map[string]seen{"lighttpd": whole}},
	"a link out": {"15.5.4: a server may hide by 404 that there is something; whether links are followed is a choice",
		map[string]seen{"nginx": "403", "apache2": "403", "lighttpd": "403", "caddy": `200 6 "secret"`}},
	"a hidden file": {"15.5.4: a server may hide by 404 that there is something",
		map[string]seen{"lighttpd": "403"}},
	"POST": {"15.5.6: 405 for a method that the file does not support",
		map[string]seen{"apache2": whole, "caddy": whole, "lighttpd": whole}},

	"a start beyond the end": {"15.5.17: a 416 should have Content-Range with the length",
		map[string]seen{"apache2": "416 ", "lighttpd": "416 "}},
	"no last bytes": {"14.1.2: a suffix of no bytes cannot be satisfied; 15.5.17",
		map[string]seen{"apache2": whole, "caddy": `206 0 "" bytes 100-99/100`, "lighttpd": "416 "}},
	"end before start": {"14.1.1, 14.2: an invalid ranges-specifier may be ignored",
		map[string]seen{"nginx": "416 bytes */100", "caddy": "416 ", "lighttpd": "416 "}},
	"no numbers": {"14.1.1, 14.2: an invalid ranges-specifier may be ignored",
		map[string]seen{"nginx": "416 bytes */100", "caddy": "416 ", "lighttpd": "416 "}},
	"another unit": {"14.2: a range with an unknown unit must be ignored",
		map[string]seen{"caddy": "416 "}},
	"a range for HEAD": {"14.2: a server must ignore Range for methods for which it is not defined, and that is GET alone",
		map[string]seen{"nginx": `206 5 "" bytes 0-4/100`, "apache2": `206 5 "" bytes 0-4/100`, "caddy": `206 5 "" bytes 0-4/100`}},
	"a range of an empty file": {"14.2: a server may ignore Range; some clients send one with every request",
		map[string]seen{"caddy": "416 bytes */0"}},

	"a later date": {"13.1.3: false if the file has not changed since, which is so for a later date; nginx compares for equality",
		map[string]seen{"nginx": whole}},
	"unmodified since an earlier date": {"13.1.4: 412, unless the server leaves conditions out",
		map[string]seen{"lighttpd": whole}},
	"match with another tag": {"13.1.1: 412, unless the server leaves conditions out",
		map[string]seen{"lighttpd": whole}},

	// No client sends dot segments (RFC 3986 section 5.2.4): those that come are attempts. Nor are there two spellings
	// of one path for us, past rules for one of them.
	"dots":         {"RFC 3986 section 6.2.2.3", map[string]seen{"nginx": whole, "apache2": whole, "caddy": whole, "lighttpd": whole}},
	"escaped dots": {"RFC 3986 section 6.2.2.3", map[string]seen{"nginx": whole, "apache2": whole, "caddy": whole, "lighttpd": whole}},
	"out of the root": {"15.5.1, 15.5.5: 400 or 404",
		map[string]seen{"nginx": "400", "apache2": "400"}},
	"escaped, out of the root": {"15.5.1, 15.5.5: 400 or 404",
		map[string]seen{"nginx": "400", "apache2": "400"}},
	"an escaped slash, out of the root": {"15.5.1, 15.5.5: 400 or 404",
		map[string]seen{"nginx": "400"}},
	"an escaped slash": {"RFC 3986 section 2.2: an encoded delimiter is not the delimiter",
		map[string]seen{"nginx": `200 7 "body {}"`, "caddy": `200 7 "body {}"`, "lighttpd": `200 7 "body {}"`}},
	"two slashes": {"RFC 3986 section 3.3: a segment may be empty, and no file has such a name",
		map[string]seen{"nginx": whole, "apache2": whole, "caddy": whole, "lighttpd": whole}},
	"another host and a folder": {"RFC 3986 section 3.3: a segment may be empty, and no file has such a name",
		map[string]seen{"nginx": "redirect to /css/", "apache2": "redirect to /css/", "caddy": "redirect to /css/", "lighttpd": "redirect to /css/"}},
	"a NUL": {"15.5.1, 15.5.5: 400 or 404",
		map[string]seen{"apache2": "404", "caddy": "500"}},
}
