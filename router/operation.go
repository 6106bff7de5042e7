package router

import "github.com/soay-go/soay/request/bind"

// Doc is what a route says about itself in the API's description. All of it is optional.
type Doc struct {
	// Summary is one line.
	Summary string
	// Description is longer, in Markdown.
	Description string
	// Tags group operations. The default is the tag of the route's group, if it has one.
	Tags []string
	// OperationID names the operation for generated clients. The default is made of the route's
	// name, or else of its method and pattern. It must be unique.
	OperationID string
	// Deprecated marks a route that should not be used any more.
	Deprecated bool
	// Hidden leaves the route out.
	Hidden bool
	// Errors are the statuses of errors that the handler returns, such as 404. Those that binding
	// can produce need not be named. They have the format of the app's handlers of errors, see
	// openapi.Options, and without one that may take them they are problem details.
	Errors []int
	// Responses are further answers of the handler by their status, from 200 to 599, and 101. The answer that
	// its types tell of is refined by an entry with the same status. A plain Handler whose answers below
	// 400 are here is not said to answer 200.
	Responses map[int]DocResponse
}

// DocResponse describes one answer of a handler.
type DocResponse struct {
	// Description says when there is such an answer. The default is the text of the status.
	Description string
	// Value is any value of the type that the content has, such as Job{}. Its schema is made of the type
	// alone. With nil the answer has the content that is known otherwise: the handler's output for the status
	// of the output, and below 300 for any status if the output is a Result; the format of errors for statuses from
	// 400, and none for others.
	Value any
	// MediaType is the type of the content. The default is application/json, and text/plain for a string.
	MediaType string
}

// Operation describes one method of a route, for the framework: package openapi makes the description of the API
// of operations.
type Operation struct {
	Info
	// Params are the parameters of the pattern in their order.
	Params []PathParam
	// Input is how the handler's input is bound, nil for a handler that binds nothing itself.
	Input *bind.Plan
	// Output is what the handler returns, nil for a plain Handler.
	Output *Output
	// Errors are the handlers of errors of the route.
	Errors *ErrorHandlers
	Doc    Doc
	// Access is what the route asks of its client, nil if the app has no schemes. The app sets it.
	Access *Access
	// Refusals are errors like those that requests end with because of Access. The app sets them.
	Refusals []error
}

// PathParam is a parameter of a pattern in an Operation, for the framework.
type PathParam struct {
	Name  string
	Value string // the name of the value pattern: str, int, float, uuid, path or one of your own
}

// Operations describes all routes, one operation for each method.
func (r *Router) Operations() []Operation {
	var operations []Operation
	for _, route := range r.routes {
		for _, m := range route.methods {
			operations = append(operations, route.operation(m))
		}
	}
	return operations
}

func (r *Route) operation(method string) Operation {
	o := Operation{Info: r.info(method), Doc: r.doc, Errors: errorHandlers.Along(r.scopes()...)}
	for _, s := range r.pattern {
		if s.isParam() {
			o.Params = append(o.Params, PathParam{Name: s.name, Value: s.value})
		}
	}
	if r.typed != nil {
		o.Input, o.Output = r.typed.plan, r.typed.output
	}
	if o.Doc.Tags == nil {
		o.Doc.Tags = tags.Along(r.group.scopes()...)
	}
	return o
}

// Doc says what the description of the API tells about the route. A second call replaces the first.
func (r *Route) Doc(doc Doc) *Route {
	if r.router.open("Doc") {
		r.doc = doc
	}
	return r
}
