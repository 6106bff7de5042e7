package strictjson_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/soay-go/soay/request/strictjson"
)

// BenchmarkCheck stands beside json.Valid, which looks at the grammar only.
func BenchmarkCheck(b *testing.B) {
	for _, body := range bodies() {
		b.Run(body.name+"/check", func(b *testing.B) {
			b.SetBytes(int64(len(body.text)))
			b.ReportAllocs()
			for b.Loop() {
				if err := strictjson.Check(body.text, strictjson.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(body.name+"/valid", func(b *testing.B) {
			b.SetBytes(int64(len(body.text)))
			b.ReportAllocs()
			for b.Loop() {
				if !json.Valid(body.text) {
					b.Fatal("not valid")
				}
			}
		})
	}
}

type body struct {
	name string
	text []byte
}

func bodies() []body {
	order := `{"id":17,"customer":{"name":"Ada Lovelace","email":"ada@example.com","tags":["a","b"]},` +
		`"items":[{"sku":"A-1","count":2,"price":9.95},{"sku":"B-2","count":1,"price":120}],"paid":true,"note":null}`
	var pretty strings.Builder
	encoder := json.NewEncoder(&pretty)
	encoder.SetIndent("", "    ")
	if err := encoder.Encode(json.RawMessage(order)); err != nil {
		panic(err)
	}
	return []body{
		{"five fields", []byte(`{"id":123,"name":"Ada Lovelace","email":"ada@example.com","active":true,"score":9.75}`)},
		{"order", []byte(order)},
		{"order pretty", []byte(pretty.String())},
		{"orders 64 KiB", []byte("[" + strings.Repeat(order+",", 64<<10/len(order)) + "0]")},
		{"text 64 KiB", []byte(`"` + strings.Repeat("Lorem ipsum dolor sit amet. ", 2340) + `"`)},
		{"text escapes 64 KiB", []byte(`"` + strings.Repeat(`Lorem ipsum\ndolor \u00e4met. `, 2184) + `"`)},
		{"text Greek 64 KiB", []byte(`"` + strings.Repeat("Ἀνερρίφθω κύβος. ", 2100) + `"`)},
		{"numbers 64 KiB", []byte("[" + strings.Repeat("12.5,-7,1e3,", 5400) + "0]")},
		{"names 1 MiB", []byte(distinctNames(1 << 20))},
	}
}
