package strictjson_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/soay-go/soay/request/strictjson"
)

// Texts of about 1 MiB that want to make checking slow, deep or large. None is timed: a quadratic one would not end.
func TestAttacks(t *testing.T) {
	const size = 1 << 20
	many := distinctNames(size)
	tests := []struct {
		description, text string
		want              strictjson.Kind // none: accepted
	}{
		{"100,000 brackets", strings.Repeat("[", 100_000), strictjson.KindDepth},
		{"100,000 braces", strings.Repeat(`{"":`, 100_000), strictjson.KindDepth},
		{"deep mixture", strings.Repeat(`[{"a":1,"b":[{"c":`, 20_000), strictjson.KindDepth},
		{"deep again and again", "[" + strings.Repeat(strings.Repeat("[", 63)+strings.Repeat("]", 63)+",", 8_000) + "0]", ""},
		{"distinct names of one length", many, ""},
		{"distinct names, the last twice", many[:len(many)-1] + `,"":0}`, strictjson.KindDuplicate},
		{"distinct names outside ASCII", strings.ReplaceAll(many, `,"`, `,"Ж`), ""},
		{"distinct escaped names", strings.ReplaceAll(many, `,"`, `,"\u0416`), ""},
		{"one name all the time", `{` + strings.Repeat(`"a":0,`, size/6) + `"a":0}`, strictjson.KindDuplicate},
		{"long names that differ at the end", longNames(size), ""},
		{"objects just too large to look through", manyObjects(size, 17), ""},
		{"objects inside large objects", nestedObjects(60, 40), ""},
		{"long string", `"` + strings.Repeat("x", size) + `"`, ""},
		{"long name", `{"` + strings.Repeat("K", size) + `":0}`, ""},
		{"long string of escapes", `"` + strings.Repeat(`\n`, size/2) + `"`, ""},
		{"long string that does not end", `"` + strings.Repeat("x", size), strictjson.KindSyntax},
		{"long number", strings.Repeat("9", size), ""},
		{"white space", strings.Repeat(" ", size), strictjson.KindEmpty},
		{"empty objects", "[" + strings.Repeat("{},", size/3) + "{}]", ""},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			err := strictjson.Check([]byte(test.text), strictjson.Options{})
			if got := violationOf(err); got.Kind != test.want {
				t.Errorf("got %v, want kind %q", err, test.want)
			}
		})
	}
}

// distinctNames is an object of about size bytes of which all names but one have the same length.
func distinctNames(size int) string {
	var text strings.Builder
	text.WriteString(`{"":0`)
	for i := 0; text.Len() < size; i++ {
		fmt.Fprintf(&text, `,"%05x":0`, i)
	}
	return text.String() + "}"
}

func longNames(size int) string {
	var text strings.Builder
	text.WriteString(`{"":0`)
	for i := 0; text.Len() < size; i++ {
		fmt.Fprintf(&text, `,"%s%04d":0`, strings.Repeat("n", 4000), i)
	}
	return text.String() + "}"
}

func manyObjects(size, members int) string {
	var object strings.Builder
	object.WriteString(`{"":0`)
	for i := range members {
		fmt.Fprintf(&object, `,"%02d":0`, i)
	}
	object.WriteString("},")
	return "[" + strings.Repeat(object.String(), size/object.Len()) + "0]"
}

// nestedObjects has an object with so many members at each level, the next level in the middle.
func nestedObjects(levels, members int) string {
	if levels == 0 {
		return "0"
	}
	var text strings.Builder
	text.WriteByte('{')
	for i := range members {
		inner := "0"
		if i == members/2 {
			inner = nestedObjects(levels-1, members)
		}
		fmt.Fprintf(&text, `"%03d":%s,`, i, inner)
	}
	return text.String() + `"":0}`
}

// Random objects in objects, of sizes around every threshold: right as they are, wrong with one name more.
func TestRandomObjects(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var text strings.Builder
		victim := writeObject(&text, random, 0)
		if err := strictjson.Check([]byte(text.String()), strictjson.Options{}); err != nil {
			t.Fatalf("Check(%s) = %v", text.String(), err)
		}
		twice := strings.Replace(text.String(), victim, victim+","+strings.ToUpper(victim), 1)
		if got := violationOf(strictjson.Check([]byte(twice), strictjson.Options{})); got.Kind != strictjson.KindDuplicate {
			t.Fatalf("Check(%s) = %v, want duplicate of %s", twice, got, victim)
		}
	}
}

// writeObject writes an object and returns one of the members, which may belong to an object inside it.
func writeObject(text *strings.Builder, random *rand.Rand, depth int) (member string) {
	member = fmt.Sprintf(`"first":%d`, random.Uint64())
	text.WriteString("{" + member)
	for _, name := range random.Perm(random.IntN(80)) {
		chosen := random.IntN(20) == 0
		if depth < 3 && random.IntN(25) == 0 {
			fmt.Fprintf(text, `,"o%d":`, name)
			if inner := writeObject(text, random, depth+1); chosen {
				member = inner
			}
			continue
		}
		other := fmt.Sprintf(`"key%d":%d`, name, random.Uint64())
		text.WriteString("," + other)
		if chosen {
			member = other
		}
	}
	text.WriteByte('}')
	return member
}

func TestConcurrentChecks(t *testing.T) {
	texts := []string{distinctNames(5000), nestedObjects(10, 20), `{"a":{"b":1}}`, `{"a":1,"A":2}`}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 50 {
				text := texts[i%len(texts)]
				if err := strictjson.Check([]byte(text), strictjson.Options{}); (err == nil) != (i%4 < 3) {
					t.Errorf("Check(%.20s…) = %v", text, err)
				}
			}
		})
	}
	group.Wait()
}
