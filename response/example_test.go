package response_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// show prints what an app would send.
func show(resp response.Response) {
	w := send(resp)
	fmt.Println(w.Code, w.Header().Get("Content-Type"), w.Body)
}

func Example() {
	type cat struct {
		Name string `json:"name"`
	}
	show(response.Text("Hello"))
	show(response.JSON(cat{"Tom"}).WithStatus(201).WithHeader("Location", "/cats/7"))
	// Output:
	// 200 text/plain; charset=utf-8 Hello
	// 201 application/json {"name":"Tom"}
}

// The With methods leave the original as it is, so a response can be kept and varied.
func ExampleResponse() {
	base := response.HTML("<p>Under construction</p>").WithHeader("Cache-Control", "no-store")
	late := base.WithStatus(503).WithHeader("Retry-After", "120")
	fmt.Println(base.Status(), base.Header("Retry-After") == "")
	fmt.Println(late.Status(), late.Header("Retry-After"), late.Header("Cache-Control"))
	// Output:
	// 200 true
	// 503 120 no-store
}

func ExampleError() {
	read := func(id string) error {
		if id == "7" {
			return problem.New(404, "cat 7 does not exist")
		}
		return errors.New("open /var/cats: permission denied")
	}
	fmt.Println(response.Error(read("7")).Status())
	fmt.Println(response.Error(read("8")).Status()) // the text goes into the log, not to the client
	// Output:
	// 404
	// 500
}

func ExampleRedirect() {
	fmt.Println(response.Redirect("/home?from=login").Header("Location"))
	fmt.Println(response.Redirect("//evil.example").Status())
	// Output:
	// /home?from=login
	// 400
}

func ExampleStream() {
	show(response.Stream("text/csv", func(w io.Writer) error {
		for i := range 3 {
			if _, err := fmt.Fprintf(w, "%d,", i); err != nil {
				return err // the client has gone
			}
		}
		return nil
	}))
	// Output: 200 text/csv 0,1,2,
}

func ExampleNewCookie() {
	c := response.NewCookie("theme", "dark")
	c.MaxAge = 30 * 24 * 60 * 60
	fmt.Println(c)
	// Output: theme=dark; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax
}

func ExampleResponse_AsAttachment() {
	resp := response.Bytes("text/csv", []byte("a,b\n")).AsAttachment("cats.csv")
	fmt.Println(resp.Header("Content-Disposition"))
	// Output: attachment; filename="cats.csv"
}

// clock is a body that writes itself.
type clock struct{ time string }

// WriteBody implements response.Body.
func (c clock) WriteBody(w http.ResponseWriter, r *http.Request, status int) error {
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := io.WriteString(w, c.time)
	return err
}

func ExampleResponse_WithBody() {
	show(response.Status(200).WithBody("text/plain", clock{"12:00"}))
	// Output: 200 text/plain 12:00
}
