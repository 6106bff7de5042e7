package oidc

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"

	"github.com/soay-go/soay/request/strictjson"
)

// maxToken limits the length of a token.
const maxToken = 16 << 10

// jwsHeader has the members of the header of a token that matter (RFC 7515 section 4.1). Keys in it, and addresses of
// keys, do not.
type jwsHeader struct {
	Algorithm string          `json:"alg"`
	Key       *string         `json:"kid"`
	Type      *string         `json:"typ"`
	Critical  json.RawMessage `json:"crit"`
	Unencoded json.RawMessage `json:"b64"`
}

// types are those that ID tokens and logout tokens have, in small letters.
var types = []string{"jwt", "logout+jwt", "application/logout+jwt"}

// verify returns the payload of a token in the compact form whose signature is right, and its algorithm.
func (k *keys) verify(ctx context.Context, token string) (payload []byte, algorithm string, err error) {
	if len(token) > maxToken || strings.Count(token, ".") != 2 {
		return nil, "", errors.New("it is too long, or has not three parts")
	}
	parts := strings.Split(token, ".")
	head, payload, signature := strict(parts[0]), strict(parts[1]), strict(parts[2])
	if len(head) == 0 || len(payload) == 0 || len(signature) == 0 {
		return nil, "", errors.New("a part of it is no base64url")
	}
	var h jwsHeader
	if err := strictjson.Unmarshal(head, &h, strictjson.Options{}); err != nil {
		return nil, "", errors.New("its header is no JSON of one")
	}
	switch {
	case !slices.Contains(algorithms, h.Algorithm):
		return nil, "", errors.New("alg is none of " + strings.Join(algorithms, ", "))
	case h.Critical != nil || h.Unencoded != nil:
		return nil, "", errors.New("its header has crit or b64")
	case h.Type != nil && !slices.Contains(types, strings.ToLower(*h.Type)):
		return nil, "", errors.New("typ is that of another kind of token")
	case h.Key != nil && *h.Key == "":
		return nil, "", errors.New("kid is empty")
	}
	id := ""
	if h.Key != nil {
		id = *h.Key
	}
	public, err := k.find(ctx, h.Algorithm, id)
	if err != nil {
		return nil, "", err
	}
	if !isSigned(public, h.Algorithm, []byte(token[:strings.LastIndexByte(token, '.')]), signature) {
		return nil, "", errors.New("the signature is wrong")
	}
	return payload, h.Algorithm, nil
}

// isSigned reports whether a signature is that of a key (RFC 7518 section 3, RFC 8037 section 3.1).
func isSigned(public any, algorithm string, text, signature []byte) bool {
	sum := sha256.Sum256(text)
	switch public := public.(type) {
	case *rsa.PublicKey:
		if algorithm == "PS256" {
			return rsa.VerifyPSS(public, crypto.SHA256, sum[:], signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], signature) == nil
	case *ecdsa.PublicKey:
		if len(signature) != 64 {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(public, sum[:], r, s)
	case ed25519.PublicKey:
		return ed25519.Verify(public, text, signature)
	}
	return false
}
