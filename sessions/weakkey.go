package sessions

import "strings"

// sampleKeys are keys that stand in documentation. Somebody will always deploy them.
var sampleKeys = []string{
	"change-me-change-me-change-me-change-me",
	"0123456789abcdef0123456789abcdef",
	"an-example-key-of-at-least-32-characters",
	"<your session key, at least 32 characters>",
}

func isSample(key string) bool {
	for _, s := range sampleKeys {
		if strings.EqualFold(key, s) {
			return true
		}
	}
	return false
}

// isRepetitive reports whether a key has few different characters, consists mostly of one character, or is
// one piece that is repeated three times or more.
func isRepetitive(key string) bool {
	var counts [256]int
	distinct, most := 0, 0
	for i := range len(key) {
		n := &counts[key[i]]
		if *n == 0 {
			distinct++
		}
		*n++
		most = max(most, *n)
	}
	if distinct < 8 || most > len(key)/2 {
		return true
	}
	for period := 1; period <= min(len(key)/3, maxGuessed); period++ {
		if key[period:] == key[:len(key)-period] {
			return true
		}
	}
	return false
}

// minFresh is how many characters of a key must be hard to guess.
const minFresh = 12

// isGuessable reports whether a key looks typed or copied to pass a check, rather than drawn at random. It
// counts the characters that are hard to guess. Not counted are
//
//   - words that such keys contain, such as secret, key and changeme, also in the spelling s3cr3t;
//   - the small words of sentences, if the key has a word of an instruction to put a key here, such as
//     change, your or todo: a passphrase may be a sentence, but an instruction is no passphrase;
//   - pieces of five or more characters that repeat an earlier piece of the key;
//   - characters that continue a sequence: aaaa, 4321, a1b2c3, 00112233;
//   - separators.
//
// Nearly all characters of a random key count, and most of those in a key of some random words.
func isGuessable(key string) bool {
	if len(key) > maxGuessed {
		key = key[:maxGuessed]
	}
	text := strings.ToLower(key)
	if len(text) != len(key) { // some letters beyond ASCII have a shorter capital
		text = key
	}
	lists := [][]string{keyWords, instructions}
	if hasInstruction(key, text) {
		lists = append(lists, smallWords)
	}
	fresh := 0
	for i := 0; i < len(text) && fresh < minFresh; {
		if n := max(wordAt(key, text, i, lists...), repeatAt(text, i)); n > 0 {
			i += n
			continue
		}
		if !strings.ContainsRune(" -_.,:;/", rune(text[i])) && !followsSequence(text, i) {
			fresh++
		}
		i++
	}
	return fresh < minFresh
}

// maxGuessed is how many bytes of a key isGuessable examines.
const maxGuessed = 512

// Words that appear in keys which were not drawn at random. The words of the first list are found anywhere.
// All others are so short, or so common as parts of other words, that they must stand alone.
var (
	anywhere = []string{
		"secret", "secure", "password", "passwort", "passphrase", "changeme", "change", "replace", "example", "sample",
		"default", "placeholder", "session", "cookie", "super", "character", "development", "production",
		"environment", "encrypt", "private", "qwerty", "qwertz", "azerty", "asdfgh", "zxcvbn", "letmein", "foobar",
	}
	// keyWords are about keys and the places where they are used.
	keyWords = []string{
		"admin", "api", "app", "application", "auth", "bit", "bits", "byte", "bytes", "chars", "code", "config", "data",
		"demo", "dev", "dummy", "env", "generated", "hello", "hex", "hmac", "insecure", "jwt", "key", "keys", "local",
		"localhost", "master", "my", "own", "pass", "prod", "random", "real", "safe", "salt", "security", "server", "share",
		"sign", "signing", "site", "staging", "string", "strong", "test", "testing", "token", "tokens", "unsafe", "user",
		"value", "variable", "web", "world",
	}
	// instructions tell somebody to put a key here.
	instructions = []string{"enter", "generate", "here", "insert", "must", "please", "should", "this", "todo", "your"}
	// smallWords make up sentences.
	smallWords = []string{
		"a", "am", "an", "and", "any", "at", "be", "but", "do", "ensure", "for", "from", "i", "in", "is", "it", "keep",
		"least", "length", "long", "longer", "make", "me", "min", "minimum", "more", "need", "needs", "never", "new", "not",
		"of", "on", "only", "or", "our", "set", "some", "something", "sure", "than", "that", "the", "to", "use", "very",
		"with", "you",
	}
	// markers are instructions that are found anywhere.
	markers = []string{"change", "replace", "placeholder"}
)

