package header_test

import (
	"testing"

	"github.com/soay-go/soay/request/header"
)

var browserAccept = []string{"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"}

func BenchmarkNegotiateMediaType(b *testing.B) {
	b.Run("browser", func(b *testing.B) {
		for b.Loop() {
			header.NegotiateMediaType(browserAccept, "application/json", "text/html", "text/plain")
		}
	})
	b.Run("client", func(b *testing.B) {
		values := []string{"application/json"}
		for b.Loop() {
			header.NegotiateMediaType(values, "application/json", "text/html")
		}
	})
}

func BenchmarkNegotiateEncoding(b *testing.B) {
	values := []string{"gzip, deflate, br, zstd"}
	for b.Loop() {
		header.NegotiateEncoding(values, "zstd", "br", "gzip")
	}
}

func BenchmarkNegotiateLanguage(b *testing.B) {
	values := []string{"de-CH,de;q=0.9,en;q=0.8,*;q=0.5"}
	for b.Loop() {
		header.NegotiateLanguage(values, "en", "de", "fr")
	}
}

func BenchmarkIsJSON(b *testing.B) {
	for b.Loop() {
		header.IsJSON("application/json; charset=utf-8")
	}
}

func BenchmarkParseMediaType(b *testing.B) {
	for b.Loop() {
		header.ParseMediaType("multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW")
	}
}

func BenchmarkParseForwarded(b *testing.B) {
	values := []string{`for=192.0.2.43;proto=https;host=example.com, for="[2001:db8::1]:4711"`}
	for b.Loop() {
		header.ParseForwarded(values)
	}
}

func BenchmarkParseRange(b *testing.B) {
	for b.Loop() {
		header.ParseRange("bytes=0-1023", 1<<20)
	}
}

func BenchmarkParseBasic(b *testing.B) {
	for b.Loop() {
		header.ParseBasic("QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
	}
}
