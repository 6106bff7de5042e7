package auth

import (
	"time"

	"github.com/soay-go/soay/request"
)

// throttle limits how often clients may be wrong.
type throttle struct{}

func (o ThrottleOptions) check() []error { return nil }

func (t *throttle) start(ThrottleOptions, Setup) {}

// wait returns how long a client must not send credentials of a scheme, 0 if it may.
func (t *throttle) wait(request.Request, string) time.Duration { return 0 }

// failed counts a wrong credential.
func (t *throttle) failed(request.Request, string) {}
