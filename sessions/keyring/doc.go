// Package keyring protects data that leaves the server and comes back: session cookies, links in
// mails, hidden form fields. Protected data can be neither read nor changed without a key.
//
//	ring, err := keyring.FromEnv("") // APP_SECRET_1, APP_SECRET_2, …
//
//	reset := ring.Protector("password reset")
//	token := reset.Protect([]byte("user 7"))
//	data, err := reset.Unprotect(token, time.Hour)
//
// A [Ring] has the keys: the newest seals, all of them open. So tokens of old keys open after a change of
// keys, until the old keys are retired. A [Protector] is for one purpose; a token of one purpose opens
// for no other.
//
// # Construction
//
// Tokens are sealed by XAES-256-GCM (https://c2sp.org/XAES-256-GCM), which derives a key of
// AES-256-GCM from a key of 256 bits and half of a nonce of 192 bits (NIST SP 800-108r1 and SP
// 800-38D). Its key is derived from a key of the ring and the purpose by HKDF-SHA-256 (RFC 5869).
// The version of the token, the id of the key, the purpose and each part of the context are
// additional data, each text with its length before it. When a token was issued is sealed with the
// data.
//
// All of the nonce is random. The second half is drawn for each token; the first half serves 256
// tokens of a purpose, because deriving a key takes longer than sealing with it. So the chance that
// any of the derived keys sees one of its nonces twice is below 2^-32 for 2^56 tokens of a key and
// purpose, whatever number of instances makes them: two tokens have the same nonce with the chance
// 2^-96 within 256 tokens, of which there are 2^48 times 2^15 pairs, and 2^-192 beyond. AES-GCM
// alone, with random nonces, should not go beyond 2^32 messages. The first half reveals to somebody who sees
// many tokens which of them one instance made soon after one another, and no more.
//
// # Tokens
//
// A token is unpadded base64url of 54 bytes more than the data. It has only one spelling: every other
// spelling is refused, as is a token with a changed bit. The error of every refusal is the same,
// [ErrUnprotect].
//
// A token can be opened any number of times, and is revoked only by retiring its key. If a token must
// work only once, keep a list of the used ones.
package keyring
