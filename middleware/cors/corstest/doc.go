// Package corstest compares the policies of Soay with those of jub0bs/cors. It is a module of its own, so that Soay does
// not depend on it, and has nothing but tests.
package corstest
