// Command newkey prints a new random key for sessions.
//
//	export SESSION_KEY=$(go run github.com/soay-go/soay/examples/newkey@latest)
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/soay-go/soay"
)

func main() { printKey(os.Stdout) }

func printKey(w io.Writer) { fmt.Fprintln(w, soay.NewKey()) }
