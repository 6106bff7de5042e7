// Package openapi describes the routes of an app as an OpenAPI 3.1 document: their parameters, bodies
// and responses, with schemas made of the types that handlers take and return.
//
//	app.UseOpenAPI(openapi.Info{Title: "Cats", Version: "1.0"})
//
// A [Document] is built once, when the app starts, and never changes. Schemas are JSON Schema
// 2020-12. A schema accepts exactly the values that binding accepts, as far as JSON Schema has words for
// the rules. Rules that it has no words for are left out.
//
// In an app with schemes each operation tells who may call it and how clients are refused, of the rule that is
// enforced.
//
// Fields refine their schemas by tags:
//
//	validate:"min=1,max=50"   rules, as keywords: minLength, maximum, enum, format and so on
//	doc:"The cat's name."     a description
//	example:"Tom"             an example
//	default:"10"              the value that stands for an absent one
//	deprecated:"true"         a value that should not be sent any more
package openapi
