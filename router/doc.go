// Package router finds the handler for a request. It holds the two types that everything else is
// made of, [Handler] and [Middleware], and the routes and groups that an app offers.
//
// Patterns consist of segments. A segment is a literal, a parameter or, at the end, a catch-all:
//
//	/cats                 a literal
//	/cats/{id}            a parameter; /cats/:id and /cats/<id> mean the same
//	/cats/{int:id}        a parameter that must be a number; also float, uuid, str and patterns of your own
//	/files/*              the rest of the path, as the parameter tail
//	/files/{path:rest}    the rest of the path, as the parameter rest
//
// The most specific pattern wins, whatever the order of registration: from left to right, a literal
// comes before a value pattern, that before a plain parameter, that before a catch-all. A route for
// GET answers HEAD as well, OPTIONS tells the methods of a path, and a method that a path does not
// have is answered with 405 and Allow.
//
// Paths are case-sensitive. They are decoded once, segment by segment, so an encoded slash stays
// inside its parameter. Parameters are never empty, and never one of the dot segments . and .. that
// could lead a file name astray. A catch-all takes a path with encoded slashes, backslashes or empty
// segments only if the path leads to the same route without them, for it could lead to a file past
// the route of its folder.
package router
