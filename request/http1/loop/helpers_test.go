package loop_test

import (
	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
)

// newApp returns an app in production mode, and its log. Unless the options say otherwise it stops without a delay.
func newApp(options soay.Options) (*soay.App, *requesttest.Log) {
	log := new(requesttest.Log)
	options.Logger = log.Logger()
	if options.Env == "" {
		options.Env = "production"
	}
	if options.DrainDelay == 0 {
		options.DrainDelay = -1
	}
	return soay.New(options), log
}
