package oidc

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"time"

	"github.com/soay-go/soay/request/strictjson"
)

const (
	maxKeys     = 100
	keysFresh   = time.Hour // where the provider says nothing
	leastFresh  = 5 * time.Minute
	mostFresh   = 24 * time.Hour
	keysStale   = 24 * time.Hour // more, while they cannot be fetched
	keysRefetch = time.Minute
	minModulus  = 2048
	maxModulus  = 8192
)

// errOutage means that it is not known whether a token is good.
var errOutage = errors.New("the keys of the provider cannot be fetched")

func isOutage(err error) bool { return errors.Is(err, errOutage) }

// key is a public key of the provider, for one algorithm each.
type key struct {
	id, algorithm string
	public        any // *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey
}

// keys are those of a provider. They are fetched where they are needed.
type keys struct {
	fetch func(context.Context) (body []byte, fresh time.Duration, err error)

	mu      sync.Mutex
	list    []key
	fetched time.Time     // when the list was
	fresh   time.Duration // how long it need not be fetched again
	asked   time.Time     // when the last fetch began
	failure error         // of the last fetch
	running chan struct{} // closed when the fetch under way ends; nil without one
}

// find returns the only key for an algorithm with an id. A token without an id must leave no choice. An unknown id fetches
// the keys anew, at most once a minute; the keys that are there serve all others meanwhile.
func (k *keys) find(ctx context.Context, algorithm, id string) (any, error) {
	for range 2 {
		found, wait := k.look(algorithm, id)
		if found != nil {
			return found, nil
		}
		if wait == nil {
			break
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", errOutage, ctx.Err())
		}
	}
	if found, _ := k.look(algorithm, id); found != nil {
		return found, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.failure != nil {
		return nil, fmt.Errorf("%w: %w", errOutage, k.failure)
	}
	return nil, errors.New("the provider has no such key")
}

// look returns the key, and what to wait for if there is none and a fetch may bring it.
func (k *keys) look(algorithm, id string) (any, <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	age := time.Since(k.fetched)
	if age > k.fresh+keysStale || k.fetched.IsZero() {
		k.list = nil
	}
	var found []key
	for _, one := range k.list {
		if one.algorithm == algorithm && (id == "" || one.id == id) {
			found = append(found, one)
		}
	}
	due := time.Since(k.asked) >= keysRefetch || k.fetched.IsZero() && time.Since(k.asked) >= firstWait
	if (len(found) != 1 || age > k.fresh) && due && k.running == nil {
		k.begin()
	}
	if len(found) == 1 {
		return found[0].public, nil
	}
	if k.running == nil {
		return nil, nil
	}
	return nil, k.running
}

// begin fetches the keys, in a time of its own: a client that leaves does not end it for the others.
func (k *keys) begin() {
	done := make(chan struct{})
	k.running, k.asked = done, time.Now()
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), fetchTime)
		defer cancel()
		body, fresh, err := k.fetch(ctx)
		var list []key
		if err == nil {
			list, err = readKeys(body)
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.failure = err; err == nil {
			k.list, k.fetched, k.fresh = list, time.Now(), fresh
		}
		k.running = nil
		close(done)
	}()
}

// jwk is a key as a provider writes it (RFC 7517).
type jwk struct {
	Type       string   `json:"kty"`
	Use        *string  `json:"use"`
	Operations []string `json:"key_ops"`
	Algorithm  string   `json:"alg"`
	ID         string   `json:"kid"`
	Curve      string   `json:"crv"`
	N          string   `json:"n"`
	E          string   `json:"e"`
	X          string   `json:"x"`
	Y          string   `json:"y"`
}

// UnmarshalJSON implements [json.Unmarshaler]. A key that cannot be read is none, and does no harm to the others.
func (j *jwk) UnmarshalJSON(text []byte) error {
	type plain jwk
	var p plain
	if json.Unmarshal(text, &p) == nil {
		*j = jwk(p)
	}
	return nil
}

// readKeys returns the keys of a set that can check signatures. Of two with one id none counts.
func readKeys(body []byte) ([]key, error) {
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := strictjson.Unmarshal(body, &set, strictjson.Options{}); err != nil {
		return nil, errors.New("the keys are no JSON of a key set")
	}
	if len(set.Keys) > maxKeys {
		return nil, errors.New("there are more than 100 keys")
	}
	count := map[string]int{}
	for _, j := range set.Keys {
		count[j.ID]++
	}
	var list []key
	for _, j := range set.Keys {
		if j.ID != "" && count[j.ID] > 1 {
			continue
		}
		if j.Use != nil && *j.Use != "sig" || j.Operations != nil && !slices.Contains(j.Operations, "verify") {
			continue
		}
		public, fit := j.public()
		for _, algorithm := range fit {
			if j.Algorithm == "" || j.Algorithm == algorithm || j.Algorithm == "Ed25519" && algorithm == "EdDSA" {
				list = append(list, key{j.ID, algorithm, public})
			}
		}
	}
	return list, nil
}

// public returns the key and the algorithms that it is for, none for a key that cannot be used.
func (j *jwk) public() (any, []string) {
	switch {
	case j.Type == "RSA":
		n, e := strict(j.N), strict(j.E)
		modulus, exponent := new(big.Int).SetBytes(n), new(big.Int).SetBytes(e)
		bits := modulus.BitLen()
		if bits < minModulus || bits > maxModulus || modulus.Bit(0) == 0 || exponent.BitLen() > 31 || exponent.Bit(0) == 0 || exponent.Int64() < 3 {
			return nil, nil
		}
		return &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}, []string{"RS256", "PS256"}
	case j.Type == "EC" && j.Curve == "P-256":
		x, y := strict(j.X), strict(j.Y)
		if len(x) != 32 || len(y) != 32 {
			return nil, nil
		}
		public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
		if err != nil { // it is not on the curve
			return nil, nil
		}
		return public, []string{"ES256"}
	case j.Type == "OKP" && j.Curve == "Ed25519":
		if x := strict(j.X); len(x) == ed25519.PublicKeySize {
			return ed25519.PublicKey(x), []string{"EdDSA"}
		}
	}
	return nil, nil
}

// strict decodes base64url in its only spelling, nil for all else.
func strict(text string) []byte {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || base64.RawURLEncoding.EncodeToString(b) != text {
		return nil
	}
	return b
}
