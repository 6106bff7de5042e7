package sessions

import "strings"

// minFresh is how many characters of a key must be none that somebody can guess.
const minFresh = 12

// isGuessable reports whether a key is one that people type or copy to get past a check, rather than one
// that was drawn at random. It counts what is left of the key without
//
//   - words that stand in such keys, such as secret, key and changeme, also when they are spelled s3cr3t;
//   - beside a word that tells somebody to put a key here, such as change, your and todo, the small words of
//     sentences as well: a passphrase may be a sentence, and an instruction is none;
//   - pieces of five characters and more that stood in the key before;
//   - characters that go on with a sequence: aaaa, 4321, a1b2c3, 00112233;
//   - separators.
//
// Of a random key hardly anything is taken away, and by far the most is left of one that is made of some
// random words.
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

// maxGuessed is how much of a key is looked at, in bytes.
const maxGuessed = 512

// The words that stand in keys which were not drawn at random. Those of the first list are counted wherever
// they are; all others are so short, or so common in other words, that they must stand alone.
var (
	anywhere = []string{
		"secret", "secure", "password", "passwort", "passphrase", "changeme", "change", "replace", "example", "sample",
		"default", "placeholder", "session", "cookie", "super", "character", "development", "production",
		"environment", "encrypt", "private", "qwerty", "qwertz", "azerty", "asdfgh", "zxcvbn", "letmein", "foobar",
	}
	// keyWords are those about keys and where they are used.
	keyWords = []string{
		"admin", "api", "app", "application", "auth", "bit", "bits", "byte", "bytes", "chars", "code", "config", "data",
		"demo", "dev", "dummy", "env", "generated", "hello", "hex", "hmac", "insecure", "jwt", "key", "keys", "local",
		"localhost", "master", "my", "own", "pass", "prod", "random", "real", "safe", "salt", "security", "server", "share",
		"sign", "signing", "site", "staging", "string", "strong", "test", "testing", "token", "tokens", "unsafe", "user",
		"value", "variable", "web", "world",
	}
	// instructions tell somebody to put a key here.
	instructions = []string{"enter", "generate", "here", "insert", "must", "please", "should", "this", "todo", "your"}
	// smallWords are those of sentences.
	smallWords = []string{
		"a", "am", "an", "and", "any", "at", "be", "but", "do", "ensure", "for", "from", "i", "in", "is", "it", "keep",
		"least", "length", "long", "longer", "make", "me", "min", "minimum", "more", "need", "needs", "never", "new", "not",
		"of", "on", "only", "or", "our", "set", "some", "something", "sure", "than", "that", "the", "to", "use", "very",
		"with", "you",
	}
	// markers are the instructions that count wherever they are.
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

// wordAt returns the length of the word that can be guessed at place i, 0 for none. text is the key in
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

// wordOf returns the length of the first word of a list that a text begins with, 0 for none.
func wordOf(text string, list []string) int {
	for _, word := range list {
		if hasWord(text, word) {
			return len(word)
		}
	}
	return 0
}

// wordAlone is wordOf at place i, where a word may begin, for words that end there too.
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

// spelled are the letters that some characters stand for in words such as p4$$w0rd.
var spelled = [256]byte{'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '$': 's', '@': 'a', '!': 'i'}

// isBorder reports whether words may begin or end before place i: at what is no letter, and at a capital
// behind a small letter.
func isBorder(key string, i int) bool {
	if i == 0 || i == len(key) {
		return true
	}
	before, at := key[i-1], key[i]
	return !isLetter(before) || !isLetter(at) || before >= 'a' && at <= 'Z'
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }

// repeatAt returns the length of the piece at place i that stood in the text before, 0 for a short one.
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

// followsSequence reports whether the character at place i goes on as those before it do, one by one or
// every other one.
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

// isPlaceholder recognizes what a template or a shell has left as it was: ${SESSION_KEY}, $SESSION_KEY,
// $(cat key), {{ .Key }}, <your key>, %KEY%, [key].
func isPlaceholder(key string) bool {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
	for _, p := range []struct{ open, shut, inside string }{
		{"${", "}", plain + " -.,:/?=+|()\"'…"}, {"$(", ")", plain + " -.,:/|\"'"}, {"{{", "}}", plain + " -.,:/|()\"'$…"},
		{"<", ">", plain + " -.,:'…"}, {"[", "]", plain + " -.,:'…"}, {"%", "%", plain}, {"$", "", plain},
	} {
		if rest, ok := strings.CutPrefix(key, p.open); ok {
			if rest, ok = strings.CutSuffix(rest, p.shut); ok && strings.Trim(rest, p.inside) == "" {
				return true
			}
		}
	}
	return false
}
