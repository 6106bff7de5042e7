package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// dieWithParent makes the kernel kill the process when the thread that started it
// ends, which is with this program: threads of a Go program end only with a
// goroutine that was locked to one.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// currentUsage tells what this process has used.
func currentUsage() (usage, error) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return usage{}, err
	}
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return usage{}, err
	}
	var size, resident int64
	if _, err := fmt.Fscan(bytes.NewReader(text), &size, &resident); err != nil {
		return usage{}, fmt.Errorf("/proc/self/statm: %w", err)
	}
	return usage{
		CPU:      time.Duration(r.Utime.Nano() + r.Stime.Nano()),
		Resident: resident * int64(os.Getpagesize()),
	}, nil
}

// spareDescriptors is how many descriptors a process keeps for itself.
const spareDescriptors = 100

// room tells how many connections this process can have.
func room() (int, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, err
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, err
	}
	return int(min(limit.Cur, 1<<20)) - spareDescriptors, nil
}
