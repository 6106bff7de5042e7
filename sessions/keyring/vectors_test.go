package keyring_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/sessions/keyring"
	"github.com/soay-go/soay/sessions/keyring/internal/xaes"
)

// vector is a token that an earlier version has made. Tokens of users must survive an update, so
// vectors are added and never changed.
type vector struct {
	Description string   `json:"description"`
	Key         string   `json:"key"`
	ID          string   `json:"id"`
	Purpose     string   `json:"purpose"` // "soay/session cookie" with the name as context for a cookie
	Context     []string `json:"context"`
	Padded      int      `json:"padded"`
	Token       string   `json:"token"`
	Data        string   `json:"data"`   // in base64
	Issued      int64    `json:"issued"` // Unix milliseconds
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/tokens.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) == 0 {
		t.Fatal("no vectors")
	}
	return vectors
}

func (v vector) data(t *testing.T) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(v.Data)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// protector returns one for the purpose of the vector, which may be one of Soay's.
func (v vector) protector(ring *keyring.Ring, context ...string) *keyring.Protector {
	if purpose, ok := strings.CutPrefix(v.Purpose, "soay/"); ok {
		return keyring.Reserved(ring, purpose, context...)
	}
	return ring.Protector(v.Purpose, context...)
}

func TestEarlierTokensStillOpen(t *testing.T) {
	for _, v := range readVectors(t) {
		ring := newRing(t, key3, v.Key)
		if diff := cmp.Diff([]string{v.ID}, ring.IDs()[1:]); diff != "" {
			t.Errorf("%s: id (-want +got):\n%s", v.Description, diff)
		}
		accept(t, v.protector(ring, v.Context...), v.Token, v.data(t))
		refuse(t, v.protector(ring, append(v.Context, "")...), v.Token, "%s, in another context", v.Description)
		if v.Purpose == "soay/session cookie" {
			if data, err := ring.Codec().Decode(v.Context[0], v.Token); err != nil || !bytes.Equal(data, v.data(t)) {
				t.Errorf("%s: the codec opens %q, %v", v.Description, data, err)
			}
		}
	}
}

// Vectors were issued in the first seconds of the year 2000, where bubbles of synctest begin, so their age
// is known.
func TestEarlierTokensAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Minute)
		for _, v := range readVectors(t) {
			p := v.protector(newRing(t, v.Key), v.Context...)
			age := time.Since(time.UnixMilli(v.Issued))
			if _, err := p.Unprotect(v.Token, age+time.Millisecond); err != nil {
				t.Errorf("%s: does not open within its age %v: %v", v.Description, age, err)
			}
			if _, err := p.Unprotect(v.Token, age); !errors.Is(err, keyring.ErrUnprotect) {
				t.Errorf("%s: error %v at the end of its age %v, want ErrUnprotect", v.Description, err, age)
			}
		}
	})
}

// The token as it is documented, in terms of the standard library and of XAES-256-GCM: whoever wants to read
// tokens in another language can do it like this.
func TestTokensByTheDocumentation(t *testing.T) {
	for _, v := range readVectors(t) {
		got, err := openByHand(v.Key, v.Token, append([]string{v.Purpose}, v.Context...))
		if err != nil || !bytes.Equal(got, v.data(t)) {
			t.Errorf("%s: opens as %q, %v; want %q", v.Description, got, err, v.data(t))
		}
	}
	p := newRing(t, key1, key2).Protector("test", "context")
	list, datas := tokens(p.Padded(10), 100)
	for i, token := range list {
		if got, err := openByHand(key1, token, []string{"test", "context"}); err != nil || !bytes.Equal(got, datas[i]) {
			t.Fatalf("token %q opens as %q, %v; want %q", token, got, err, datas[i])
		}
		if _, err := openByHand(key2, token, []string{"test", "context"}); err == nil {
			t.Fatalf("token %q opens with the older key", token)
		}
	}
}

var errByHand = errors.New("the token is not of the form")

// openByHand opens a token with nothing of the package. texts are the purpose and the context.
func openByHand(secret, token string, texts []string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || base64.RawURLEncoding.EncodeToString(raw) != token || len(raw) < 31 {
		return nil, errByHand
	}
	header, nonce, sealed := raw[:7], raw[7:31], raw[31:]
	id, err := hkdf.Key(sha256.New, []byte(secret), nil, "soay/keyring/v1/id", 6)
	if err != nil || header[0] != 1 || hex.EncodeToString(header[1:]) != hex.EncodeToString(id) {
		return nil, errByHand
	}
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "soay/keyring/v1/purpose/"+texts[0], 32)
	if err != nil {
		return nil, err
	}
	data := bytes.Clone(header)
	for _, text := range texts {
		data = append(binary.AppendUvarint(data, uint64(len(text))), text...)
	}
	aead := xaes.New([32]byte(key)).Derive([12]byte(nonce))
	content, err := aead.Open(nil, nonce[12:], sealed, data)
	if err != nil {
		return nil, err
	}
	content = bytes.TrimRight(content, "\x00")
	if len(content) < 7 || content[len(content)-1] != 0x80 {
		return nil, errByHand
	}
	return content[6 : len(content)-1], nil
}
