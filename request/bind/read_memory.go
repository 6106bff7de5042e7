package bind

import (
	"net/http"
	"reflect"

	"github.com/soay-go/soay/response/problem"
)

// A budget is the memory in bytes that the values of a request may still take, about. The part of a value
// that lies inside another one was counted with that one; so only what pointers, lists, maps and strings
// lead to is taken. A nil budget has no limit.
type budget struct{ left int64 }

// errMemory is the error of a request that has spent its budget.
var errMemory = problem.New(http.StatusRequestEntityTooLarge, "The values of the body take too much memory.")

// ownSize is a guess in bytes: what a type that reads its own text takes besides the length of the text.
const ownSize = 16

// take counts so many bytes.
func (b *budget) take(size int64) {
	if b != nil {
		b.left -= size
	}
}

func (b *budget) isSpent() bool { return b.left < 0 }

// grow makes a list longer by one element. If it has no capacity left, it gets that for so many more
// elements.
func (b *budget) grow(n *node, list reflect.Value, more int) {
	if length := list.Len(); length < list.Cap() {
		list.SetLen(length + 1)
		return
	}
	before := list.Cap() // a slice may grow by more than it was asked to
	if b.take(int64(more) * n.elem.size); b.isSpent() {
		more = 1 // the request is refused anyway, so a large list need not be made
	}
	list.Grow(more)
	b.take(int64(list.Cap()-before-more) * n.elem.size)
	list.SetLen(list.Len() + 1)
}

// pointerSize is the size of what pointers in front of a value lead to.
func (n *node) pointerSize() (size int64) {
	for n.kind == kindPointer || n.kind == kindOptional {
		if n.kind == kindPointer {
			size += n.elem.size
		}
		n = n.elem
	}
	return size
}
