package keyring

import "errors"

// ErrUnprotect means that a token does not open. It is the only error of [Protector.Unprotect] and
// [UnprotectValue]. The reason is in the log at the level debug.
var ErrUnprotect = errors.New("keyring: token is not valid")

// Reasons to refuse a token, for the log, and errors of Rotate and Retire.
var (
	errSpelling  = errors.New("it is not canonical base64url")
	errShort     = errors.New("it is too short")
	errVersion   = errors.New("it is of another version")
	errUnknown   = errors.New("its key is not in the ring")
	errForged    = errors.New("it was changed, or sealed for another purpose or context")
	errContent   = errors.New("what is sealed has not the form of this version")
	errTooOld    = errors.New("it is too old")
	errTooNew    = errors.New("it was issued in the future; do the clocks agree?")
	errNoMaxAge  = errors.New("the maximum age is not positive")
	errFixed     = errors.New("only the keys of a file or folder can be changed by the program")
	errNewest    = errors.New("it is the newest key; rotate first")
	errNoSuchKey = errors.New("there is no such key")
)
