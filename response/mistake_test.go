package response_test

import (
	"errors"
	"testing"

	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// A mistake stays a 500 without anything that was meant for the response in its place.
func TestMistake(t *testing.T) {
	cause := errors.New("the template fails")
	for _, err := range []error{cause, problem.New(404, "no cat"), nil} {
		resp := response.Mistake(err).WithStatus(422).WithHeader("X-Page", "a").WithCookie(response.NewCookie("a", "b"))
		if resp.Status() != 500 || resp.Header("X-Page") != "" || resp.Header("Set-Cookie") != "" || resp.Err() == nil {
			t.Errorf("Mistake(%v): %d, %v", err, resp.Status(), resp.Err())
		}
		if err != nil && !errors.Is(resp.Err(), err) {
			t.Errorf("Mistake(%v) has the error %v", err, resp.Err())
		}
	}
}
