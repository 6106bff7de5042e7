//go:build !linux

package main

import (
	"errors"
	"os/exec"
)

// errNotHere tells that only Linux tells what the part end to end asks for.
var errNotHere = errors.New("-e2e needs Linux")

func dieWithParent(*exec.Cmd) {}

func currentUsage() (usage, error) { return usage{}, errNotHere }

func room() (int, error) { return 0, errNotHere }
