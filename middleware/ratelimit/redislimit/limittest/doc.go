// Package limittest compares the limits of Soay with those of throttled and redis_rate. It is a module of its own, so
// that Soay does not depend on them, and has nothing but tests.
package limittest
