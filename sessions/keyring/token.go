package keyring

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"
)

// A token is, in strict unpadded base64url:
//
//	version   1 byte
//	key id    6 bytes
//	nonce     24 bytes
//	sealed    by XAES-256-GCM, 16 bytes longer than
//	  issued  6 bytes, big endian, Unix milliseconds
//	  data
//	  0x80    1 byte
//	  padding any number of zeros
//
// The additional data is the version, the key id, the purpose and each part of the context; each
// text as its length, a uvarint, and its bytes. So two different lists of texts never have the same bytes.
const (
	tokenVersion = 1
	idStart      = 1
	headerSize   = idStart + len(keyID{})
	issuedSize   = 6
	tagSize      = 16
	contentEnd   = 0x80
	minTokenSize = headerSize + sealedStart + issuedSize + 1 + tagSize
)

// encoding refuses bits behind the last byte (RFC 4648 section 3.5), so that a token has only one
// spelling.
var encoding = base64.RawURLEncoding.Strict()

// scratches are buffers for the work on a token. They contain only public data: tokens and the purposes and
// contexts that these are bound to.
var scratches = sync.Pool{New: func() any { return new([]byte) }}

// maxScratch is the largest buffer that is used again.
const maxScratch = 64 << 10

// scratch returns an empty buffer with a capacity of size bytes. release puts it back.
func scratch(size int) (*[]byte, []byte) {
	s := scratches.Get().(*[]byte)
	*s = slices.Grow((*s)[:0], size)
	return s, *s
}

func release(s *[]byte) {
	if cap(*s) <= maxScratch {
		scratches.Put(s)
	}
}

// seal returns data as a token, bound to further parts of the context.
func (p *Protector) seal(data []byte, more ...string) string {
	now := time.Now()
	k := p.ring.current(now).seals
	padded := (len(data) + p.block) / p.block * p.block
	s, b := scratch(p.boundSize(more) + minTokenSize + padded)
	defer release(s)

	b = p.appendBound(b, k.id, more)
	start := len(b)
	b = append(b, b[:headerSize]...)
	message := len(b)
	b = appendMilli(b[:message+sealedStart], now)
	b = append(append(b, data...), contentEnd)
	zeros := len(b)
	b = b[:zeros+padded-len(data)-1]
	clear(b[zeros:])
	sealed := k.cipher(p.purpose).seal(b[message:], b[:start])

	token := make([]byte, encoding.EncodedLen(headerSize+len(sealed)))
	encoding.Encode(token, b[start:message+len(sealed)])
	return unsafe.String(unsafe.SliceData(token), len(token))
}

// appendMilli appends the six lower bytes of a time in milliseconds.
func appendMilli(b []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixMilli())<<16)[:len(b)+issuedSize]
}

// open returns the data of an authentic token and when it was issued.
func (p *Protector) open(token string, now time.Time, more []string) ([]byte, time.Time, error) {
	size := encoding.DecodedLen(len(token))
	if size < minTokenSize {
		return nil, time.Time{}, errShort
	}
	boundSize := p.boundSize(more)
	s, b := scratch(boundSize + size)
	defer release(s)

	raw := b[boundSize : boundSize+size]
	if err := decode(raw, token); err != nil {
		return nil, time.Time{}, err
	}
	if raw[0] != tokenVersion {
		return nil, time.Time{}, errVersion
	}
	id := keyID(raw[idStart:headerSize])
	k := p.ring.find(id, now)
	if k == nil {
		return nil, time.Time{}, errUnknown
	}
	content, err := k.cipher(p.purpose).open(raw[headerSize:], p.appendBound(b, id, more))
	if err != nil {
		return nil, time.Time{}, errForged
	}
	return split(content)
}

// decode decodes the base64url of a token and refuses line breaks, which the decoder would ignore.
func decode(raw []byte, token string) error {
	if strings.IndexByte(token, '\n') >= 0 || strings.IndexByte(token, '\r') >= 0 {
		return errSpelling
	}
	n, err := encoding.Decode(raw, unsafe.Slice(unsafe.StringData(token), len(token))) // Decode only reads it
	if err != nil || n != len(raw) {
		return errSpelling
	}
	return nil
}

// split returns the parts of the sealed content.
func split(content []byte) (data []byte, issued time.Time, err error) {
	end := len(content) - 1
	for end >= issuedSize && content[end] == 0 {
		end--
	}
	if end < issuedSize || content[end] != contentEnd {
		return nil, time.Time{}, errContent
	}
	var milli [8]byte
	copy(milli[len(milli)-issuedSize:], content)
	issued = time.UnixMilli(int64(binary.BigEndian.Uint64(milli[:])))
	return content[issuedSize:end:end], issued, nil
}

// boundSize returns an upper bound of the number of bytes that appendBound appends.
func (p *Protector) boundSize(more []string) int {
	size := headerSize + len(p.bound)
	for _, text := range more {
		size += binary.MaxVarintLen64 + len(text)
	}
	return size
}

// appendBound appends the additional data of a token.
func (p *Protector) appendBound(b []byte, id keyID, more []string) []byte {
	b = append(b, tokenVersion)
	b = append(b, id[:]...)
	b = append(b, p.bound...)
	for _, text := range more {
		b = appendText(b, text)
	}
	return b
}

func appendText(b []byte, text string) []byte {
	b = binary.AppendUvarint(b, uint64(len(text)))
	return append(b, text...)
}
