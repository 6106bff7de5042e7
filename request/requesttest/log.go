package requesttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
)

// Log keeps log records, so that a test can look at them. Give its Logger to the app:
//
//	log := new(requesttest.Log)
//	app := soay.New(soay.Options{Logger: log.Logger()})
//
// The time of a record is left out, so that tests can compare whole lines. The zero value is an empty
// log. A Log is safe for concurrent use and must not be copied.
type Log struct {
	// Level is the lowest level that is kept. The default is info, as in package slog. Set it before
	// the first call of Logger.
	Level slog.Level

	text, json logBuffer
}

// Logger returns a logger that writes to the log. All loggers of a log write to the same one.
func (l *Log) Logger() *slog.Logger {
	o := &slog.HandlerOptions{Level: l.Level, ReplaceAttr: withoutTime}
	return slog.New(slog.NewMultiHandler(slog.NewTextHandler(&l.text, o), slog.NewJSONHandler(&l.json, o)))
}

// withoutTime removes the time of a record. Times in groups are attributes, so they stay.
func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey && a.Value.Kind() == slog.KindTime {
		return slog.Attr{}
	}
	return a
}

// String returns all lines, each with its line break, oldest first. A line is what a [slog.TextHandler]
// writes, such as
//
//	level=INFO msg=request method=GET path=/cats status=200
func (l *Log) String() string { return l.text.String() }

// Lines returns the lines of String without their line breaks: those of the given levels, or all.
func (l *Log) Lines(levels ...slog.Level) []string {
	var lines []string
	for line := range strings.Lines(l.String()) {
		level := func(level slog.Level) bool { return strings.HasPrefix(line, "level="+level.String()+" ") }
		if len(levels) == 0 || slices.ContainsFunc(levels, level) {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

// Records returns the records that have this message, oldest first. A record maps the names of its
// attributes to their values, and "level" and "msg" to its level and message. The values are those that
// encoding/json decodes: numbers are float64, durations are float64 too, in nanoseconds, and groups are
// maps.
func (l *Log) Records(message string) []map[string]any {
	var found []map[string]any
	d := json.NewDecoder(strings.NewReader(l.json.String()))
	for {
		var record map[string]any
		if err := d.Decode(&record); err == io.EOF {
			return found
		} else if err != nil {
			panic(fmt.Sprintf("requesttest: read the log: %v", err)) // slog writes JSON always
		}
		if record[slog.MessageKey] == message {
			found = append(found, record)
		}
	}
}

// Reset empties the log. Its loggers go on writing to it.
func (l *Log) Reset() {
	l.text.reset()
	l.json.reset()
}

// logBuffer is a buffer for concurrent use.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func (b *logBuffer) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buf.Reset()
}
