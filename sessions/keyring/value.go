package keyring

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/soay-go/soay/request/strictjson"
)

// ProtectValue returns a value as a token, encoded by encoding/json. The error is that of the
// encoding.
func ProtectValue[T any](p *Protector, value T) (string, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("keyring: encode value for purpose %q: %w", p.purpose, err)
	}
	return p.Protect(data), nil
}

// UnprotectValue returns the value of a token that [ProtectValue] has made, as [Protector.Unprotect]
// does. A value with fields that T does not have, or of another type, is [ErrUnprotect] as well.
func UnprotectValue[T any](p *Protector, token string, maxAge time.Duration) (T, error) {
	var value, none T
	data, err := p.Unprotect(token, maxAge)
	if err != nil {
		return none, err
	}
	// The token is authentic, but may be of another version of the program.
	if err := strictjson.Unmarshal(data, &value, strictjson.Options{DisallowUnknownFields: true}); err != nil {
		p.refused(fmt.Errorf("the value is no %T: %w", none, err))
		return none, ErrUnprotect
	}
	return value, nil
}
