package response

import "strings"

// ContentTypeOf returns the content type for the name or the path of a file by its extension, in any case. For an
// unknown one it is application/octet-stream: nothing is guessed from the content, since browsers run the scripts of
// what is called text/html. The table is part of the program, so all machines agree. Text is in UTF-8.
func ContentTypeOf(name string) string {
	dot := strings.LastIndexAny(name, `./\`)
	if dot < 0 || name[dot] != '.' {
		return unknownType
	}
	if known, ok := mediaTypes[strings.ToLower(name[dot+1:])]; ok {
		return known
	}
	return unknownType
}

const (
	unknownType = "application/octet-stream"
	utf8Text    = "; charset=utf-8"
	plainText   = "text/plain" + utf8Text
	javaScript  = "text/javascript" + utf8Text // RFC 9239
	openXML     = "application/vnd.openxmlformats-officedocument."
	openText    = "application/vnd.oasis.opendocument."
)

// mediaTypes are the types of files by their extensions. XML has no charset here, for it says its own (RFC 7303 section
// 3), and JSON needs none (RFC 8259 section 11).
var mediaTypes = map[string]string{
	// pages and what belongs to them
	"html": "text/html" + utf8Text, "htm": "text/html" + utf8Text, "xhtml": "application/xhtml+xml",
	"css": "text/css" + utf8Text, "js": javaScript, "mjs": javaScript, "cjs": javaScript,
	"wasm": "application/wasm", "map": "application/json", "webmanifest": "application/manifest+json",
	// data
	"json": "application/json", "jsonld": "application/ld+json", "geojson": "application/geo+json",
	"jsonl": "application/jsonl", "ndjson": "application/x-ndjson", "xml": "application/xml", "xsl": "application/xslt+xml",
	"xslt": "application/xslt+xml", "rss": "application/rss+xml", "atom": "application/atom+xml",
	"yaml": "application/yaml", "yml": "application/yaml", "toml": "application/toml", "sql": "application/sql",
	"gpx": "application/gpx+xml", "kml": "application/vnd.google-earth.kml+xml",
	// text
	"txt": plainText, "text": plainText, "log": plainText, "md": "text/markdown" + utf8Text, "csv": "text/csv" + utf8Text,
	"tsv": "text/tab-separated-values" + utf8Text, "ics": "text/calendar" + utf8Text, "vcf": "text/vcard" + utf8Text,
	"vtt": "text/vtt" + utf8Text, "srt": "application/x-subrip",
	// pictures
	"png": "image/png", "apng": "image/apng", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
	"webp": "image/webp", "avif": "image/avif", "svg": "image/svg+xml", "ico": "image/vnd.microsoft.icon", "bmp": "image/bmp",
	"tif": "image/tiff", "tiff": "image/tiff", "heic": "image/heic", "heif": "image/heif", "jxl": "image/jxl",
	"psd": "image/vnd.adobe.photoshop",
	// fonts
	"woff": "font/woff", "woff2": "font/woff2", "ttf": "font/ttf", "otf": "font/otf", "ttc": "font/collection",
	"eot": "application/vnd.ms-fontobject",
	// sound
	"mp3": "audio/mpeg", "m4a": "audio/mp4", "aac": "audio/aac", "oga": "audio/ogg", "ogg": "audio/ogg", "opus": "audio/ogg",
	"wav": "audio/wav", "flac": "audio/flac", "weba": "audio/webm", "mid": "audio/midi", "midi": "audio/midi",
	// films; .ts is a piece of one, for browsers run no TypeScript
	"mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm", "ogv": "video/ogg", "mov": "video/quicktime",
	"avi": "video/x-msvideo", "mkv": "video/matroska", "mpeg": "video/mpeg", "mpg": "video/mpeg", "ts": "video/mp2t",
	"m3u8": "application/vnd.apple.mpegurl", "mpd": "application/dash+xml",
	// documents
	"pdf": "application/pdf", "rtf": "application/rtf", "epub": "application/epub+zip", "eml": "message/rfc822",
	"doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
	"docx": openXML + "wordprocessingml.document", "xlsx": openXML + "spreadsheetml.sheet",
	"pptx": openXML + "presentationml.presentation",
	"odt":  openText + "text", "ods": openText + "spreadsheet", "odp": openText + "presentation",
	// archives and programs
	"zip": "application/zip", "gz": "application/gzip", "tgz": "application/gzip", "tar": "application/x-tar",
	"bz2": "application/x-bzip2", "xz": "application/x-xz", "zst": "application/zstd", "7z": "application/x-7z-compressed",
	"rar": "application/vnd.rar", "jar": "application/java-archive", "apk": "application/vnd.android.package-archive",
	"deb": "application/vnd.debian.binary-package", "dmg": "application/x-apple-diskimage",
	// models
	"glb": "model/gltf-binary", "gltf": "model/gltf+json", "stl": "model/stl", "obj": "model/obj",
}
