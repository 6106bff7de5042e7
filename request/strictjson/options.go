package strictjson

// Limits of Options.MaxDepth. The upper one is where encoding/json stops by itself.
const (
	defaultDepth = 64
	maxDepth     = 10_000
)

// Options changes what [Check] and [Unmarshal] accept. The zero value is the safe default. Options is a plain value and
// may be shared by goroutines.
type Options struct {
	// MaxDepth is how many arrays and objects may be open at once; a lone number has depth 0, {} has depth 1.
	// Zero and less mean 64; the most is 10,000, which larger values stand for too.
	MaxDepth int

	// DisallowUnknownFields makes [Unmarshal] refuse members for which the target struct has no field.
	// The default is to ignore them. [Check] does not look at it.
	DisallowUnknownFields bool

	// MaxMemory is about how many bytes the value that [Unmarshal] makes of a text may take. A short text can make a long
	// value: each {} of a list is a whole struct. Zero and less mean no limit. [Check] does not look at it.
	MaxMemory int64
}

func (o Options) depth() int {
	if o.MaxDepth <= 0 {
		return defaultDepth
	}
	return min(o.MaxDepth, maxDepth)
}
