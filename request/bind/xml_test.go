package bind_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay/request/bind"
)

type (
	xmlItem struct {
		N    int      `json:"n" validate:"lt=9"`
		ID   string   `xml:"id,attr" json:"ident"`
		Tags []string `json:"tag"`
	}
	xmlBody struct {
		In xmlDoc `body:"xml"`
	}
	xmlDoc struct {
		Name  string               `json:"name" validate:"max=5"`
		Item  *xmlItem             `json:"item"`
		Items []xmlItem            `json:"in" validate:"max=3"`
		More  []*xmlItem           `json:"more"`
		Maybe bind.Optional[int]   `json:"maybe"`
		Flag  bool                 `json:"flag" default:"true"`
		When  time.Time            `json:"when"`
		Must  bind.Optional[uuid]  `json:"must" validate:"required_with=Maybe"`
		Next  *xmlDoc              `json:"next"`
		Ints  bind.Optional[[]int] `json:"ints" validate:"dive,gt=0"`
	}
)

func TestXML(t *testing.T) {
	const head = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	for _, tt := range []struct {
		description, text string
		want              xmlDoc
	}{
		{"nothing", "<a/>", xmlDoc{Flag: true}},
		{"a declaration, comments and instructions",
			head + "<!-- a --><?php x ?><a><!-- b --><?x?><name>To<!-- c -->m</name></a><!-- d --> \n",
			xmlDoc{Name: "Tom", Flag: true}},
		{"a byte order mark", "\ufeff" + head + "<a/>", xmlDoc{Flag: true}},
		{"attributes", `<a name="Tom" flag="0" xmlns="u" xmlns:x="v" x:maybe="5" must="01-02-03-04"/>`,
			xmlDoc{Name: "Tom", Maybe: bind.Some(5), Must: bind.Some(uuid{1, 2, 3, 4})}},
		{"name spaces", `<x:a xmlns:x="u"><x:name>Tom</x:name><y xmlns="v"><name>no</name></y></x:a>`, xmlDoc{Name: "Tom", Flag: true}},
		{"structs", `<a><item id="7"> <n> 3 </n><tag>a</tag><tag> b </tag></item></a>`,
			xmlDoc{Item: &xmlItem{3, "7", []string{"a", " b "}}, Flag: true}},
		{"lists of structs", `<a><in><n>1</n></in><other/><in id="x"/><more><n>2</n></more></a>`,
			xmlDoc{Items: []xmlItem{{N: 1}, {ID: "x"}}, More: []*xmlItem{{N: 2}}, Flag: true}},
		{"lists", "<a><ints>1</ints><ints>\n2\n</ints></a>", xmlDoc{Ints: bind.Some([]int{1, 2}), Flag: true}},
		{"structs of the same type", "<a><next><next><name>b</name></next><name>a</name></next></a>",
			xmlDoc{Flag: true, Next: &xmlDoc{Name: "a", Flag: true, Next: &xmlDoc{Name: "b", Flag: true}}}},
		{"CDATA and characters", "<a><name><![CDATA[<&>]]>&#65;&lt;</name></a>", xmlDoc{Name: "<&>A<", Flag: true}},
		{"empty elements of numbers", "<a><maybe/><flag></flag><when/></a>", xmlDoc{Flag: true}},
		{"a time", "<a><when>2024-02-29</when></a>", xmlDoc{When: time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), Flag: true}},
		{"members in another case", "<a><Name>Tom</Name><FLAG>x</FLAG></a>", xmlDoc{Flag: true}},
		{"white space around a text", "<a><name> T </name></a>", xmlDoc{Name: " T ", Flag: true}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			got, err := bound[xmlBody](t, post(xmlType, tt.text))
			if err != nil || !reflect.DeepEqual(got.In, tt.want) {
				t.Errorf("got %+v, %s\nwant %+v", got.In, told(err), tt.want)
			}
		})
	}
	for _, contentType := range []string{"text/xml", "application/atom+xml", "image/svg+xml; charset=utf-8", "APPLICATION/XML"} {
		if _, err := bound[xmlBody](t, post(contentType, "<a/>")); err != nil {
			t.Errorf("%s: %v", contentType, err)
		}
	}
}

