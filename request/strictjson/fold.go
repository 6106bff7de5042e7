package strictjson

import (
	"encoding/binary"
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// fold appends the inside of a checked string, unescaped and folded, so that two names are equal for encoding/json just
// if their folded forms are the same bytes.
func (n *names) fold(s []byte) {
	for r := range characters(s) {
		n.folded = utf8.AppendRune(n.folded, foldRune(r))
	}
}

// foldRune returns the smallest of the characters that are r under simple case folding; in ASCII that is upper case.
func foldRune(r rune) rune {
	for {
		next := unicode.SimpleFold(r)
		if next <= r {
			return next
		}
		r = next
	}
}

// foldPlain is fold for the part of a string at i that is plain, not checked yet. It returns the index after that.
func (n *names) foldPlain(data []byte, i int) int {
	folded := n.folded
	for ; i+8 <= len(data); i += 8 {
		w := binary.LittleEndian.Uint64(data[i:])
		folded = binary.LittleEndian.AppendUint64(folded, upper(w))
		if found := notPlain(w); found != 0 {
			plain := bits.TrailingZeros64(found) / 8
			n.folded = folded[:len(folded)-8+plain]
			return i + plain
		}
	}
	for i < len(data) && isPlain(data[i]) {
		folded = append(folded, byte(upper(uint64(data[i]))))
		i++
	}
	n.folded = folded
	return i
}
