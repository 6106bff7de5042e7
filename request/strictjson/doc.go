// Package strictjson reads JSON from clients strictly: a text that two readers could understand differently is refused.
// The package is for the framework.
//
// [Check] holds a text to the grammar of RFC 8259 and to the parts of I-JSON (RFC 7493) that keep a text's meaning the
// same for every reader: valid UTF-8, no lone surrogates, no member named twice in one object. It looks at each byte
// once and allocates nothing for an ordinary text. [Unmarshal] is Check followed by [encoding/json], with two differences:
// names of members are exact, and the value can be given a limit, [Options.MaxMemory].
//
// # Texts that encoding/json alone would accept
//
// Each of these is refused, or passed over, before encoding/json sees the text:
//
//   - Members named twice, of which the last one would win or be merged into the first. Names are compared as
//     encoding/json matches them with struct fields: unescaped, then under simple Unicode case folding. So
//     {"role":"user","ROLE":"admin"}, {"role":1,"r\u006fle":2} and names that differ in "k" and U+212A KELVIN SIGN or in
//     "s" and U+017F LATIN SMALL LETTER LONG S are duplicates, whatever they are decoded into.
//   - Bytes that are not UTF-8 and escaped lone surrogates, which would turn into U+FFFD, so that different texts became
//     equal strings.
//   - Anything after the value, which a json.Decoder would leave unread.
//   - Members whose names differ from those of fields in case, {"ROLE":…} for role: to Unmarshal they are members without a
//     field. So a proxy or a log that looks at the text by its names sees the same as the program.
//   - Nesting beyond a depth that real requests need; encoding/json follows 10,000 levels.
//
// # Checks that stay with the target type
//
// Check cannot know the Go type, so the following remains as encoding/json documents it: null leaves a value that has no
// nil unchanged, a Go array drops the elements beyond its length, a target that is not zero keeps what the text does not
// mention, keys of a map are not compared again after their conversion ("1" and "01" in a map[int]T), and the content of
// a string behind the ",string" tag option is read by encoding/json's own rules. Numbers are checked for their grammar;
// whether one fits is decided by the type that receives it. Types with an UnmarshalJSON of their own read their part of the
// text as they like: its names, and the memory that it takes, are left to them. [Wrapper] lets Unmarshal look inside.
package strictjson
