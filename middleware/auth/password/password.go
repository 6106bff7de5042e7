package password

import (
	"crypto/rand"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/soay-go/soay/middleware/auth/password/internal/gate"
	"github.com/soay-go/soay/response/problem"
)

// The parameters of Hash are those of the OWASP Password Storage Cheat Sheet, the first of its choices for argon2id. The
// lengths of salt and sum are those of RFC 9106 section 4.
const (
	defaultMemory = 19 << 10 // in KiB
	defaultPasses = 2
	defaultLanes  = 1
	saltSize      = 16
	sumSize       = 32
)

// What runs and waits in the whole process.
const (
	maxMemory  = 256 << 10 // in KiB, of one hash and of all that run
	maxWaiting = 64        // for each processor
	maxWait    = 5 * time.Second
)

// hashing is the gate for all hashes of the process. More of them than processors would only take memory.
var hashing = gate.New(gate.Limits{Memory: maxMemory, Waiting: maxWaiting, Wait: maxWait}, func() int { return runtime.GOMAXPROCS(0) })

// ErrBusy is the error of [Hash] and [Verify] while too many passwords are being hashed. Nothing is known of the password
// then: the client may try again in a moment. As a response it is 503 with Retry-After: 1.
var ErrBusy error = problem.New(http.StatusServiceUnavailable, "").WithHeader("Retry-After", "1").
	WithCause(errors.New("password: too many passwords are being hashed"))

// run calls a function that takes memory, in KiB, when it is its turn.
func run(memory int, f func() error) error {
	if err := hashing.Enter(memory); err != nil {
		return ErrBusy
	}
	defer hashing.Leave(memory)
	return f()
}

// Hash returns what to keep of a password, for [Verify]: argon2id with a salt of its own, as a text of about 100
// characters in the PHC string format. The bytes of the password count as they are. An empty one is an error, and
// [ErrBusy] is one.
func Hash(password string) (string, error) {
	if password == "" {
		return "", errEmptyPassword
	}
	a := newArgon()
	rand.Read(a.salt) // never fails
	sum, err := a.sumOf(password)
	if err != nil {
		return "", err
	}
	a.sum = sum
	return a.String(), nil
}

// Verify reports whether a hash is that of a password, and whether the password is to be hashed anew, by [Hash], because
// the hash is of another kind or weaker than those of today. It can be hashed then and only then, for only then it is
// known: stale is false if ok is.
//
// An account that does not exist has the hash "", the zero value: Verify does the work of a hash of today and reports
// false, so that the time does not tell which accounts there are. The same holds for a hash that begins with "!", as
// that of an account without a password in Django.
//
// An error means that nothing is known: [ErrBusy], or a hash that is malformed, of an unknown kind or that would take
// too much time or memory. It has nothing of the hash or of the password.
func Verify(hash, password string) (ok, stale bool, err error) {
	if hash == "" || strings.HasPrefix(hash, "!") {
		_, err := newArgon().sumOf(password)
		return false, false, err
	}
	h, err := parse(hash)
	if err != nil {
		return false, false, err
	}
	if ok, err = h.matches(password); err != nil || !ok {
		return false, false, err
	}
	return true, h.isStale(password), nil
}

// Check returns why [Verify] would refuse a hash, whatever the password, nil if it would not. It is for hashes in the
// configuration of a program: it computes nothing. The empty hash is an error.
func Check(hash string) error {
	_, err := parse(hash)
	return err
}

// hash is a hash that was parsed.
type hash interface {
	matches(password string) (bool, error)
	// isStale reports whether the hash of a password that matches is to be replaced.
	isStale(password string) bool
}

// argon is a hash by argon2id.
type argon struct {
	memory, passes, lanes int
	salt, sum             []byte
}

// newArgon returns a hash of today without salt and sum.
func newArgon() *argon {
	return &argon{memory: defaultMemory, passes: defaultPasses, lanes: defaultLanes, salt: make([]byte, saltSize), sum: make([]byte, sumSize)}
}

// sumOf returns the sum of a password.
func (a *argon) sumOf(password string) (sum []byte, err error) {
	err = run(a.memory, func() error {
		sum = argon2.IDKey([]byte(password), a.salt, uint32(a.passes), uint32(a.memory), uint8(a.lanes), uint32(len(a.sum)))
		return nil
	})
	return sum, err
}

func (a *argon) matches(password string) (bool, error) {
	sum, err := a.sumOf(password)
	return err == nil && equal(sum, a.sum), err
}

// isStale implements hash. OWASP's other choices with as much memory have fewer passes for more of it.
func (a *argon) isStale(string) bool {
	return a.memory < defaultMemory || a.memory*a.passes < defaultMemory*defaultPasses || len(a.salt) < saltSize || len(a.sum) < sumSize
}
