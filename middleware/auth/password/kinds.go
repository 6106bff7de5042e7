package password

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// What a hash may ask for. Whoever writes to the table of accounts must not be able to stop the process with it.
const (
	maxPasses  = 10         // of argon2id
	maxLanes   = 64         // of argon2id
	maxRounds  = 10_000_000 // of PBKDF2
	maxCost    = 16         // of bcrypt, which takes as long as some million rounds of PBKDF2
	maxLength  = 512        // of the text
	minSalt    = 8          // of argon2id
	maxSalt    = 64
	minSum     = 16 // of argon2id
	maxSum     = 64
	bcryptSize = 72 // bytes of a password that count
)

var (
	errEmptyPassword = errors.New("password: the password is empty")
	errUnknown       = errors.New("password: the hash is of no kind that is known: argon2id, bcrypt, $pbkdf2-sha256$ and pbkdf2_sha256$ are")
	errMalformed     = errors.New("password: the hash is malformed")
)

// tooMuch returns the error for a hash that is not computed.
func tooMuch(what string, most int) error {
	return fmt.Errorf("password: the hash asks for more than %d %s", most, what)
}

// parse reads a hash, whose prefix says which kind it is.
func parse(text string) (hash, error) {
	if len(text) > maxLength {
		return nil, errMalformed
	}
	for _, kind := range [...]struct {
		prefix string
		parse  func(string) (hash, error)
	}{
		{"$argon2id$", parseArgon},
		{"$2a$", parseBcrypt}, {"$2b$", parseBcrypt}, {"$2y$", parseBcrypt},
		{"$pbkdf2-sha256$", parsePasslib},
		{"pbkdf2_sha256$", parseDjango},
	} {
		if strings.HasPrefix(text, kind.prefix) {
			return kind.parse(text)
		}
	}
	return nil, errUnknown
}

// equal compares in a time that does not depend on where sums differ.
func equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

// number reads a decimal number of at least 1 as the makers of hashes write it. One that does not fit is very large.
func number(text string) (int, error) {
	if text == "" || text[0] == '0' || strings.Trim(text, "0123456789") != "" {
		return 0, errMalformed
	}
	n, _ := strconv.ParseInt(text, 10, 32) // the largest number if it is out of range
	return int(n), nil
}

// bare is base64 as the PHC string format has it.
var bare = base64.RawStdEncoding.Strict()

// bytesOf decodes a part of a hash that has from least to most bytes.
func bytesOf(e *base64.Encoding, text string, least, most int) ([]byte, error) {
	b, err := e.DecodeString(text)
	if err != nil || len(b) < least || len(b) > most || strings.ContainsAny(text, "\r\n") { // which base64 skips
		return nil, errMalformed
	}
	return b, nil
}

// parseArgon reads $argon2id$v=19$m=19456,t=2,p=1$salt$sum. Of the versions only 19 is computed.
func parseArgon(text string) (hash, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[2] != "v=19" {
		return nil, errMalformed
	}
	a := &argon{}
	parameters := strings.Split(parts[3], ",")
	for i, p := range [...]struct {
		name string
		to   *int
		most int
		what string
	}{
		{"m=", &a.memory, maxMemory, "KiB of memory"}, {"t=", &a.passes, maxPasses, "passes"}, {"p=", &a.lanes, maxLanes, "lanes"},
	} {
		if len(parameters) != 3 || !strings.HasPrefix(parameters[i], p.name) {
			return nil, errMalformed
		}
		n, err := number(parameters[i][len(p.name):])
		if err != nil {
			return nil, err
		}
		if n > p.most {
			return nil, tooMuch(p.what, p.most)
		}
		*p.to = n
	}
	if a.memory < 8*a.lanes { // RFC 9106 section 3.1
		return nil, errMalformed
	}
	var err1, err2 error
	a.salt, err1 = bytesOf(bare, parts[4], minSalt, maxSalt)
	a.sum, err2 = bytesOf(bare, parts[5], minSum, maxSum)
	if err1 != nil || err2 != nil {
		return nil, errMalformed
	}
	return a, nil
}

// String returns the hash as parseArgon reads it.
func (a *argon) String() string {
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", a.memory, a.passes, a.lanes, bare.EncodeToString(a.salt), bare.EncodeToString(a.sum))
}

// blowfish is a hash by bcrypt.
type blowfish string

// parseBcrypt reads $2b$12$, 22 characters of salt and 31 of sum.
func parseBcrypt(text string) (hash, error) {
	const alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	if len(text) != 60 || text[6] != '$' || strings.Trim(text[7:], alphabet) != "" {
		return nil, errMalformed
	}
	cost, err := strconv.ParseUint(text[4:6], 10, 8)
	if err != nil || int(cost) < bcrypt.MinCost {
		return nil, errMalformed
	}
	if cost > maxCost {
		return nil, tooMuch("as the cost of bcrypt", maxCost)
	}
	return blowfish(text), nil
}

func (b blowfish) matches(password string) (ok bool, err error) {
	err = run(0, func() error { return bcrypt.CompareHashAndPassword([]byte(b), []byte(password)) })
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, nil
	}
	return err == nil, err
}

// isStale implements hash. Of a longer password only the first bytes are known to be right. A hash of it all could have a
// mistake in it, and lock the user out.
func (b blowfish) isStale(password string) bool { return len(password) <= bcryptSize }

// derived is a hash by PBKDF2 with HMAC-SHA-256.
type derived struct {
	rounds    int
	salt, sum []byte
}

// dotted is base64 as passlib writes it.
var dotted = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./").WithPadding(base64.NoPadding).Strict()

// parsePasslib reads $pbkdf2-sha256$29000$salt$sum.
func parsePasslib(text string) (hash, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 5 {
		return nil, errMalformed
	}
	salt, err := bytesOf(dotted, parts[3], 1, maxSalt)
	if err != nil {
		return nil, err
	}
	return newDerived(parts[2], salt, dotted, parts[4])
}

// parseDjango reads pbkdf2_sha256$260000$salt$sum, where the salt is the text itself.
func parseDjango(text string) (hash, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 4 || parts[2] == "" || len(parts[2]) > maxSalt {
		return nil, errMalformed
	}
	return newDerived(parts[1], []byte(parts[2]), base64.StdEncoding.Strict(), parts[3])
}

func newDerived(rounds string, salt []byte, e *base64.Encoding, sum string) (hash, error) {
	n, err := number(rounds)
	if err != nil {
		return nil, err
	}
	if n > maxRounds {
		return nil, tooMuch("rounds", maxRounds)
	}
	b, err := bytesOf(e, sum, sha256.Size, sha256.Size)
	if err != nil {
		return nil, err
	}
	return &derived{n, salt, b}, nil
}

func (d *derived) matches(password string) (ok bool, err error) {
	err = run(0, func() error {
		sum, err := pbkdf2.Key(sha256.New, password, d.salt, d.rounds, len(d.sum))
		ok = err == nil && equal(sum, d.sum)
		return err
	})
	return ok, err
}

func (*derived) isStale(string) bool { return true }
