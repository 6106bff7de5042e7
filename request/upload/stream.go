package upload

import (
	"fmt"
	"io"
	"net/http"

	"github.com/soay-go/soay/response/problem"
)

// Stream is a file that its handler reads while the client sends it, in constant memory. It is the last field of its form:
// read it to io.EOF before anything is decided, for only then it is known that the file is complete and nothing follows it.
//
// It is a small value, and its copies are the same file. The zero value is no file: none was sent. It ends with the
// request, and is not safe for concurrent use.
type Stream struct{ s *stream }

type stream struct {
	part *Part
	head []byte // what was read of the part
	err  error
}

// newStream returns a stream of a part, or the zero Stream if nobody has chosen a file. The tag limits it.
func newStream(p *Part, rule Rule) (Stream, error) {
	max := rule.max(p.r.limits)
	p.left, p.large = max, tooMuch("file", max)
	head, err := p.head()
	if err == io.EOF && len(head) == 0 && p.about.rawName == "" {
		return Stream{}, nil
	}
	if err != nil && err != io.EOF && err != p.large {
		return Stream{}, err
	}
	return Stream{&stream{part: p, head: head}}, nil
}

// Sent reports whether there is a file.
func (s Stream) Sent() bool { return s.s != nil }

// Read implements io.Reader. It returns io.EOF only when the form ends behind the file; a field behind it, a form that
// breaks off and a file larger than the tag file allows, 10 MiB without one, are errors with a status, 400 or 413. When the
// request has ended it fails.
func (s Stream) Read(b []byte) (int, error) {
	if s.s == nil {
		return 0, errNotSent
	}
	return s.s.read(b)
}

func (s *stream) read(b []byte) (int, error) {
	if s.err != nil || len(b) == 0 {
		return 0, s.err
	}
	if len(s.head) > 0 {
		if s.err = s.part.r.live(); s.err != nil {
			return 0, s.err
		}
		n := copy(b, s.head)
		s.head = s.head[n:]
		return n, nil
	}
	n, err := s.part.Read(b)
	if err == io.EOF {
		err = s.end()
	}
	s.err = err
	return n, err
}

// end returns io.EOF if nothing follows the file.
func (s *stream) end() error {
	next, err := s.part.r.Next()
	if err != nil {
		return err
	}
	return problem.New(http.StatusBadRequest,
		fmt.Sprintf("The field %q stands behind the file %q, which must be the last of the form.", next.form, s.part.form))
}

func (s Stream) about() about {
	if s.s == nil {
		return about{}
	}
	return s.s.part.about
}

// Check returns the rule that the file breaks by its type, "" for none. It is for the framework.
func (s Stream) Check(rule Rule) string {
	if s.Sent() && !rule.allows(s.about()) {
		return RuleType
	}
	return ""
}

// Name returns the name of the file, see [File.Name].
func (s Stream) Name() string { return s.about().name() }

// RawName returns the name exactly as it was sent.
func (s Stream) RawName() string { return s.about().rawName }

// SafeName returns a name for a disk, see [File.SafeName].
func (s Stream) SafeName() string { return safeName(s.Name()) }

// ContentType returns the media type that the client claims, without parameters, and "" for none.
func (s Stream) ContentType() string { return s.about().contentType }

// DetectedType returns the media type that the first 512 bytes look like, see [File.DetectedType].
func (s Stream) DetectedType() string { return s.about().detected }
