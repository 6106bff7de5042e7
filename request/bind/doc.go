// Package bind fills structs from requests, as the tags of their fields say, and judges what it has
// filled. A [Compiler] makes a [Plan] of a type once, at registration, where every mistake in the
// type is an error; a plan then fills values from requests without looking at the type again.
//
//	type GetCat struct {
//		ID      int  `path:"id"`
//		Verbose bool `query:"verbose" default:"false"`
//	}
//
// # Where values come from
//
// The tags path, query, header, cookie and form name a value. One field may be tagged body with a
// list of formats, of which the first that the content type announces is read: json, form, xml,
// text, bytes. A struct in which no field has such a tag is the JSON body itself. Nothing in a body
// can reach a field that comes from elsewhere. Embedded structs are flattened. A field tagged
// inject takes a service, and a type with a method BindRequest binds itself.
//
// # What was sent
//
// Rules of the tag validate apply to what was sent. An absent value leaves its field zero, or gives
// it the value of its tag default, and breaks only the rule required and its relatives; so 0, false
// and "" satisfy required. Parameters of the path are always required. A null in JSON is a value
// for pointers, slices, maps and interfaces, and counts as not sent where one is required.
//
// # How values are written
//
// Integers are decimal digits with a sign; in JSON also 1.0 and 1e2, which are integers. Floats are
// decimal. A bool is true, false, 1 or 0, in any case, and in forms also on. A time.Time is a moment with its
// offset (RFC 3339) or a date, a time.Duration 1h30m, and in JSON a number of nanoseconds. Types
// with UnmarshalText are text. Lists take a value each time that their name is sent, lists from
// headers also several separated by commas; anything else that is sent twice is a violation. An empty
// value in a query, a form or XML is no value for what is not a string.
//
// # How much memory they take
//
// The values of a request may take [request.Request.MemoryLimit], about; beyond, the answer is 413.
// Lists and maps are filled up to one element more than their rules allow, which is enough to find
// them too long. A list grows once, to the length that it will have.
//
// # How JSON is read
//
// JSON is read strictly, as package strictjson says, and names of members are matched exactly.
package bind
