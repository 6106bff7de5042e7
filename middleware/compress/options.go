package compress

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// Options sets what is compressed and how.
type Options struct {
	// MinBytes is the length from which on content is compressed, where it is known. The default is 1024: less would hardly
	// become smaller.
	MinBytes int
	// Types are the types of content that are compressed, as application/json, text/* or +json, in place of the default: text/*,
	// JSON and XML, JavaScript, WebAssembly, SVG, TrueType fonts and JSON lines. Event streams never are.
	Types []string
	// Coders are the ways to compress, the one that is used where a client likes several equally first. The default is gzip by
	// the standard library, of level 5.
	Coders []Coder
	// MaxStreams is how many streams are compressed at once, for each one takes up to some MiB as long as it lasts. Those beyond
	// go out as they are. The default is 64.
	MaxStreams int
	// Personal says when answers are compressed that depend on who the client is. The default is [OwnPages].
	Personal Personal
}

// Personal says when answers are compressed that depend on who the client is: those with a cookie or with Cookie in
// Vary, such as all that depend on a session, and those to requests with a certificate of the client or a password that
// the browser has sent by itself.
type Personal int

const (
	// OwnPages compresses them if the header Sec-Fetch-Site says that a page of the app has asked for them, or the user. All
	// browsers send it since 2023, over https and to localhost; without it, they are not compressed. So no page of another
	// site can find secrets by the lengths of answers.
	OwnPages Personal = iota
	// Always compresses them. It is for apps whose answers never have a secret together with text that a link or form of
	// another site has chosen.
	Always
	// Never leaves them as they are.
	Never
)

const (
	defaultMinBytes   = 1024
	defaultMaxStreams = 64
)

// check returns the mistakes in the options.
func (o *Options) check() error {
	var errs []error
	if o.MinBytes < 0 {
		errs = append(errs, fmt.Errorf("MinBytes is %d; 0 means %d", o.MinBytes, defaultMinBytes))
	}
	if o.MaxStreams < 0 {
		errs = append(errs, fmt.Errorf("MaxStreams is %d; 0 means %d", o.MaxStreams, defaultMaxStreams))
	}
	if o.Personal < OwnPages || o.Personal > Never {
		errs = append(errs, fmt.Errorf("Personal is %d; it is one of OwnPages, Always and Never", o.Personal))
	}
	return errors.Join(append(errs, typeList(o.Types).check(), Check(o.Coders))...)
}

// New returns middleware that compresses the answers of the next handler. Mistakes in the options are an error. It is for
// the framework.
func New(o Options) (router.Middleware, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if len(o.Coders) == 0 {
		o.Coders = []Coder{Gzip(0)}
	}
	c := &compressor{
		minBytes: cmp.Or(o.MinBytes, defaultMinBytes), types: defaultTypes, personal: o.Personal,
		streams: make(chan struct{}, cmp.Or(o.MaxStreams, defaultMaxStreams)),
	}
	if len(o.Types) > 0 {
		c.types = append(c.types[:0:0], o.Types...)
	}
	for _, coder := range o.Coders {
		c.names = append(c.names, coder.Name)
		c.codings = append(c.codings, &coding{
			Pool: NewPool(coder), headers: vary.WithHeader("Content-Encoding", coder.Name),
		})
	}
	return c.middleware, nil
}

// vary is what each answer says that could have been compressed.
var vary = response.Response{}.WithHeader("Vary", "Accept-Encoding")
