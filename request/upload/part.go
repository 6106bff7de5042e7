package upload

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"unicode/utf8"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/response/problem"
)

// Part is one value or file of a form that is read piece by piece. It can be read until the next one is asked for. It is
// not safe for concurrent use.
type Part struct {
	r      *Reader
	raw    *multipart.Part
	form   string
	isFile bool
	about  about
	utf8   bool  // its charset is UTF-8 or a part of that, as far as it says
	left   int64 // of the bytes that it may have
	large  error // for more bytes
	err    error
}

// newPart returns a part whose head was read, or an error if that is no head of a field of a form.
func newPart(r *Reader, raw *multipart.Part) (*Part, error) {
	lines := raw.Header["Content-Disposition"]
	if len(lines) != 1 {
		return nil, malformed("A part has no Content-Disposition, or several.")
	}
	kind, params, err := mime.ParseMediaType(lines[0])
	name, ok := params["name"]
	switch {
	case err != nil || kind != "form-data" || !ok:
		return nil, malformed("The Content-Disposition of a part is not form-data with a name.").WithCause(err)
	case !utf8.ValidString(name):
		return nil, malformed("The name of a part is not valid UTF-8.")
	}
	switch strings.ToLower(raw.Header.Get("Content-Transfer-Encoding")) {
	case "", "7bit", "8bit", "binary":
	default:
		return nil, malformed("The Content-Transfer-Encoding of a part must be 7bit, 8bit or binary.") // RFC 7578 4.7
	}
	p := &Part{r: r, raw: raw, form: name, utf8: true}
	p.about.rawName, p.isFile = params["filename"]
	if p.left, p.large = r.limits.MaxFieldBytes, tooMuch("value", r.limits.MaxFieldBytes); p.isFile {
		p.left, p.large = r.limits.MaxFileBytes, tooMuch("file", r.limits.MaxFileBytes)
	}
	if m, err := header.ParseMediaType(raw.Header.Get("Content-Type")); err == nil {
		p.about.contentType = m.Type + "/" + m.Subtype
		charset, has := m.Param("charset")
		p.utf8 = !has || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "us-ascii")
	}
	return p, nil
}

// malformed returns the error for a body that is no form.
func malformed(detail string) *problem.Problem { return problem.New(http.StatusBadRequest, detail) }

// tooMuch returns the error for a part with too many bytes.
func tooMuch(what string, limit int64) error {
	return problem.New(http.StatusRequestEntityTooLarge, fmt.Sprintf("A %s of the form may have at most %d bytes.", what, limit))
}

// FormName returns the name of the field.
func (p *Part) FormName() string { return p.form }

// IsFile reports whether the part is a file: it has a file name, which may be empty.
func (p *Part) IsFile() bool { return p.isFile }

// Name returns the name of the file as [File.Name] does.
func (p *Part) Name() string { return p.about.name() }

// RawName returns the name of the file exactly as it was sent.
func (p *Part) RawName() string { return p.about.rawName }

// SafeName returns a name for a disk, see [File.SafeName].
func (p *Part) SafeName() string { return safeName(p.Name()) }

// ContentType returns the media type that the client claims, without parameters, and "" for none.
func (p *Part) ContentType() string { return p.about.contentType }

// Header returns the headers of the part.
func (p *Part) Header() textproto.MIMEHeader { return p.raw.Header }

var errPassed = errors.New("upload: a part was read after the next one was asked for")

// Read implements io.Reader. Beyond [Limits].MaxFileBytes, or MaxFieldBytes for what is no file, it fails with status 413.
// A body that ends or is malformed is an error with status 400, never io.EOF.
func (p *Part) Read(b []byte) (int, error) {
	if p.err != nil || len(b) == 0 {
		return 0, p.err
	}
	if p.err = p.r.check(p); p.err != nil {
		return 0, p.err
	}
	if int64(len(b))-1 > p.left {
		b = b[:p.left+1]
	}
	n, err := p.raw.Read(b)
	if int64(n) > p.left {
		n, err = int(p.left), p.large
	}
	p.left -= int64(n)
	p.err = p.r.readError(err)
	return n, p.err
}

// Text returns the whole part as text. One that is not valid UTF-8, or says that it is of another charset, is an error with
// status 400, and one of more than [Limits].MaxFieldBytes one with status 413, also if it is a file.
func (p *Part) Text() (string, error) {
	text, rule, err := p.text()
	switch {
	case err != nil:
		return "", err
	case rule == RuleText:
		return "", malformed("A value of the form is not valid UTF-8.")
	case rule != "":
		return "", tooMuch("value", p.r.limits.MaxFieldBytes)
	}
	return text, nil
}

// text returns the part as text, or the rule that it breaks.
func (p *Part) text() (text, rule string, err error) {
	limit := p.r.limits.MaxFieldBytes
	p.left = min(p.left, limit)
	b, err := io.ReadAll(p)
	if p.r.fields += int64(len(b)); p.r.fields > p.r.limits.MaxFieldsBytes {
		return "", "", tooMuch("form without its files", p.r.limits.MaxFieldsBytes)
	}
	switch {
	case err != nil && err == p.large:
		return "", RuleFieldSize, nil
	case err != nil:
		return "", "", err
	case !p.utf8 || !utf8.Valid(b):
		return "", RuleText, nil
	}
	return string(b), "", nil
}