func TestXMLViolations(t *testing.T) {
	bomb := `<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><a><name>&b;</name></a>`
	deep := func(n int) string { return strings.Repeat("<next>", n) + strings.Repeat("</next>", n) }
	for _, tt := range []struct{ description, text, want string }{
		{"values", "<a><maybe>x</maybe><flag>on</flag><when>now</when><must>1</must></a>",
			"400 body /maybe integer; body /flag boolean; body /when date-time; body /must text"},
		{"repeated", "<a><name>a</name><name>b</name><item/><item/></a>", "400 body /name repeated; body /item repeated"},
		{"an attribute and an element", `<a name="a"><name>b</name></a>`, "400 body /name repeated"},
		{"places", "<a><in><n>1</n></in><in><n>x</n></in><item><n>9</n></item><more><n>9</n></more></a>",
			"400 body /in/1/n integer; body /item/n lt; body /more/0/n lt"},
		{"rules", "<a><name>abcdef</name><in/><in/><in/><in/><ints>1</ints><ints>0</ints></a>",
			"422 body /name max; body /in max; body /ints gt"},
		{"rules of other fields", "<a><maybe>1</maybe></a>", "422 body /must required_with"},
		{"elements in a scalar", "<a><maybe><x>1</x></maybe></a>", ""},
		{"64 levels", deep(64), ""},
		{"65 levels", deep(65), "400 body syntax"},
		{"1,000 levels", deep(1000), "400 body syntax"},
		{"100,000 levels that do not end", strings.Repeat("<a>", 100_000), "400 body syntax"},
		{"a byte order mark later", "<a/>\ufeff", "400 body syntax"},
		{"two roots", "<a/><a/>", "400 body syntax"},
		{"text before", "x<a/>", "400 body syntax"},
		{"text behind", "<a/>x", "400 body syntax"},
		{"no element", "<!-- a -->", "400 body syntax"},
		{"no XML", "hello", "400 body syntax"},
		{"JSON", `{"name":"x"}`, "400 body syntax"},
		{"not closed", "<a><name>x</a>", "400 body syntax"},
		{"broken off", "<a><name>x", "400 body syntax"},
		{"a document type", "<!DOCTYPE a><a/>", "400 body syntax"},
		{"a document type inside", "<a><!DOCTYPE a></a>", "400 body syntax"},
		{"a document type behind", "<a/><!DOCTYPE a>", "400 body syntax"},
		{"entities", bomb, "400 body syntax"},
		{"an outside entity", `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><name>&x;</name></a>`, "400 body syntax"},
		{"an unknown entity", "<a><name>&nbsp;</name></a>", "400 body syntax"},
		{"another encoding", `<?xml version="1.0" encoding="ISO-8859-1"?><a/>`, "400 body syntax"},
		{"another version", `<?xml version="1.1"?><a/>`, "400 body syntax"},
		{"control characters", "<a><name>\x01</name></a>", "400 body syntax"},
		{"a NUL", "<a>\x00</a>", "400 body syntax"},
		{"an attribute twice", `<a name="a" name="b"/>`, "400 body /name repeated"},
		{"invalid UTF-8", "<a><name>\xff</name></a>", "400 Bad Request: The body is not valid UTF-8."},
		{"only white space", " \n ", "400 body syntax"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			_, err := bound[xmlBody](t, post(xmlType, tt.text))
			if told(err) != tt.want {
				t.Errorf("got  %s\nwant %s", told(err), tt.want)
			}
		})
	}
	_, err := bound[xmlBody](t, post(xmlType, bomb))
	if got := violations(t, err)[0].Detail; got != "The XML body is not acceptable: a document type is not allowed." {
		t.Errorf("the sentence is %q", got)
	}
	_, err = bound[xmlBody](t, post(xmlType, deep(65)))
	if got := violations(t, err)[0].Detail; got != "The XML body is not acceptable: elements stand too deep inside each other." {
		t.Errorf("the sentence is %q", got)
	}
}
