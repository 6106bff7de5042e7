// Command newkey prints a new random key for sessions, or an API key and its digest.
//
//	export SESSION_KEY=$(go run github.com/soay-go/soay/examples/newkey@latest)
//	go run github.com/soay-go/soay/examples/newkey@latest -api cats
//
// The program that calls an app gets the API key, once; the app needs the digest only, see package apikey.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth/apikey"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		os.Exit(2)
	}
}

// run prints what the arguments of the command ask for.
func run(args []string, out, errors io.Writer) error {
	flags := flag.NewFlagSet("newkey", flag.ContinueOnError)
	flags.SetOutput(errors)
	prefix := flags.String("api", "", "print an API key that begins with `prefix`, and its digest")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NFlag() == 0 {
		_, err := fmt.Fprintln(out, soay.NewKey())
		return err
	}
	key, digest := apikey.NewKey(*prefix)
	_, err := fmt.Fprintf(out, "key:    %s\ndigest: %s\n", key, digest)
	return err
}
