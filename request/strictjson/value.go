package strictjson

// value checks the value at i (RFC 8259 section 3).
func (c *checker) value(i int) (int, *Error) {
	switch c.at(i) {
	case '"':
		return c.str(i)
	case '{', '[':
		return c.nested(i)
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return c.number(i)
	case 't':
		return c.literal(i, "true")
	case 'f':
		return c.literal(i, "false")
	case 'n':
		return c.literal(i, "null")
	}
	return 0, c.expected(i, "a value")
}

func (c *checker) literal(i int, word string) (int, *Error) {
	end := i + len(word)
	if end > len(c.data) || string(c.data[i:end]) != word {
		return 0, c.fail(i, KindSyntax, "true, false or null expected")
	}
	return end, nil
}

// nested checks the object or array whose bracket is at i, one level deeper.
func (c *checker) nested(i int) (next int, err *Error) {
	if c.levels == 0 {
		return 0, c.fail(i, KindDepth, "too many nested arrays and objects")
	}
	c.levels--
	if c.data[i] == '{' {
		next, err = c.object(skipSpace(c.data, i+1))
	} else {
		next, err = c.array(skipSpace(c.data, i+1))
	}
	c.levels++
	return next, err
}

// array checks the inside of an array, and its closing bracket (RFC 8259 section 5).
func (c *checker) array(i int) (int, *Error) {
	if c.at(i) == ']' {
		return i + 1, nil
	}
	for {
		next, err := c.value(i)
		if err != nil {
			return 0, err
		}
		next = skipSpace(c.data, next)
		switch c.at(next) {
		case ',':
			i = skipSpace(c.data, next+1)
		case ']':
			return next + 1, nil
		default:
			return 0, c.expected(next, "',' or ']'")
		}
	}
}
