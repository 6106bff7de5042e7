// Package response makes responses. A Response is a value: a handler returns it, middleware may
// return a changed copy, and the app writes it once when the whole chain has returned.
//
//	return response.JSON(cat).WithStatus(201).WithHeader("Location", "/cats/7")
//
// Mistakes in a response, such as a value that cannot be encoded or a header with a line break,
// turn it into an error response: the client gets a clean 500, and the log says what was wrong.
package response
