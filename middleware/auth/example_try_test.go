package auth_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/password"
	"github.com/soay-go/soay/response"
)

// Whoever was wrong too often has to wait, also with the right password.
func ExampleTry() {
	hash, err := password.Hash("correct horse battery staple")
	if err != nil {
		fmt.Println(err)
		return
	}
	hashes := map[string]string{"ada@example.com": hash}

	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	app.UseSessions(soay.NewKey())
	app.AddScheme("session", auth.Session())
	app.UseAuthentication(auth.Options{Throttle: auth.ThrottleOptions{
		Pair: soay.Rate{Requests: 2, Per: 15 * time.Minute}, // in place of ten
	}})
	app.Get("/login", func(req soay.Request) soay.Response { // by POST in a program
		email := req.Query("email")
		attempt, err := auth.Try(req, email)
		if err != nil {
			return response.Error(err)
		}
		ok, _, err := password.Verify(hashes[email], req.Query("password"))
		switch {
		case err != nil:
			return response.Error(err)
		case !ok: // the attempt has failed
			return response.Text("wrong").WithStatus(http.StatusUnauthorized)
		}
		attempt.Succeeded()
		return response.Text("welcome")
	})

	for _, typed := range []string{"123456", "correct%20horse%20battery%20staple", "qwerty", "correct%20horse%20battery%20staple"} {
		w := httptest.NewRecorder()
		app.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/login?email=ada@example.com&password="+typed, nil))
		fmt.Println(w.Code)
	}
	// Output:
	// 401
	// 200
	// 401
	// 429
}
