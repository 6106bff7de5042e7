package bind_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/de"
	"github.com/soay-go/soay/request/bind/languages/es"
	"github.com/soay-go/soay/request/bind/languages/fr"
	"github.com/soay-go/soay/request/requesttest"
)

// Inputs of the tests with an app.
type (
	newLamb struct {
		Name string `json:"name" validate:"required,max=10"`
		Age  int    `json:"age" validate:"gte=0,lte=30"`
	}
	putLamb struct {
		Owner string  `path:"owner"`
		ID    int     `path:"id"`
		Lamb  newLamb `body:"json"`
	}
)

// languages are those of most tests, besides English.
func languages() []bind.Language {
	return []bind.Language{de.Language(), fr.Language(), es.Language()}
}

// newApp returns an app in production mode with some languages, and its log.
func newApp(options ...soay.Options) (*soay.App, *requesttest.Log) {
	var o soay.Options
	if len(options) > 0 {
		o = options[0]
	}
	log := new(requesttest.Log)
	o.Env, o.Logger, o.Languages = "production", log.Logger(), languages()
	return soay.New(o), log
}

// echoes answers with the method and the input of the handler.
func echoes[In any](req soay.Request, in In) (string, error) {
	return fmt.Sprintf("%s %+v", req.Method(), in), nil
}

// do lets app answer a request without a network. When it returns, everything about the request is over.
func do(app http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}
