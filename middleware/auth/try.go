package auth

import (
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// Attempt is one try of a password, see [Try].
type Attempt struct{}

var attempted = request.NewKey[*Attempt]("attempt to sign in")

func (a *Attempt) finish(_ request.Request, resp response.Response) response.Response { return resp }
