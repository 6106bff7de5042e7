package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// epochs count how often somebody has signed out everywhere. A session in a cookie remembers the
// number from when it was sealed, and ends when it is another one. In earnest the number is a column
// of the table of accounts; here it is a file, which all instances on one machine share.
//
// The file has a line with the name for each time, and is only ever appended to, which the system
// does in one step whoever else does it. So it needs no lock, and an instance reads only what is new.
// Once the longest life of a session (24 h) has passed without a new line, it may be emptied while no
// instance runs. Users who were in it sign in once more.
type epochs struct {
	mu     sync.Mutex
	file   *os.File // nil keeps the numbers in memory
	read   int64    // how many bytes of the file are counted
	counts map[string]int64
}

// newEpochs returns the epochs in a file, which is made if it is not there. Without a path they are
// in memory: other instances do not see them, and a restart forgets them.
func newEpochs(path string) (*epochs, error) {
	e := &epochs{counts: map[string]int64{}}
	if path == "" {
		return e, nil
	}
	var err error
	e.file, err = os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("login: open the epochs: %w", err)
	}
	return e, nil
}

// of returns the epoch of a user. It has the form of sessions.Options.Epoch.
func (e *epochs) of(_ context.Context, user string) (int64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.catchUp(); err != nil {
		return 0, fmt.Errorf("login: read the epochs: %w", err)
	}
	return e.counts[user], nil
}

// catchUp counts the lines that were appended since. The last one may not be complete yet.
func (e *epochs) catchUp() error {
	if e.file == nil {
		return nil
	}
	text, err := io.ReadAll(io.NewSectionReader(e.file, e.read, 1<<62))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		name, complete := strings.CutSuffix(line, "\n")
		if !complete {
			break
		}
		e.read += int64(len(line))
		e.counts[name]++
	}
	return nil
}

// signOut implements users.
func (e *epochs) signOut(_ context.Context, user string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.file == nil {
		e.counts[user]++
		return nil
	}
	// The line break in front ends what a full disk may have cut off before.
	_, err := e.file.WriteString("\n" + user + "\n")
	if err == nil {
		err = e.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("login: raise the epoch of %q: %w", user, err)
	}
	return nil
}

// count implements users. Nobody knows how many cookies are out.
func (e *epochs) count(context.Context, string) (int, error) { return 0, nil }

func (e *epochs) close() error {
	if e.file == nil {
		return nil
	}
	return e.file.Close()
}
