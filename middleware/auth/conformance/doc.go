// Package conformance has tests that compare the schemes of package auth with what others have written: OpenID providers. It
// is a module of its own, so that programs which use Soay have nothing of them.
package conformance
