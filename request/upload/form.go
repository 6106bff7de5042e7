package upload

import (
	"io"
	"net/url"
)

// Form is a form that was read as a whole. Its files end with the request. It must not be changed, for the request
// remembers it.
type Form struct {
	// Values are the values by their names, in the order in which they were sent.
	Values url.Values
	// Files are the files by the names of their fields. A field in which nobody has chosen a file has none.
	Files map[string][]File

	faults map[string]string
	stream map[string]Stream
	limits Limits
}

// File returns the first file of a field, and whether there is one.
func (f *Form) File(name string) (File, bool) {
	if len(f.Files[name]) == 0 {
		return File{}, false
	}
	return f.Files[name][0], true
}

// Fault returns the rule that a field broke while the form was read, "" for none. It is for the framework.
func (f *Form) Fault(name string) string { return f.faults[name] }

// Stream returns the file of a field that is to be read by the handler. It is for the framework.
func (f *Form) Stream(name string) Stream { return f.stream[name] }

// Limits returns the limits of the form. It is for the framework.
func (f *Form) Limits() Limits { return f.limits }

// Want says what is done with the files of a field. It is for the framework.
type Want struct {
	Rule   Rule
	Most   int  // how many files are kept
	Single bool // a second one is a fault
	Stream bool // the handler reads it, so nothing behind it is read
}

// ReadForm reads the whole form, and puts its files into the store. With want, it keeps only those files that want has
// something for, and a value or file that breaks a rule is a fault of the form, so that all of them can be told. Without,
// it keeps all files, and the first thing that is wrong is an error. It is for the framework.
func (r *Reader) ReadForm(store *Store, want func(name string) *Want) (*Form, error) {
	f := &Form{
		Values: url.Values{}, Files: map[string][]File{}, faults: map[string]string{}, stream: map[string]Stream{}, limits: r.limits,
	}
	for {
		p, err := r.Next()
		if err == io.EOF {
			return f, nil
		}
		if err != nil {
			return nil, err
		}
		done := false
		switch {
		case !p.isFile && want == nil:
			err = f.addText(p)
		case !p.isFile:
			err = f.addAnyText(p)
		case want == nil:
			err = f.addFile(p, store, &Want{Most: r.limits.MaxFiles}, true)
		default:
			done, err = f.addWanted(p, store, want(p.form))
		}
		if err != nil || done {
			return f, err
		}
	}
}

func (f *Form) addText(p *Part) error {
	text, err := p.Text()
	if err == nil {
		f.Values[p.form] = append(f.Values[p.form], text)
	}
	return err
}

func (f *Form) addAnyText(p *Part) error {
	text, rule, err := p.text()
	switch {
	case err != nil:
		return err
	case rule != "":
		f.fault(p, rule)
	default:
		f.Values[p.form] = append(f.Values[p.form], text)
	}
	return nil
}

// fault notes the first fault of a field.
func (f *Form) fault(p *Part, rule string) {
	if f.faults[p.form] == "" {
		f.faults[p.form] = rule
	}
}

// addWanted adds a file of a form of which it is known what is wanted. It is done when the handler is to read on.
func (f *Form) addWanted(p *Part, store *Store, want *Want) (done bool, err error) {
	if want == nil {
		var b [1]byte
		switch _, err := io.ReadFull(p.raw, b[:]); {
		case err == io.EOF && p.about.rawName == "": // nobody has chosen a file
			return false, nil
		case err != nil && err != io.EOF:
			return false, p.r.readError(err)
		}
		f.fault(p, RuleText)
		return false, nil
	}
	if want.Stream {
		s, err := newStream(p, want.Rule)
		if err != nil || !s.Sent() {
			return false, err
		}
		f.stream[p.form] = s
		return true, nil
	}
	return false, f.addFile(p, store, want, false)
}

// addFile reads a file. It is an error or a fault if the file is too large, or of another type.
func (f *Form) addFile(p *Part, store *Store, want *Want, strict bool) error {
	p.left = want.Rule.max(p.r.limits)
	head, err := p.head()
	if err != nil && err != io.EOF {
		return f.refuse(p, err, strict)
	}
	if len(head) == 0 && p.about.rawName == "" {
		return nil // nobody has chosen a file
	}
	if p.about.rawName == "" {
		if err := p.r.countFile(); err != nil {
			return err
		}
	}
	switch n := len(f.Files[p.form]); {
	case n >= want.Most && want.Single:
		f.fault(p, RuleRepeated)
		return nil
	case n >= want.Most:
		return nil
	case !want.Rule.allows(p.about):
		f.fault(p, RuleType)
		return nil
	}
	c := &content{store: store, about: p.about, at: -1}
	if err := store.append(c, head); err != nil {
		return err
	}
	if err == nil {
		err = p.storeRest(store, c)
	}
	if err != io.EOF {
		return f.refuse(p, err, strict)
	}
	f.Files[p.form] = append(f.Files[p.form], File{c})
	return nil
}

// refuse returns the error of a file, or notes it as a fault if it is about the size.
func (f *Form) refuse(p *Part, err error, strict bool) error {
	if err == p.large && !strict {
		f.fault(p, RuleSize)
		return nil
	}
	return err
}

// head reads the first bytes of a file, which its type is detected from. The error is io.EOF if there are no more.
func (p *Part) head() ([]byte, error) {
	b := make([]byte, sniffed)
	n, err := io.ReadFull(p, b)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	p.about.detected = detect(b[:n])
	return b[:n], err
}

// pieceSize is how many bytes are written at once. Package multipart gives them in smaller pieces.
const pieceSize = 32 << 10

// storeRest adds the rest of a part to a content. It returns io.EOF, or what went wrong.
func (p *Part) storeRest(store *Store, c *content) error {
	if p.r.buffer == nil {
		p.r.buffer = make([]byte, pieceSize)
	}
	for {
		n, err := io.ReadFull(p, p.r.buffer)
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		if n > 0 {
			if wrong := store.append(c, p.r.buffer[:n]); wrong != nil {
				return wrong
			}
		}
		if err != nil {
			return err
		}
	}
}
