package openapi

import (
	"errors"

	"github.com/soay-go/soay/router"
)

// Doc is what a route says about itself.
type Doc = router.Doc

// Response describes one answer of a route, in [Doc], or the format of errors, in [Options].
type Response = router.DocResponse

// Info is the title of an API, and the people who are responsible for it.
type Info struct {
	// Title is the name of the API. It must be set.
	Title string `json:"title"`
	// Summary is one line about it.
	Summary string `json:"summary,omitempty"`
	// Description is longer, in Markdown.
	Description string `json:"description,omitempty"`
	// TermsOfService is the URL of a page.
	TermsOfService string `json:"termsOfService,omitempty"`
	// Contact is a person or group to ask. It is optional.
	Contact *Contact `json:"contact,omitempty"`
	// License is the licence of the API. It is optional.
	License *License `json:"license,omitempty"`
	// Version is the version of the description, such as 1.2.0. It must be set.
	Version string `json:"version"`
}

// Contact is a person or group to ask about an API. All fields are optional.
type Contact struct {
	Name  string `json:"name,omitempty"`
	URL   string `json:"url,omitempty"`
	Email string `json:"email,omitempty"`
}

// License is the licence of an API.
type License struct {
	// Name must be set.
	Name string `json:"name"`
	// Identifier is an SPDX expression, such as MIT. It excludes URL.
	Identifier string `json:"identifier,omitempty"`
	// URL leads to the text.
	URL string `json:"url,omitempty"`
}

// check returns the mistakes in the info.
func (i Info) check() error {
	var errs []error
	if i.Title == "" {
		errs = append(errs, errors.New("openapi: Info.Title is empty"))
	}
	if i.Version == "" {
		errs = append(errs, errors.New("openapi: Info.Version is empty"))
	}
	if l := i.License; l != nil && l.Name == "" {
		errs = append(errs, errors.New("openapi: Info.License has no Name"))
	}
	if l := i.License; l != nil && l.Identifier != "" && l.URL != "" {
		errs = append(errs, errors.New("openapi: Info.License has both Identifier and URL; one of them says it"))
	}
	return errors.Join(errs...)
}
