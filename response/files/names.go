package files

import (
	"io/fs"
	"path"
	"strings"

	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/response"
)

// isServable reports whether a name may lead to a file at all: it is a clean path below the folder, and nothing in it is
// hidden.
func isServable(name string, wellKnown bool) bool {
	if !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00") {
		return false
	}
	if name == "." {
		return true
	}
	for i, first := 0, true; i <= len(name); first = false {
		segment, _, _ := strings.Cut(name[i:], "/")
		if isHidden(segment) && !(first && wellKnown && segment == ".well-known") {
			return false
		}
		i += len(segment) + 1
	}
	return true
}

// The ends of what editors and tools leave behind.
var hiddenEnds = []string{"~", ".", " ", ".bak", ".swp", ".orig", ".tmp"}

// isHidden reports whether a file or folder of this name is never served, on any system: dot files, copies of editors, and
// what Windows takes for something else, such as a stream (a:b), a device or a short name.
func isHidden(segment string) bool {
	if segment == "" || segment[0] == '.' || strings.IndexByte(segment, ':') >= 0 {
		return true
	}
	lower := strings.ToLower(segment)
	for _, end := range hiddenEnds {
		if strings.HasSuffix(lower, end) {
			return true
		}
	}
	stem, _, _ := strings.Cut(lower, ".")
	return isDevice(strings.TrimRight(stem, " ")) || isShort(stem)
}

// isShort reports whether Windows may have made this stem for a longer name: .git is also git~1 there.
func isShort(stem string) bool {
	tilde := strings.LastIndexByte(stem, '~')
	return tilde >= 0 && len(stem) <= 8 && strings.Trim(stem[tilde+1:], "0123456789") == ""
}

// isDevice reports whether Windows opens a device in place of a file with this stem, in lower case, whatever its
// extension.
func isDevice(stem string) bool {
	switch stem {
	case "con", "prn", "aux", "nul", "conin$", "conout$":
		return true
	}
	number, isCOM := strings.CutPrefix(stem, "com")
	if !isCOM {
		var isLPT bool
		if number, isLPT = strings.CutPrefix(stem, "lpt"); !isLPT {
			return false
		}
	}
	switch number {
	case "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³":
		return true
	}
	return false
}

// isCompressible reports whether a file of this name is worth compressing, by its type.
func isCompressible(name string) bool { return compress.IsCompressible(response.ContentTypeOf(name)) }

// siblings are the codings of files that stand beside their originals, the preferred one first.
var siblings = [...]struct{ extension, coding string }{{".br", "br"}, {".zst", "zstd"}, {".gz", "gzip"}}

// isSibling reports whether a name is that of a compressed form of another file.
func isSibling(name string) bool {
	for _, s := range siblings {
		if original, ok := strings.CutSuffix(name, s.extension); ok {
			return isCompressible(original)
		}
	}
	return false
}

// fingerprintDigits is how many hexadecimal digits of the hash stand in the name of a file.
const fingerprintDigits = 12

// withFingerprint returns the name with the fingerprint before its extension: app.css becomes app.0123456789ab.css.
func withFingerprint(name, print string) string {
	extension := path.Ext(name)
	return strings.TrimSuffix(name, extension) + "." + print + extension
}

// cutFingerprint is the reverse of withFingerprint.
func cutFingerprint(name string) (plain, print string, ok bool) {
	extension := path.Ext(name)
	stem := strings.TrimSuffix(name, extension)
	if isFingerprint(strings.TrimPrefix(extension, ".")) { // of a name without an extension
		return stem, extension[1:], stem != "" && stem[len(stem)-1] != '/'
	}
	inner := path.Ext(stem)
	if inner == "" || !isFingerprint(inner[1:]) {
		return "", "", false
	}
	plain = strings.TrimSuffix(stem, inner) + extension
	return plain, inner[1:], true
}

func isFingerprint(s string) bool {
	if len(s) != fingerprintDigits {
		return false
	}
	return strings.Trim(s, "0123456789abcdef") == ""
}
