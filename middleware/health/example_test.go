package health_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/health"
)

func Example() {
	app := soay.New()
	app.UseHealth(health.Options{LogOnly: []string{"mail"}})
	app.AddHealthCheck("db", func(context.Context) error { return nil }) // such as db.PingContext
	app.AddHealthCheck("mail", func(context.Context) error { return errors.New("no route to host") })

	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest("GET", "/health/ready", nil))
	fmt.Println(w.Code, w.Body)
	// Output: 200 ok
}
