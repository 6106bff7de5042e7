// Package auth finds out who the clients of an app are, and lets pass whom the rules of a route allow.
package auth
