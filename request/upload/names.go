package upload

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// about is what is known of a file beside its bytes.
type about struct {
	rawName     string
	contentType string // as claimed
	detected    string
}

// name returns the base name without what nobody can see. Some clients send whole paths, also with backslashes; RFC 7578
// section 4.2 says that folders must not be used.
func (a about) name() string {
	s := strings.ToValidUTF8(a.rawName, "\uFFFD")
	s = s[strings.LastIndexAny(s, `/\`)+1:]
	s = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return -1 // control characters, and marks that turn the direction of writing
		}
		return r
	}, s)
	if s = strings.TrimSpace(s); s == "." || s == ".." {
		return ""
	}
	return s
}

// maxName is the longest safe name in bytes.
const maxName = 100

func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("._- ", r) {
			return r
		}
		return '_'
	}, name)
	name = strings.TrimLeft(strings.Trim(name, ". "), ". ")
	name = shorten(name)
	switch {
	case strings.Trim(name, "._- ") == "":
		return "file"
	case isDevice(name):
		name = "_" + name
	}
	return name
}

// shorten cuts a name to maxName bytes in front of its extension.
func shorten(name string) string {
	if len(name) <= maxName-1 { // one byte is for the sign in front of a device
		return name
	}
	ext := path.Ext(name)
	if len(ext) > maxName/4 {
		ext = ""
	}
	end := maxName - 1 - len(ext)
	for end > 0 && !utf8.RuneStart(name[end]) {
		end--
	}
	return strings.TrimRight(name[:end], ". ") + ext
}

// devices are the names that Windows takes for devices, in any folder and with any extension.
var devices = strings.Fields("con prn aux nul conin$ conout$ " +
	"com0 com1 com2 com3 com4 com5 com6 com7 com8 com9 com¹ com² com³ lpt0 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9 lpt¹ lpt² lpt³")

func isDevice(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	return slices.Contains(devices, strings.ToLower(strings.TrimRight(stem, " ")))
}
