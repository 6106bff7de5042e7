package sqltest_test

import (
	"database/sql"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/sqlstore"
)

func Example() {
	dir, err := os.MkdirTemp("", "soay")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "soay.db")+"?_pragma=journal_mode(WAL)")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()

	app := soay.New()
	store := sqlstore.New(db)
	app.UseSessionStore(store)
	app.OnStart(store.Migrate)
	app.Get("/", func(req soay.Request) soay.Response {
		err := sessions.Modify(req.Session, "visits", func(n int) int { return n + 1 })
		if err != nil {
			return response.Error(err)
		}
		return response.Text("visit number " + strconv.Itoa(sessions.GetOr(req.Session, "visits", 0)))
	})

	cookie := ""
	for range 3 {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "http://localhost/", nil)
		r.Header.Set("Cookie", cookie)
		app.ServeHTTP(w, r)
		if cookie == "" {
			cookie = w.Header().Get("Set-Cookie")
		}
		fmt.Println(w.Body)
	}
	// Output:
	// visit number 1
	// visit number 2
	// visit number 3
}
