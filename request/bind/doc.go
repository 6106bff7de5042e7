// Package bind fills structs from requests, as the tags of their fields say, and validates them.
//
// A [Compiler] makes a [Plan] of a type once, at registration, where every mistake in the type is an
// error. The plan then fills values from requests without looking at the type again.
//
//	type GetCat struct {
//		ID      int  `path:"id"`
//		Verbose bool `query:"verbose" default:"false"`
//	}
//
// Programs need [Optional], [Form], [Binder], [Error], [From] and [Language] of this package. The rest is for the
// framework: the
// router binds inputs by a Plan, and the description of the API is made of what a plan says about
// itself, its [Description].
//
// # Where values come from
//
// The tags path, query, header, cookie and form name a value. One field may be tagged body, with a
// list of formats: json, form, xml, text, bytes. The body is read in the first of them that the
// content type announces. A struct in which no field has such a tag is the JSON body itself. Nothing
// in a body can reach a field that comes from elsewhere. Embedded structs are flattened. A field
// tagged inject takes a service, and a type with a method BindRequest binds itself.
//
// The path, the query, headers and cookies are read first, then services are asked, then the body is read,
// and types that bind themselves come last. So a service can refuse a client whose body nobody has read.
//
// A [Form] as the input, or as a field, is a form whose violations refuse no request: the handler gets them.
//
// # Absent values
//
// The rules of the tag validate are for values that were sent. An absent value leaves its field
// zero, or gives it the value of its tag default, and breaks only the rule required and its
// relatives. So 0, false and "" satisfy required. Parameters of the path are always required. A null
// in JSON is a value for pointers, slices, maps and interfaces. It counts as not sent where a value is
// required. The rule notnull refuses a null and lets an absent value pass, and notblank refuses texts of white space;
// the validator's library does not have these two.
//
// # How values are written
//
// Integers are decimal digits with a sign; in JSON also 1.0 and 1e2, which are integers too. Floats
// are decimal. A bool is true, false, 1 or 0, in any case, and in forms also on. A time.Time is a
// moment with its offset (RFC 3339) or a date. A time.Duration is written as 1h30m, in JSON as a
// number of nanoseconds. Types with UnmarshalText are text. A list takes one value each time that its
// name is sent; a list from a header also takes several values separated by commas. Everything else
// may be sent only once. An empty value in a query, a form or XML is no value, except for strings.
//
// # Memory
//
// The values of a request may take about [request.Request.MemoryLimit]; beyond it the answer is 413.
// Lists and maps are filled up to one element more than their rules allow, which is enough to find
// them too long. A list grows once, to the length that it will have.
//
// # JSON
//
// JSON is read strictly, as package strictjson says. Names of members are matched exactly.
//
// # How a type becomes a plan
//
// At the start (the files compile_*.go) a type becomes a plan. These two types
//
//	type NewCat struct {
//		Shop string `header:"X-Shop"`
//		Cat  Cat    `body:"json"`
//	}
//	type Cat struct {
//		Name string   `json:"name" validate:"required,max=50"`
//		Tags []string `json:"tags" validate:"max=3,dive,min=2"`
//	}
//
// become
//
//	plan of NewCat
//	    headers: "X-Shop"   field Shop   node: a string
//	    body:    json       field Cat    node: a struct, with the object of Cat
//	object of Cat
//	    "name"              field Name   node: a string                  rules: required, max=50
//	    "tags"              field Tags   node: a slice, node: a string   rules: max=3, of elements: min=2
//
// There are four kinds of parts:
//
//   - A plan sorts the fields of the input by their sources. Each source has the names that clients
//     use and the numbers of the fields behind them.
//   - A node knows how the values of one type are written, and sets them. It leads to the nodes of its
//     parts: of elements, of keys, and of the value behind a pointer. A compiler makes one node for each
//     type, so the nodes of a type that contains itself form a circle.
//   - An object belongs to the node of a struct, and to the input as a whole. It has the fields by
//     their names in JSON, in forms and in XML.
//   - The rules of a field come from package rules, which has a picture of its own. They never look at
//     tags or types again.
//
// For a request (the files read_*.go) the plan is walked together with the text, and never with the
// type. The path, the query, headers, cookies, forms and XML give a field one text at a time. The JSON
// decoder goes through the text once: it knows the node that it stands at, and so the type that a
// value must have. For each struct it keeps a record of its progress: which of its fields were sent, and which
// of them were refused.
//
// Rules are checked in two steps. A rule that needs its value alone is checked as soon as the value
// is there. When a struct is complete, its absent fields get their defaults, or are violations if they
// are required. Then the rules run that look at other fields or at the struct as a whole.
//
// Everything that is wrong becomes a violation, up to a limit. It starts with the rule alone; each
// value around it puts its own name in front of the JSON Pointer. At the end the violations become
// messages in the language of the client.
package bind
