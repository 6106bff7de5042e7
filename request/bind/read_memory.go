package bind

import (
	"net/http"
	"reflect"

	"github.com/soay-go/soay/response/problem"
)

// A budget is how much memory the values of a request may still take, about, in bytes. What a value
// takes in the one around it has been counted with that. Nothing is limited by nil.
type budget struct{ left int64 }

// errMemory is the error of a request whose budget is spent.
var errMemory = problem.New(http.StatusRequestEntityTooLarge, "The values of the body take too much memory.")

// ownSize is what a type that reads its text itself is likely to take besides the length of that.
const ownSize = 16

func (b *budget) take(size int64) {
	if b != nil {
		b.left -= size
	}
}

func (b *budget) isSpent() bool { return b.left < 0 }

// grow gives a list room for so many more elements, and one element more.
func (b *budget) grow(n *node, list reflect.Value, more int) {
	if length := list.Len(); length < list.Cap() {
		list.SetLen(length + 1)
		return
	}
	before := list.Cap()
	if b.take(int64(more) * n.elem.size); b.isSpent() {
		more = 1 // there will be an error
	}
	list.Grow(more)
	b.take(int64(list.Cap()-before-more) * n.elem.size)
	list.SetLen(list.Len() + 1)
}

// behind is what the pointers take that stand before a value.
func (n *node) pointerSize() (size int64) {
	for n.kind == kindPointer || n.kind == kindOptional {
		if n.kind == kindPointer {
			size += n.elem.size
		}
		n = n.elem
	}
	return size
}
