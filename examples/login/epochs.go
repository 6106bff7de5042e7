package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// epochs count how many times each user has signed out everywhere. A session in a cookie contains the number from
// when it was sealed, and has ended if the number has changed. In a real program the number is a column of the
// table of accounts. Here it is a file, which all instances on one machine share.
//
// The file has a line with the name of the user for each time. Lines are only appended, and the system appends
// each in one step. So the file needs no lock, and an instance reads only new lines. After 24 hours without a
// new line, the longest life of a session, the file may be emptied while no instance runs. Users who were in
// it have to sign in again.
//
// A file that was cut off or replaced while an instance runs does not say any more who has signed out. Each line
// begins with a random text, and so does the file. If one of them is not found in its place, all sessions are
// refused from then on.
type epochs struct {
	mu     sync.Mutex
	path   string
	file   *os.File // nil keeps the numbers in memory
	read   int64    // how many bytes of the file are counted
	first  string   // the first line of the file
	last   string   // the last line that is counted
	lost   error    // why the file cannot be trusted any more
	counts map[string]int64
}

// newEpochs returns the epochs in a file, which it makes if there is none. Without a path they are in memory:
// other instances do not see them, and a restart forgets them.
func newEpochs(path string) (*epochs, error) {
	e := &epochs{path: path, counts: map[string]int64{}}
	if path == "" {
		return e, nil
	}
	var err error
	e.file, err = os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err == nil {
		err = e.begin()
	}
	if err != nil {
		return nil, fmt.Errorf("login: open the epochs: %w", err)
	}
	return e, nil
}

const title = "epochs "

// begin reads the first line, and writes one into a new file. If another instance does so too, the line that was
// written first counts.
func (e *epochs) begin() error {
	line := title + rand.Text() + "\n"
	info, err := e.file.Stat()
	if err == nil && info.Size() == 0 {
		_, err = e.file.WriteString(line)
	}
	if err != nil {
		return err
	}
	e.first = e.at(0, len(line))
	if !strings.HasPrefix(e.first, title) || !strings.HasSuffix(e.first, "\n") {
		return fmt.Errorf("%s has other content", e.path)
	}
	e.last, e.read = e.first, int64(len(e.first))
	return nil
}

// at returns a part of the file, or less at its end.
func (e *epochs) at(offset int64, length int) string {
	b := make([]byte, length)
	n, _ := e.file.ReadAt(b, offset)
	return string(b[:n])
}

// of returns the epoch of a user. It is a function for sessions.Options.Epoch.
func (e *epochs) of(_ context.Context, user string) (int64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.catchUp(); err != nil {
		return 0, fmt.Errorf("login: read the epochs: %w", err)
	}
	return e.counts[user], nil
}

// catchUp counts the new lines. The last one may not be complete yet.
func (e *epochs) catchUp() error {
	if e.file == nil {
		return nil
	}
	if err := e.check(); err != nil {
		return err
	}
	text, err := io.ReadAll(io.NewSectionReader(e.file, e.read, 1<<62))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		if !strings.HasSuffix(line, "\n") {
			break
		}
		e.read += int64(len(line))
		e.last = line
		if _, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " "); ok {
			e.counts[name]++
		}
	}
	return nil
}

// check returns an error, now and from now on, if the file was cut off or replaced.
func (e *epochs) check() error {
	if e.lost != nil {
		return e.lost
	}
	own, err := e.file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(e.path)
	switch {
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return err
	case err != nil || !os.SameFile(own, there):
		e.lost = errors.New("the file was removed or replaced; restart when it is there again")
	case e.at(0, len(e.first)) != e.first || e.at(e.read-int64(len(e.last)), len(e.last)) != e.last:
		e.lost = errors.New("the file was cut off; restart when it is whole again")
	}
	return e.lost
}

// signOut implements users. It reads its line back, because a line that cannot be read ends no session.
func (e *epochs) signOut(_ context.Context, user string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.file == nil {
		e.counts[user]++
		return nil
	}
	err := e.catchUp()
	before := e.counts[user]
	if err == nil {
		// The line break in front ends an earlier line that a full disk may have cut off.
		_, err = e.file.WriteString("\n" + rand.Text() + " " + user + "\n")
	}
	if err == nil {
		err = e.file.Sync()
	}
	if err == nil {
		err = e.catchUp()
	}
	if err == nil && e.counts[user] == before {
		err = errors.New("the line is not there")
	}
	if err != nil {
		return fmt.Errorf("login: raise the epoch of %q: %w", user, err)
	}
	return nil
}

// count implements users. The number of cookies is unknown.
func (e *epochs) count(context.Context, string) (int, error) { return 0, nil }

func (e *epochs) close() error {
	if e.file == nil {
		return nil
	}
	return e.file.Close()
}
