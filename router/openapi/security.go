package openapi

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/router"
)

// securityScheme is the Security Scheme Object (4.8.27).
type securityScheme struct {
	Type             string    `json:"type"`
	Description      string    `json:"description,omitempty"`
	Name             string    `json:"name,omitempty"`
	In               string    `json:"in,omitempty"`
	Scheme           string    `json:"scheme,omitempty"`
	BearerFormat     string    `json:"bearerFormat,omitempty"`
	Flows            *struct{} `json:"flows,omitempty"` // there must be one, and what is in it is not known here
	OpenIDConnectURL string    `json:"openIdConnectUrl,omitempty"`
}

// requirement is the Security Requirement Object (4.8.30): the scopes by the names of schemes. An empty one stands for
// no credentials.
type requirement map[string][]string

// secure says what an operation asks of its clients. There is no requirement for the whole document, so that no operation
// has one by oversight.
func (b *builder) secure(p placed) error {
	access, o := p.Access, p.at
	if access == nil {
		return nil
	}
	o.Security = []requirement{}
	if !access.Needs && !access.Optional {
		return nil
	}
	var errs []error
	for _, name := range access.Schemes {
		errs = append(errs, b.use(name))
		o.Security = append(o.Security, requirement{name: append([]string{}, access.Scopes...)})
	}
	if access.Optional {
		o.Security = append(o.Security, requirement{})
	}
	o.Roles, o.Policies = access.Roles, access.Policies
	switch text := needs(access); {
	case text == "":
	case o.Description == "":
		o.Description = text
	default:
		o.Description += "\n\n" + text
	}
	return errors.Join(errs...)
}

// use puts a scheme into the document. Its mistakes are those of the first operation that uses it.
func (b *builder) use(name string) (err error) {
	if b.security[name] == nil {
		if b.security[name], err = describeScheme(b.schemes[name]); err != nil {
			b.security[name] = &securityScheme{}
			err = fmt.Errorf("the scheme %q: Describe: Security.%w", name, err)
		}
	}
	return err
}

// describeScheme returns a scheme with the fields that its type has. The error is that of one that misses some.
func describeScheme(s router.SecurityScheme) (*securityScheme, error) {
	made := &securityScheme{Type: s.Type, Description: s.Description}
	switch s.Type {
	case "http":
		if made.Scheme = s.Scheme; !header.IsToken(s.Scheme) {
			return nil, wrongField("Scheme", "%q is none of Authorization", s.Scheme)
		}
		if strings.EqualFold(s.Scheme, "bearer") {
			made.BearerFormat = s.BearerFormat
		}
	case "apiKey":
		if made.Name, made.In = s.Name, s.In; s.Name == "" {
			return nil, wrongField("Name", "it is empty")
		}
		if !slices.Contains([]string{"header", "query", "cookie"}, s.In) {
			return nil, wrongField("In", "%q is not header, query or cookie", s.In)
		}
	case "openIdConnect":
		if made.OpenIDConnectURL = s.OpenIDConnectURL; s.OpenIDConnectURL == "" {
			return nil, wrongField("OpenIDConnectURL", "it is empty")
		}
	case "oauth2":
		made.Flows = &struct{}{}
	case "mutualTLS":
	default:
		return nil, wrongField("Type", "%q is not http, apiKey, openIdConnect, oauth2 or mutualTLS", s.Type)
	}
	return made, nil
}

// wrongField returns what is wrong with a field of a scheme.
func wrongField(name, format string, args ...any) error {
	return fmt.Errorf(name+": "+format, args...)
}

// needs tells in sentences what the credentials must have, beside being right.
func needs(a *router.Access) string {
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	for _, roles := range a.Roles {
		if len(roles) == 1 {
			add("Needs the role %s.", spans(roles))
		} else {
			add("Needs one of the roles %s.", spans(roles))
		}
	}
	switch len(a.Scopes) {
	case 0:
	case 1:
		add("Needs the scope %s.", spans(a.Scopes))
	default:
		add("Needs all of the scopes %s.", spans(a.Scopes))
	}
	for _, name := range a.Policies {
		add("The policy %s must allow it.", spans([]string{name}))
	}
	if a.MaxAge > 0 {
		add("The last sign-in must not be older than %s.", inWords(a.MaxAge))
	}
	return strings.Join(list, " ")
}

// spans returns names as code in Markdown, whatever is in them (CommonMark section 6.1).
func spans(names []string) string {
	list := make([]string, len(names))
	for i, name := range names {
		text := strings.Map(func(c rune) rune {
			if unicode.IsControl(c) {
				return ' '
			}
			return c
		}, name)
		fence := "`"
		for strings.Contains(text, fence) {
			fence += "`"
		}
		if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
			text = " " + text + " "
		}
		list[i] = fence + text + fence
	}
	return strings.Join(list, ", ")
}

// inWords returns a time as people say it.
func inWords(d time.Duration) string {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		switch {
		case d == u.unit:
			return "1 " + u.name
		case d > u.unit && d%u.unit == 0:
			return strconv.FormatInt(int64(d/u.unit), 10) + " " + u.name + "s"
		}
	}
	return d.String()
}
