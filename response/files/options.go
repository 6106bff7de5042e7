package files

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/response"
)

// Options sets up how a folder is served. The zero value is the safe default, and so is the zero of each field.
type Options struct {
	// Index is the file that answers for its folder. The default is index.html; a folder without one is a 404. One that
	// is named here must stand in the folder itself.
	Index string
	// Fallback is the file that answers navigations to what is not there: the page of an app whose links its JavaScript
	// handles. All else that is not there stays 404, as a missing script. The default is none.
	Fallback string
	// Except are paths of the app below which Fallback never answers, such as /api. The default is none.
	Except []string
	// Extensions are the only ones that files have, each with its dot. The default is any.
	Extensions []string
	// Cache is the Cache-Control of files under their plain names. The default is no-cache: browsers keep the file, and
	// ask each time whether it has changed.
	Cache response.CacheControl
	// HTMLExtension finds about.html at about, and redirects about.html to it. The default is false.
	HTMLExtension bool
	// Listing shows what is in a folder without an index. The default is false: 404.
	Listing bool
	// WellKnown serves the folder .well-known at the top. The default is false.
	WellKnown bool
	// Compress are the coders by which missing siblings are made, at the first use of a file of at most 1 MiB whose type is
	// worth it, and kept in memory: compress.Gzip(9), say. The default is none.
	Compress []compress.Coder
	// MemoryBytes limits the memory for files of at most 64 KiB and for compressed forms, in bytes; what was not asked
	// for lately is dropped first. The default is 32 MiB; -1 keeps none.
	MemoryBytes int64
	// Recheck is how long what is known of a file holds until the disk is looked at again. The default is 1 s; in
	// development it is looked at each time.
	Recheck time.Duration
	// Each may add headers to the response for a file. It is called once for each version of a file rather than for each
	// request, by several goroutines, and must not change the status or the content. The default is none.
	Each func(name string, r response.Response) response.Response
}

const (
	defaultIndex       = "index.html"
	defaultMemoryBytes = 32 << 20
	defaultRecheck     = time.Second
)

// check returns what is wrong with the options of a set.
func (s *Set) check() error {
	o := &s.options
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if o.MemoryBytes < -1 {
		wrong("MemoryBytes is %d; -1 keeps no files in memory", o.MemoryBytes)
	}
	if o.Recheck < 0 {
		wrong("Recheck is negative: %v", o.Recheck)
	}
	if o.Cache != (response.CacheControl{}) {
		if err := o.Cache.Check(); err != nil {
			wrong("Cache: %w", err)
		}
	}
	if err := compress.Check(o.Compress); err != nil {
		wrong("Compress: %w", err)
	}
	if len(o.Compress) > 0 && o.MemoryBytes < 0 {
		wrong("Compress contradicts MemoryBytes -1, for what it makes is kept in memory")
	}
	for _, extension := range o.Extensions {
		if len(extension) < 2 || extension[0] != '.' || strings.ContainsAny(extension[1:], "./\\") {
			wrong("Extensions: %q is no extension such as .css", extension)
		}
	}
	for _, prefix := range o.Except {
		if prefix == "" || prefix[0] != '/' {
			wrong("Except: %q is no path of the app such as /api", prefix)
		}
	}
	if o.Index != "" {
		if strings.Contains(o.Index, "/") {
			wrong("Index: %q is not the name of a file alone", o.Index)
		} else if err := s.checkFile(o.Index); err != nil {
			wrong("Index: %w", err)
		}
	}
	if o.Fallback != "" {
		if err := s.checkFile(o.Fallback); err != nil {
			wrong("Fallback: %w", err)
		}
	}
	return errors.Join(errs...)
}

// checkFile reports that a file which the options name cannot be served.
func (s *Set) checkFile(name string) error {
	if !s.isServed(name) {
		return fmt.Errorf("%q is never served: it is hidden, or no clean path, or of another extension", name)
	}
	if _, err := s.look(name); err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	return nil
}

// isServed reports whether a file of this name may be served.
func (s *Set) isServed(name string) bool {
	if !isServable(name, s.options.WellKnown) {
		return false
	}
	return len(s.options.Extensions) == 0 || slices.ContainsFunc(s.options.Extensions, func(extension string) bool {
		return strings.EqualFold(extension, path.Ext(name))
	})
}

func (o *Options) index() string { return cmp.Or(o.Index, defaultIndex) }

func (o *Options) cache() response.CacheControl {
	return cmp.Or(o.Cache, response.CacheControl{NoCache: true})
}