// hasInstruction reports whether a key has a word that tells somebody to put one here.
func hasInstruction(key, text string) bool {
	for i := range len(text) {
		if wordOf(text[i:], markers) > 0 || isBorder(key, i) && wordAlone(key, text, i, instructions) > 0 {
			return true
		}
	}
	return false
}

// wordAt returns the length of a word from anywhere or from lists at place i, 0 for none. text is the key in
// small letters. The words of lists must stand alone.
func wordAt(key, text string, i int, lists ...[]string) int {
	if n := wordOf(text[i:], anywhere); n > 0 {
		return n
	}
	if !isBorder(key, i) {
		return 0
	}
	for _, list := range lists {
		if n := wordAlone(key, text, i, list); n > 0 {
			return n
		}
	}
	return 0
}

// wordOf returns the length of the first word of a list with which a text begins, 0 for none.
func wordOf(text string, list []string) int {
	for _, word := range list {
		if hasWord(text, word) {
			return len(word)
		}
	}
	return 0
}

// wordAlone is wordOf for the text at place i, where a word may begin. The word must end at a border too.
func wordAlone(key, text string, i int, list []string) int {
	for _, word := range list {
		if hasWord(text[i:], word) && isBorder(key, i+len(word)) {
			return len(word)
		}
	}
	return 0
}

// hasWord reports whether a text begins with a word, perhaps with some digits for letters.
func hasWord(text, word string) bool {
	if len(text) < len(word) {
		return false
	}
	for j := range len(word) {
		if c := text[j]; c != word[j] && spelled[c] != word[j] {
			return false
		}
	}
	return true
}

// spelled maps characters to the letters that they replace in words such as p4$$w0rd.
var spelled = [256]byte{'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '$': 's', '@': 'a', '!': 'i'}

// isBorder reports whether a word may begin or end before place i: at a character that is no letter, and
// at a capital letter behind a small one.
func isBorder(key string, i int) bool {
	if i == 0 || i == len(key) {
		return true
	}
	before, at := key[i-1], key[i]
	return !isLetter(before) || !isLetter(at) || before >= 'a' && at <= 'Z'
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }

// repeatAt returns the length of the longest piece at place i that the text has earlier as well, 0 for a
// short one.
func repeatAt(text string, i int) int {
	const short = 5
	longest := 0
	for j := range i {
		n := 0
		for i+n < len(text) && text[j+n] == text[i+n] {
			n++
		}
		longest = max(longest, n)
	}
	if longest < short {
		return 0
	}
	return longest
}

// followsSequence reports whether the character at place i continues the sequence of the characters before
// it, or of every other one.
func followsSequence(text string, i int) bool {
	for _, stride := range []int{1, 2} {
		if i < 2*stride {
			continue
		}
		step := int(text[i]) - int(text[i-stride])
		if step >= -1 && step <= 1 && step == int(text[i-stride])-int(text[i-2*stride]) {
			return true
		}
	}
	return false
}

// isPlaceholder reports whether a key is a placeholder that no template or shell has replaced:
// ${SESSION_KEY}, $SESSION_KEY, $(cat key), {{ .Key }}, <your key>, %KEY%, [key].
func isPlaceholder(key string) bool {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
	for _, p := range []struct{ open, end, inside string }{
		{"${", "}", plain + " -.,:/?=+|()\"'…"}, {"$(", ")", plain + " -.,:/|\"'"}, {"{{", "}}", plain + " -.,:/|()\"'$…"},
		{"<", ">", plain + " -.,:'…"}, {"[", "]", plain + " -.,:'…"}, {"%", "%", plain}, {"$", "", plain},
	} {
		if rest, ok := strings.CutPrefix(key, p.open); ok {
			if rest, ok = strings.CutSuffix(rest, p.end); ok && strings.Trim(rest, p.inside) == "" {
				return true
			}
		}
	}
	return false
}
