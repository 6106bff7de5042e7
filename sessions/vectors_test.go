package sessions_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/sessions"
)

// vector is a cookie that an earlier version sealed, in the first second of the year 2000, where bubbles of
// synctest begin. Sessions of users must survive an update, so vectors are added and never changed.
type vector struct {
	Description string                     `json:"description"`
	Key         string                     `json:"key"`
	Name        string                     `json:"name"`
	Value       string                     `json:"value"`
	Data        string                     `json:"data"` // what is sealed, in base64
	ID          string                     `json:"id"`
	Values      map[string]json.RawMessage `json:"values"`
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/sealed.json")
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

func TestEarlierCookiesStillOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, v := range readVectors(t) {
			m, err := sessions.NewManager(v.Key, sessions.Options{CookieName: v.Name})
			if err != nil {
				t.Fatal(err)
			}
			r, _ := newExchange("GET", "/", v.Name+"="+v.Value)
			s := m.Open(new(sessions.Slot).Begin(r), false)
			got := map[string]json.RawMessage{}
			for _, key := range s.Keys() {
				got[key], _ = sessions.Get[json.RawMessage](s, key)
			}
			if diff := cmp.Diff(v.Values, got, compactJSON); diff != "" {
				t.Errorf("%s, as %s: values (-want +got):\n%s", v.Description, v.Name, diff)
			}
			if s.ID() != v.ID {
				t.Errorf("%s, as %s: ID = %q, want %q", v.Description, v.Name, s.ID(), v.ID)
			}
		}
	})
}

var compactJSON = cmp.Transformer("compact", func(v json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Compact(&b, v); err != nil {
		return err.Error()
	}
	return b.String()
})

// The seal as it is documented, in terms of the standard library: whoever wants to read cookies in another
// language can do it like this.
func TestSealAgainstTheStandardLibrary(t *testing.T) {
	for _, v := range readVectors(t) {
		want, err := base64.StdEncoding.DecodeString(v.Data)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := openSeal(v.Key, v.Name, v.Value); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s, as %s: the seal opens as %q, %v; want %q", v.Description, v.Name, got, err, want)
		}
		got, err := sessions.NewCodec(otherKey+"!", v.Key).Decode(v.Name, v.Value)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s, as %s: Decode = %q, %v; want %q", v.Description, v.Name, got, err, want)
		}
	}
	value, err := sessions.NewCodec(key).Encode("session", []byte("new data"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := openSeal(key, "session", value); err != nil || string(got) != "new data" {
		t.Errorf("a new seal opens as %q, %v; want new data", got, err)
	}
}

// openSeal reads base64(date | base64(iv ciphertext) | mac), where the MAC is over name | date | base64(iv
// ciphertext).
func openSeal(secret, name, value string) ([]byte, error) {
	raw, err := base64.URLEncoding.DecodeString(value)
	if err != nil {
		return nil, err
	}
	parts := bytes.SplitN(raw, []byte("|"), 3)
	if len(parts) != 3 {
		return nil, errors.New("not three parts")
	}
	mac := hmac.New(sha256.New, derive(secret, "soay/sessions/v1/authentication"))
	mac.Write([]byte(name + "|" + string(parts[0]) + "|" + string(parts[1])))
	if !hmac.Equal(mac.Sum(nil), parts[2]) {
		return nil, errors.New("wrong MAC")
	}
	text, err := base64.URLEncoding.DecodeString(string(parts[1]))
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derive(secret, "soay/sessions/v1/encryption"))
	if err != nil {
		return nil, err
	}
	data := make([]byte, len(text)-aes.BlockSize)
	cipher.NewCTR(block, text[:aes.BlockSize]).XORKeyStream(data, text[aes.BlockSize:])
	return data, nil
}

func derive(secret, purpose string) []byte {
	b, err := hkdf.Key(sha256.New, []byte(secret), nil, purpose, 32)
	if err != nil {
		panic(err)
	}
	return b
}
