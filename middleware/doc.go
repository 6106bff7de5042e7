// Package middleware holds what an app can run around its handlers. The Use methods of the app put
// each of them where it belongs; the functions here make them.
package middleware
