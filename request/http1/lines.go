package http1

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// AppendStatusLine appends the status line of a response as net/http's server has it.
func AppendStatusLine(b []byte, status int) []byte {
	if status == http.StatusOK { // as nearly always
		return append(b, "HTTP/1.1 200 OK\r\n"...)
	}
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, ' ')
	if text := http.StatusText(status); text != "" {
		b = append(b, text...)
	} else {
		b = append(b, "status code "...)
		b = strconv.AppendInt(b, int64(status), 10)
	}
	return append(b, '\r', '\n')
}

// dateLine is the field Date of one second.
type dateLine struct {
	second int64 // Unix time
	line   string
}

// lastDate is the line that was used last. All connections of the process share it.
var lastDate atomic.Pointer[dateLine]

// AppendDate appends the field Date. A line is made once a second, and once more whenever the clock has another
// second than the response before, also an earlier one.
func AppendDate(b []byte, now time.Time) []byte {
	d := lastDate.Load()
	if second := now.Unix(); d == nil || d.second != second {
		d = &dateLine{second, "Date: " + now.UTC().Format(http.TimeFormat) + "\r\n"}
		lastDate.Store(d)
	}
	return append(b, d.line...)
}
