package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// usage is what a process has used.
type usage struct {
	CPU      time.Duration // user and system
	Resident int64         // bytes of memory in use now
}

// A process is a server or the loader: this very program, started once more. It
// answers each question, a line of JSON, with another one.
type process struct {
	cmd       *exec.Cmd
	input     io.WriteCloser
	questions *json.Encoder
	answers   *json.Decoder
}

// startProcess starts this program with these arguments.
func startProcess(args ...string) (*process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, args...)
	cmd.Stderr = os.Stderr
	// The apps run as in production, whatever the environment says.
	cmd.Env = append(os.Environ(), "APP_ENV=", "APP_SHOW_ERROR_DETAILS=")
	dieWithParent(cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &process{cmd: cmd, input: in, questions: json.NewEncoder(in), answers: json.NewDecoder(out)}, nil
}

// ask puts a question and takes the answer, which is dropped if answer is nil.
func (p *process) ask(question, answer any) error {
	if err := p.questions.Encode(question); err != nil {
		return fmt.Errorf("a process of this program has ended: %w", err)
	}
	return p.take(answer)
}

func (p *process) take(answer any) error {
	if answer == nil {
		answer = new(any)
	}
	if err := p.answers.Decode(answer); err != nil {
		return fmt.Errorf("a process of this program does not answer: %w", err)
	}
	return nil
}

// converse is the other end: it answers each question, until there are no more.
func converse[Q any](in io.Reader, out io.Writer, answer func(Q) (any, error)) error {
	questions, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var question Q
		if err := questions.Decode(&question); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		a, err := answer(question)
		if err != nil {
			return err
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
	}
}

// lastWords is how long a process may take to end by itself.
const lastWords = 5 * time.Second

// stop ends the process and waits until it has ended. The error tells that it
// did not end well by itself. Later calls do nothing.
func (p *process) stop() error {
	if p == nil || p.cmd.ProcessState != nil {
		return nil
	}
	p.input.Close()
	kill := time.AfterFunc(lastWords, func() { p.cmd.Process.Kill() })
	defer kill.Stop()
	return p.cmd.Wait()
}

// profileName gives the file for the profile of one of the servers.
func profileName(file, server, row string) string {
	safe := strings.NewReplacer("/", "-", " ", "-", ",", "")
	return file + "." + safe.Replace(row) + "." + safe.Replace(server)
}
