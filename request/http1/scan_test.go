package http1_test

// heads are heads, and what becomes of them.
var heads = []struct{ name, head string }{
	{"plaintext", plaintext},
}
