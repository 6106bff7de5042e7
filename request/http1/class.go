package http1

// A method is an index of methods.
type method uint8

const (
	methodGet method = iota
	methodHead
	methodOptions
	methodPost
	methodPut
	methodPatch
	methodDelete
)

// methods are the methods as heads begin.
var methods = [...]string{
	methodGet: "GET ", methodHead: "HEAD ", methodOptions: "OPTIONS ",
	methodPost: "POST ", methodPut: "PUT ", methodPatch: "PATCH ", methodDelete: "DELETE ",
}

func (m method) String() string { return methods[m][:len(methods[m])-1] }

// methodOf returns the only method that b, of at least two bytes, can begin with.
func methodOf(b []byte) method {
	switch b[0] {
	case 'H':
		return methodHead
	case 'O':
		return methodOptions
	case 'D':
		return methodDelete
	case 'P':
		switch b[1] {
		case 'U':
			return methodPut
		case 'A':
			return methodPatch
		}
		return methodPost
	}
	return methodGet
}

// A class says where a byte may stand.
type class uint8

const (
	classToken    class = 1 << iota // in the name of a field (RFC 9110 section 5.6.2)
	classLower                      // a lower-case letter
	classUpper                      // an upper-case letter
	classInTarget                   // in a target
	classInPath                     // in the path of a target, so that the URL must be parsed
	_                               // classLower, shifted by classNext
	_                               // classUpper, shifted by classNext
	classHost                       // in Host
)

// classNext shifts to the class of letters that is not canonical after a byte in a name.
const classNext = 4

// classes has the classes of each byte.
var classes = func() (t [256]class) {
	const (
		digits = "0123456789"
		upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		lower  = "abcdefghijklmnopqrstuvwxyz"
	)
	add := func(bytes string, c class) {
		for i := range len(bytes) {
			t[bytes[i]] |= c
		}
	}
	add(digits+upper+lower+"!#$%&'*+-.^_`|~", classToken)
	add(digits+upper+lower+"-_.~$&+,/:;=@!'()*?%[]", classInTarget)
	add("%!'()*[]", classInPath)
	add(digits+upper+lower+"-._:[]", classHost)
	add(lower, classLower)
	add(upper, classUpper)
	for i := range t {
		if t[i] |= classUpper << classNext; i == '-' {
			t[i] ^= (classUpper | classLower) << classNext
		}
	}
	return t
}()

// A kind is what a field means to the server.
type kind uint8

const (
	kindOther kind = iota
	kindHost
	kindLength
	kindConnection
	kindRefused // never in the subset
)

// specialLengths has a bit for the length of each name that has a kind.
const specialLengths = 1<<4 | 1<<6 | 1<<7 | 1<<10 | 1<<14 | 1<<16 | 1<<17

// kindOf returns the kind of the field with this name, in any case.
func kindOf(name []byte) kind {
	refused := false
	switch len(name) {
	case len("host"):
		if equalFold(name, "host") {
			return kindHost
		}
	case len("expect"):
		refused = equalFold(name, "expect") || equalFold(name, "pragma")
	case len("upgrade"):
		refused = equalFold(name, "upgrade") || equalFold(name, "trailer")
	case len("connection"):
		if equalFold(name, "connection") {
			return kindConnection
		}
	case len("content-length"):
		if equalFold(name, "content-length") {
			return kindLength
		}
		refused = equalFold(name, "http2-settings")
	case len("proxy-connection"):
		refused = equalFold(name, "proxy-connection")
	case len("transfer-encoding"):
		refused = equalFold(name, "transfer-encoding")
	}
	if refused {
		return kindRefused
	}
	return kindOther
}

// equalFold reports whether b is the word, in any case. The word is of lower-case letters, digits and hyphens, and b
// has no control characters, which the bit would make into some of them.
func equalFold(b []byte, word string) bool {
	if len(b) != len(word) {
		return false
	}
	for i, c := range b {
		if c|0x20 != word[i] {
			return false
		}
	}
	return true
}
