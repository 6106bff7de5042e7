package sessions

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// dataKey seals the values of one record in a store, each bound to its name.
//
// Every record has a random key of its own. The record contains it as well, sealed by the codec and bound to
// the id, the user and the start of the record. So a record that is copied to another id, or given to
// another user, does not open. When the id changes only the key is sealed anew, not the values, some of
// which another request may have written meanwhile.
type dataKey struct {
	secret [32]byte
	aead   cipher.AEAD
}

// Names of reserved values in a record: its sealed key, and the start of its idle time, which is sealed like
// a value. So nobody without the key can prolong the idle time. No value can be set under these names.
const (
	sealedKey  = "\x00key"
	sealedSeen = "\x00seen"
)

func isReserved(name string) bool { return name == sealedKey || name == sealedSeen }

var errReserved = errors.New("the key is reserved")

func newDataKey() *dataKey {
	var secret [32]byte
	rand.Read(secret[:]) // never fails
	return dataKeyOf(secret)
}

func dataKeyOf(secret [32]byte) *dataKey {
	block, err := aes.NewCipher(secret[:])
	if err != nil {
		panic(err) // only for keys of another length
	}
	aead, err := cipher.NewGCMWithRandomNonce(block) // one key never seals 2^32 values
	if err != nil {
		panic(err) // only for blocks of another length
	}
	return &dataKey{secret, aead}
}

// seal returns a value encrypted and bound to its name.
func (k *dataKey) seal(name string, value []byte) []byte {
	return k.aead.Seal(nil, nil, value, []byte(name))
}

// open is the reverse of seal.
func (k *dataKey) open(name string, value []byte) ([]byte, error) {
	plain, err := k.aead.Open([]byte{}, nil, value, []byte(name))
	if err != nil {
		return nil, fmt.Errorf("sessions: the value of key %q does not open", name)
	}
	return plain, nil
}

func (k *dataKey) sealTime(t time.Time) []byte {
	return k.seal(sealedSeen, binary.BigEndian.AppendUint64(nil, uint64(t.Unix())))
}

// checkTime returns an error unless t is the time that was sealed.
func (k *dataKey) checkTime(sealed []byte, t time.Time) error {
	plain, err := k.open(sealedSeen, sealed)
	if err == nil && (len(plain) != 8 || binary.BigEndian.Uint64(plain) != uint64(t.Unix())) {
		err = errors.New("sessions: the record was seen at another time than it says")
	}
	return err
}

// reseal wraps f, a function of plain values, as a function of sealed values. nil stands for no value, as an
// argument and as a result.
func (k *dataKey) reseal(name string, f func([]byte) ([]byte, error)) func([]byte) ([]byte, error) {
	if k == nil {
		return f
	}
	return func(value []byte) (_ []byte, err error) {
		if value != nil {
			if value, err = k.open(name, value); err != nil {
				return nil, err
			}
		}
		if value, err = f(value); err != nil || value == nil {
			return nil, err
		}
		return k.seal(name, value), nil
	}
}

// wrap returns the key sealed by the codec, as it is saved in a record.
func (k *dataKey) wrap(codec Codec, id, user string, created time.Time) ([]byte, error) {
	data := binary.BigEndian.AppendUint64(nil, uint64(created.Unix()))
	text, err := codec.Encode(nameOfRecord(id, user), append(data, k.secret[:]...))
	if err != nil {
		return nil, fmt.Errorf("sessions: seal the key of a record: %w", err)
	}
	return []byte(text), nil
}

// unwrap returns the key of a record.
func unwrap(codec Codec, id string, r Record) (*dataKey, error) {
	data, err := codec.Decode(nameOfRecord(id, r.User), string(r.Values[sealedKey]))
	switch {
	case err != nil:
		return nil, fmt.Errorf("sessions: open the key of a record: %w", err)
	case len(data) != 8+len(dataKey{}.secret):
		return nil, errors.New("sessions: the key of the record has another length")
	case binary.BigEndian.Uint64(data) != uint64(r.Created.Unix()):
		return nil, errors.New("sessions: the record has another start than its key")
	}
	return dataKeyOf([32]byte(data[8:])), nil
}

// nameOfRecord returns the name to which the codec binds the key of a record. It has spaces, so it is never
// the name of a cookie. An id has no space, so two records never share a name.
func nameOfRecord(id, user string) string { return "record " + id + " " + user }
