package upload

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
)

// sniffed is how many bytes of a file its type is detected from.
const sniffed = 512

const (
	typeHTML = "text/html"
	typeXML  = "text/xml"
	typeSVG  = "image/svg+xml"
)

// detect returns the media type that the first bytes of a file look like.
func detect(head []byte) string {
	head = head[:min(len(head), sniffed)]
	t, _, _ := strings.Cut(http.DetectContentType(head), ";")
	// An image with scripts is text or XML to the standard that DetectContentType follows.
	isText := t == "text/plain" || t == typeXML || t == typeHTML && bytes.HasPrefix(bytes.TrimSpace(head), []byte("<!--"))
	if isText && hasSVG(head) {
		return typeSVG
	}
	return t
}

// hasSVG reports whether an element svg begins in the text, in any case.
func hasSVG(text []byte) bool {
	for rest := text; ; {
		_, after, found := bytes.Cut(rest, []byte("<"))
		if !found {
			return false
		}
		if len(after) >= 3 && strings.EqualFold(string(after[:3]), "svg") {
			return true
		}
		rest = after
	}
}

// isActive reports whether browsers run scripts in files of a type.
func isActive(t string) bool {
	return t == typeHTML || t == typeXML || t == typeSVG || t == "application/xml" || strings.HasSuffix(t, "+xml")
}

// known are the types that the content of files shows, so that nobody has to claim them.
var known = strings.Fields(`
	text/html text/xml image/svg+xml application/pdf application/postscript image/x-icon image/bmp image/gif image/webp image/png
	image/jpeg audio/basic audio/aiff audio/mpeg application/ogg audio/midi video/avi audio/wave video/mp4 video/webm
	application/vnd.ms-fontobject font/ttf font/otf font/collection font/woff font/woff2 application/x-gzip application/zip
	application/x-rar-compressed application/wasm`)

func isKnown(t string) bool { return slices.Contains(known, t) }

// isParent reports whether a file that looks like parent may be of a type that says more.
func isParent(parent, t string) bool {
	major, minor, _ := strings.Cut(t, "/")
	isMedia := slices.Contains([]string{"image", "audio", "video", "font"}, major)
	switch parent {
	case "text/plain":
		return !isMedia
	case "application/zip": // documents of offices and books, for example
		return major == "application" || major == "model"
	case typeXML:
		return minor == "xml" || strings.HasSuffix(minor, "+xml")
	case "application/octet-stream":
		return major != "text"
	}
	return false
}
