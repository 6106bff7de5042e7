package request

import (
	"cmp"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"github.com/soay-go/soay/request/upload"
	"github.com/soay-go/soay/response/problem"
)

// Multipart reads a whole form that was sent as multipart/form-data, with its files, and returns the same form at each call.
// The files end with the request, see [upload.File]. As long as they fit into 256 KiB together they stay in memory; a
// larger one goes to a temporary file.
//
// limits has at most one element, whose zero fields are those of [router.Route.Uploads], and the defaults without it. A form
// that exceeds one of them is an error with status 413. Whatever they say, the form never exceeds [Request.BodyLimit], which
// is 1 MiB unless the route has Uploads, MaxBody or an input with files. Another content type, and a Content-Encoding, are
// errors with status 415; a form that is malformed or breaks off, and a value that is not UTF-8, are errors with status
// 400; and a disk without room for the files is one with status 507.
//
// It takes the body as a stream; Body, Bytes, Text and JSON are of no use after it.
func (r Request) Multipart(limits ...upload.Limits) (*upload.Form, error) {
	return r.readForm(limits, nil)
}

// ReadForm is [Request.Multipart] with the limits of the route, for inputs that say what they want of the form.
func (s State) ReadForm(want func(name string) *upload.Want) (*upload.Form, error) {
	return s.r.readForm(nil, want)
}

func (r Request) readForm(limits []upload.Limits, want func(string) *upload.Want) (*upload.Form, error) {
	if !r.live() {
		return nil, errGone
	}
	x := r.more()
	if x == nil {
		return nil, errGone
	}
	x.body.mu.Lock()
	defer x.body.mu.Unlock()
	if x.body.hasForm {
		return x.body.form, x.body.formErr
	}
	reader, store, err := r.openForm(x, limits)
	if err != nil {
		return nil, err
	}
	x.body.hasForm = true
	x.body.form, x.body.formErr = reader.ReadForm(store, want)
	return x.body.form, x.body.formErr
}

// Parts reads a form that was sent as multipart/form-data piece by piece, in the order in which it was sent, and keeps
// nothing:
//
//	for part, err := range req.Parts() {
//		if err != nil {
//			return response.Error(err)
//		}
//		…
//	}
//
// A part can be read until the next one is asked for. The limits and the errors are those of [Request.Multipart]; after an
// error there are no more parts. It takes the body as a stream, so it works once.
func (r Request) Parts(limits ...upload.Limits) iter.Seq2[*upload.Part, error] {
	return func(yield func(*upload.Part, error) bool) {
		reader, err := r.openParts(limits)
		for err == nil {
			var part *upload.Part
			if part, err = reader.Next(); err == nil && !yield(part, nil) || err == io.EOF {
				return
			}
		}
		yield(nil, err)
	}
}

func (r Request) openParts(limits []upload.Limits) (*upload.Reader, error) {
	if !r.live() {
		return nil, errGone
	}
	x := r.more()
	if x == nil {
		return nil, errGone
	}
	x.body.mu.Lock()
	defer x.body.mu.Unlock()
	if x.body.hasForm {
		return nil, errStreamed
	}
	reader, _, err := r.openForm(x, limits)
	return reader, err
}

// openForm begins to read a form. The caller holds the mutex of the body.
func (r Request) openForm(x *extra, limits []upload.Limits) (*upload.Reader, *upload.Store, error) {
	l, err := r.uploadLimits(limits)
	if err == nil {
		err = r.CheckEncoding()
	}
	if err != nil {
		return nil, nil, err
	}
	var body io.Reader
	switch x.body.progress {
	case bodyUntouched:
		source, length := r.unread()
		body = limitedTo(l.MaxBytes, source, length)
	case bodyRead:
		if x.body.err != nil {
			return nil, nil, x.body.err
		}
		body = limitedTo(l.MaxBytes, &remembered{data: x.body.data}, int64(len(x.body.data)))
	case bodyStreamed:
		return nil, nil, errStreamed
	default:
		return nil, nil, errGone
	}
	reader, err := upload.NewReader(body, r.Header("Content-Type"), l, r.stillReads)
	if err != nil {
		return nil, nil, err
	}
	store, err := x.store(l, r.exchange.settings)
	if err == nil && x.body.progress == bodyUntouched {
		x.body.progress = bodyStreamed
	}
	return reader, store, err
}

// stillReads returns an error once the request has ended. That is no misuse, as for the body.
func (r Request) stillReads() error {
	if !r.exchange.slot.Holds(r.Session) {
		return errEnded
	}
	return nil
}

// store returns where the files of the request are kept.
func (x *extra) store(limits upload.Limits, settings *Settings) (*upload.Store, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended {
		return nil, errGone
	}
	if x.files == nil {
		x.files = upload.NewStore(limits, settings.lateFile())
	}
	return x.files, nil
}

// lateFile returns what reports the use of a file whose request has ended: a panic, or one line in the log.
func (s *Settings) lateFile() func(error) {
	var once sync.Once
	return func(err error) {
		err = s.named(err)
		if s.Strict {
			panic(err)
		}
		once.Do(func() { s.logger().Error(err.Error()) })
	}
}

// uploads are the limits of forms with files. formBytes is how large a form may be that an input takes.
var (
	uploads   = NewRouteKey[*upload.Limits]("Uploads")
	formBytes = NewRouteKey[int64]("FormBytes")
)

// SetUploads sets the limits of forms with files, for the framework.
func SetUploads(on RouteScope, limits upload.Limits) { uploads.Set(on, &limits) }

// SetFormBytes sets how large a form may be that the input of a route takes, unless SetUploads or SetMaxBody says something
// else. It is for the framework.
func SetFormBytes(on RouteScope, bytes int64) { formBytes.Set(on, bytes) }

// maxBodyOf returns how many bytes the body may have by the settings of a route, 0 for the limit of the app.
func maxBodyOf(settings []setting) int64 {
	own, typed := valueOf(settings, uploads), valueOf(settings, formBytes)
	switch max := valueOf(settings, maxBody); {
	case max > 0:
		return max
	case own != nil:
		return cmp.Or(own.MaxBytes, typed, own.WithDefaults(upload.Limits{}).MaxBytes)
	}
	return typed
}

// uploadLimits returns the limits of a form.
func (r Request) uploadLimits(limits []upload.Limits) (upload.Limits, error) {
	var given, route upload.Limits
	if len(limits) > 1 {
		return given, errors.New("request: several upload.Limits; pass one")
	}
	for _, given = range limits {
		if err := given.Check(); err != nil {
			return given, err
		}
	}
	if of := r.onRoute(); of != nil {
		if l := valueOf(of.settings, uploads); l != nil {
			route = *l
		}
	}
	max := r.BodyLimit()
	if given.MaxBytes > 0 {
		max = min(max, given.MaxBytes)
	}
	given = given.WithDefaults(route)
	given.MaxBytes = max
	return given, nil
}

// formOfParts is Form for multipart/form-data.
func (r Request) formOfParts() (url.Values, error) {
	f, err := r.Multipart()
	if err != nil {
		return nil, err
	}
	if len(f.Files) > 0 {
		return nil, problem.New(http.StatusBadRequest, "The form must not have files.")
	}
	own := url.Values{}
	for name, values := range f.Values {
		own[name] = slices.Clone(values)
	}
	return own, nil
}
