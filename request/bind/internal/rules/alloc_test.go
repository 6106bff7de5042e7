//go:build !race

package rules_test

import (
	"reflect"
	"testing"
	"time"
)

// Values that pass compiled rules cost no memory.
func TestChecksDoNotAllocate(t *testing.T) {
	tests := []struct {
		value any
		tag   string
	}{
		{new(18), "required,min=3,max=99,ne=7,oneof=17 18"},
		{new(uint8(18)), "gt=3,lt=99,eq=18"},
		{new(18.5), "gte=18,lte=19"},
		{new(true), "eq=true,boolean"},
		{new("Tom the cät"), "required,min=3,max=50,contains=cät,excludesall=<>,startswith=T"},
		{new("green"), "omitempty,oneof=red green 'dark blue',alpha,lowercase,eq=red|eq=green"},
		{new("tom.cat@example.org"), "email"},
		{new("https://example.org/cats?page=2"), "url,uri,https_url"},
		{new("6ba7b810-9dad-41d1-80b4-00c04fd430c8"), "uuid,uuid4"},
		{new("2024-02-29"), "datetime=2006-01-02"},
		{new("::1"), "ip,ipv6"},
		{new("example.org"), "hostname,hostname_rfc1123,fqdn"},
		{new([]string{"a", "b"}), "min=1,max=3,unique"},
		{new(map[string]int{"a": 1}), "len=1"},
		{new(time.Unix(0, 0)), "lt"},
		{new(time.Minute), "min=1s,max=1h"},
		{new(""), "omitempty,email"},
	}
	for _, test := range tests {
		v := reflect.ValueOf(test.value).Elem()
		r := compile(t, plain, v.Type(), test.tag)
		got := testing.AllocsPerRun(100, func() {
			if broken := r.Check(v); broken != nil {
				t.Fatalf("%s: %v breaks %v", test.tag, v, broken)
			}
		})
		if got != 0 {
			t.Errorf("%s: %v allocations, want 0", test.tag, got)
		}
	}
}
