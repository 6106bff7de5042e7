package openapi

import "encoding/json"

// The types below are the objects of the OpenAPI specification 3.1, as far as they are used, and the part
// of 3.2 for the method QUERY. Their fields are in the order in which they are written. Maps are written
// sorted by their keys.

// root is the OpenAPI Object (4.8.1).
type root struct {
	OpenAPI    string               `json:"openapi"`
	Info       Info                 `json:"info"`
	Servers    []Server             `json:"servers,omitempty"`
	Tags       []Tag                `json:"tags,omitempty"`
	Paths      map[string]*pathItem `json:"paths"`
	Components *components          `json:"components,omitempty"`
}

// components is the Components Object (4.8.7).
type components struct {
	Schemas         map[string]*schema         `json:"schemas,omitempty"`
	Responses       map[string]*responseObject `json:"responses,omitempty"`
	SecuritySchemes map[string]*securityScheme `json:"securitySchemes,omitempty"`
}

// pathItem is the Path Item Object (4.8.9).
type pathItem struct {
	Get     *operation `json:"get,omitempty"`
	Put     *operation `json:"put,omitempty"`
	Post    *operation `json:"post,omitempty"`
	Delete  *operation `json:"delete,omitempty"`
	Options *operation `json:"options,omitempty"`
	Head    *operation `json:"head,omitempty"`
	Patch   *operation `json:"patch,omitempty"`
	Query   *operation `json:"query,omitempty"` // since 3.2

	template template
}

// operation is the Operation Object (4.8.10).
type operation struct {
	Tags        []string                   `json:"tags,omitempty"`
	Summary     string                     `json:"summary,omitempty"`
	Description string                     `json:"description,omitempty"`
	OperationID string                     `json:"operationId"`
	Parameters  []*parameter               `json:"parameters,omitempty"`
	RequestBody *requestBody               `json:"requestBody,omitempty"`
	Responses   map[string]*responseObject `json:"responses"`
	Deprecated  bool                       `json:"deprecated,omitempty"`
	Security    []requirement              `json:"security,omitzero"` // none is something else than an empty list
	Roles       [][]string                 `json:"x-soay-roles,omitempty"`
	Policies    []string                   `json:"x-soay-policies,omitempty"`

	source string // where the route was registered
}

// parameter is the Parameter Object (4.8.12).
type parameter struct {
	Name        string          `json:"name"`
	In          string          `json:"in"`
	Description string          `json:"description,omitempty"`
	Required    bool            `json:"required,omitempty"`
	Deprecated  bool            `json:"deprecated,omitempty"`
	Schema      *schema         `json:"schema"`
	Example     json.RawMessage `json:"example,omitempty"`
}

// requestBody is the Request Body Object (4.8.13).
type requestBody struct {
	Description string                `json:"description,omitempty"`
	Content     map[string]*mediaType `json:"content"`
	Required    bool                  `json:"required,omitempty"`
}

// mediaType is the Media Type Object (4.8.14).
type mediaType struct {
	Schema   *schema                  `json:"schema,omitempty"`
	Example  json.RawMessage          `json:"example,omitempty"`
	Encoding map[string]*partEncoding `json:"encoding,omitempty"`
}

// partEncoding is the Encoding Object (4.8.15).
type partEncoding struct {
	ContentType string `json:"contentType"`
}

// responseObject is the Response Object (4.8.17), or a Reference Object (4.8.23) to one.
type responseObject struct {
	Ref         string                   `json:"$ref,omitempty"`
	Description string                   `json:"description,omitempty"`
	Headers     map[string]*headerObject `json:"headers,omitempty"`
	Content     map[string]*mediaType    `json:"content,omitempty"`
}

// headerObject is the Header Object (4.8.21).
type headerObject struct {
	Description string  `json:"description,omitempty"`
	Schema      *schema `json:"schema"`
}
