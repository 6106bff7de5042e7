package docs_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"
)

// curl is a curl command.
type curl struct {
	method, url string
	header      http.Header
	body        string
	include     bool   // -i
	send, keep  string // -b and -c
}

// parseCurl reads the words of a command. It knows the flags that the pages use.
func parseCurl(words []string) (curl, error) {
	c := curl{header: http.Header{"User-Agent": {"curl/8"}, "Accept": {"*/*"}}}
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		if !strings.HasPrefix(word, "-") {
			if c.url != "" {
				return c, fmt.Errorf("curl: two URLs, %s and %s", c.url, word)
			}
			c.url = word
			continue
		}
		switch word {
		case "-i":
			c.include = true
			continue
		case "-s", "-N":
			continue
		case "-I":
			c.include, c.method = true, http.MethodHead
			continue
		}
		if len(words) == 0 {
			return c, fmt.Errorf("curl: %s is unknown, or has no argument", word)
		}
		if err := c.set(word, words[0]); err != nil {
			return c, err
		}
		words = words[1:]
	}
	if c.url == "" {
		return c, errors.New("curl: no URL")
	}
	if c.method == "" {
		c.method = http.MethodGet
	}
	return c, nil
}

// part adds a field of a form: name=value, or with filename=NAME and type=TYPE behind semicolons a file.
func (c *curl) part(arg string) error {
	name, value, ok := strings.Cut(arg, "=")
	value, options, isFile := strings.Cut(value, ";")
	if !ok {
		return fmt.Errorf("curl: -F %q has no value", arg)
	}
	var head strings.Builder
	head.WriteString(fmt.Sprintf("--x\r\nContent-Disposition: form-data; name=%q", name))
	for option := range strings.SplitSeq(options, ";") {
		switch key, text, _ := strings.Cut(option, "="); {
		case isFile && key == "filename":
			head.WriteString(fmt.Sprintf("; filename=%q", text))
		case isFile && key == "type":
			head.WriteString("\r\nContent-Type: " + text)
		case isFile:
			return fmt.Errorf("curl: -F %q has an unknown option", arg)
		}
	}
	c.method = http.MethodPost
	c.header.Set("Content-Type", "multipart/form-data; boundary=x")
	c.body = strings.TrimSuffix(c.body, "--x--\r\n") + head.String() + "\r\n\r\n" + value + "\r\n--x--\r\n"
	return nil
}

// set applies a flag that has an argument.
func (c *curl) set(flag, arg string) error {
	switch flag {
	case "-X":
		c.method = arg
	case "-H":
		name, value, ok := strings.Cut(arg, ":")
		if !ok {
			return fmt.Errorf("curl: -H %q is no header", arg)
		}
		c.header.Set(name, strings.TrimSpace(value))
	case "-d":
		c.post(arg, "application/x-www-form-urlencoded")
	case "-F":
		return c.part(arg)
	case "--json":
		c.post(arg, "application/json")
		c.header.Set("Accept", "application/json")
	case "-u":
		c.header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(arg)))
	case "-b":
		c.send = arg
	case "-c":
		c.keep = arg
	default:
		return fmt.Errorf("curl: flag %s is unknown", flag)
	}
	return nil
}

func (c *curl) post(body, contentType string) {
	if c.method == "" {
		c.method = http.MethodPost
	}
	c.body = body
	if c.header.Get("Content-Type") == "" {
		c.header.Set("Content-Type", contentType)
	}
}

// run sends the request to addr, whatever its URL says, and returns what curl prints. jars are the files
// of -b and -c.
func (c curl) run(addr string, jars map[string]http.CookieJar) (string, error) {
	req, err := http.NewRequest(c.method, c.url, strings.NewReader(c.body))
	if err != nil {
		return "", err
	}
	req.Header = c.header
	if host := c.header.Get("Host"); host != "" {
		req.Host = host
	}
	if c.body == "" {
		req.Body, req.ContentLength = http.NoBody, 0
	}
	if jar := jars[c.send]; jar != nil {
		for _, cookie := range jar.Cookies(req.URL) {
			req.AddCookie(cookie)
		}
	}
	resp, head, err := exchange(addr, req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if c.keep != "" {
		if jars[c.keep] == nil {
			jars[c.keep], _ = cookiejar.New(nil) // never fails
		}
		jars[c.keep].SetCookies(req.URL, resp.Cookies())
	}
	if c.include {
		return head + string(body), nil
	}
	return string(body), nil
}

// exchange returns a response and the text of its head. Package net/http does not keep the order of the
// headers.
func exchange(addr string, req *http.Request) (*http.Response, string, error) {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, "", err
	}
	if err := req.Write(conn); err != nil {
		return nil, "", err
	}
	var seen bytes.Buffer
	resp, err := http.ReadResponse(bufio.NewReader(io.TeeReader(conn, &seen)), req)
	if err != nil {
		return nil, "", err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, "", err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	head, _, _ := strings.Cut(seen.String(), "\r\n\r\n")
	return resp, strings.ReplaceAll(head, "\r\n", "\n") + "\n\n", nil
}

// splitWords splits a command into words. It understands the quotes of a shell and nothing else of it.
func splitWords(command string) ([]string, error) {
	var words []string
	var word strings.Builder
	quote, inWord := rune(0), false
	for _, c := range command {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote, inWord = c, true
		case quote == 0 && c == ' ':
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		case c == '\\' || c == '$' && quote != '\'':
			return nil, fmt.Errorf("command %q: %q is not understood here", command, c)
		default:
			word.WriteRune(c)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("command %q: a quote has no end", command)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

func TestParseCurl(t *testing.T) {
	tests := []struct {
		name    string
		command string
		want    string // method, URL, content type, body
		wantErr bool
	}{
		{"a GET", "curl http://h/a", "GET http://h/a  ", false},
		{"a method", "curl -i -X DELETE http://h/a", "DELETE http://h/a  ", false},
		{"a form", "curl -d 'a=1' http://h/a", "POST http://h/a application/x-www-form-urlencoded a=1", false},
		{"JSON", `curl --json '{"a": 1}' http://h/a`, `POST http://h/a application/json {"a": 1}`, false},
		{"JSON with a method", `curl -X PUT --json '{}' http://h/a`, "PUT http://h/a application/json {}", false},
		{"a user", "curl -u 'ada:a b' http://h/a", "GET http://h/a  ", false},
		{"a content type", `curl -H "Content-Type: text/csv" -d x http://h/a`, "POST http://h/a text/csv x", false},
		{"an unknown flag", "curl -k x http://h/a", "", true},
		{"a missing argument", "curl http://h/a -d", "", true},
		{"no URL", "curl -i", "", true},
		{"an open quote", "curl 'http://h/a", "", true},
		{"a variable", "curl $URL", "", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			words, err := splitWords(test.command)
			var c curl
			if err == nil {
				c, err = parseCurl(words[1:])
			}
			if (err != nil) != test.wantErr {
				t.Fatalf("error %v, want one: %v", err, test.wantErr)
			}
			got := c.method + " " + c.url + " " + c.header.Get("Content-Type") + " " + c.body
			if err == nil && got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
