package rules_test

import (
	"reflect"
	"testing"
)

// BenchmarkCheck compares compiled rules with the library's, for values that pass and one that does
// not.
func BenchmarkCheck(b *testing.B) {
	for _, bench := range []struct {
		description string
		value       any
		tag         string
	}{
		{"min of an int", new(18), "min=3"},
		{"max of a string", new("Tom the cat"), "max=50"},
		{"min and max", new(18), "min=3,max=99"},
		{"email", new("tom.cat@example.org"), "email"},
		{"oneof", new("green"), "oneof=red green blue"},
		{"uuid", new("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "uuid"},
		{"url", new("https://example.org/cats?page=2"), "url"},
		{"alphanum", new("abcDEF123"), "alphanum"},
		{"semver, by the library", new("1.2.3"), "semver"},
		{"email that is none", new("tom.cat"), "email"},
		{"min of an int that is not", new(1), "min=3"},
	} {
		b.Run(bench.description+"/compiled", func(b *testing.B) {
			v := reflect.ValueOf(bench.value).Elem()
			r := compile(b, plain, v.Type(), bench.tag)
			b.ReportAllocs()
			for b.Loop() {
				r.Check(v)
			}
		})
		b.Run(bench.description+"/library", func(b *testing.B) {
			value := reflect.ValueOf(bench.value).Elem().Interface()
			b.ReportAllocs()
			for b.Loop() {
				_ = library.Var(value, bench.tag)
			}
		})
	}
}
