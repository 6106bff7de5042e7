package router

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

// Source returns the file and line of the caller outside of the framework, such as cats/main.go:31, so that a
// report can say where a setting was made. Files below the working folder are named relative to it. It is for the
// framework.
func Source() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if !isFramework(f.Function) {
			return fmt.Sprintf("%s:%d", shortPath(f.File), f.Line)
		}
		if !more {
			return "unknown"
		}
	}
}

// isFramework reports whether a function belongs to a package of the framework. Its tests, examples and
// documentation do not: they use the framework as others do.
func isFramework(function string) bool {
	const module = "github.com/soay-go/soay"
	below, ok := strings.CutPrefix(function, module)
	if !ok || below[0] != '.' && below[0] != '/' {
		return false
	}
	folder, _, _ := strings.Cut(strings.TrimPrefix(below, "/"), "/")
	pkg, _, _ := strings.Cut(path.Base(below), ".")
	return !strings.HasSuffix(pkg, "_test") && folder != "examples" && folder != "docs" && folder != "benchmarks"
}

func shortPath(file string) string {
	wd, err := os.Getwd()
	if err != nil {
		return file
	}
	if rel, err := filepath.Rel(wd, file); err == nil && !strings.HasPrefix(rel, "..") {
		return filepath.ToSlash(rel)
	}
	return file
}

// Unjoin returns the errors that [errors.Join] has joined in err, at any depth, and none for nil. It is for the
// framework.
func Unjoin(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var errs []error
	for _, e := range joined.Unwrap() {
		errs = append(errs, Unjoin(e)...)
	}
	return errs
}
