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

var methods = [...]string{
	methodGet: "GET", methodHead: "HEAD", methodOptions: "OPTIONS",
	methodPost: "POST", methodPut: "PUT", methodPatch: "PATCH", methodDelete: "DELETE",
}

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
