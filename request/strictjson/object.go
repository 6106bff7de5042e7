package strictjson

// object checks the inside of an object, and its closing brace (RFC 8259 section 4).
func (c *checker) object(i int) (int, *Error) {
	if c.at(i) == '}' {
		return i + 1, nil
	}
	object := c.names.open()
	for {
		next, err := c.member(object, i)
		if err != nil {
			return 0, err
		}
		next = skipSpace(c.data, next)
		switch c.at(next) {
		case ',':
			i = skipSpace(c.data, next+1)
		case '}':
			c.names.close(object)
			return next + 1, nil
		default:
			return 0, c.expected(next, "',' or '}'")
		}
	}
}

// member checks the name, colon and value at i.
func (c *checker) member(object scope, i int) (int, *Error) {
	i, err := c.name(object, i)
	if err != nil {
		return 0, err
	}
	i = skipSpace(c.data, i)
	if c.at(i) != ':' {
		return 0, c.expected(i, "':'")
	}
	return c.value(skipSpace(c.data, i+1))
}

// name checks the member name at i, and that the object does not have it yet.
func (c *checker) name(object scope, i int) (int, *Error) {
	if c.at(i) != '"' {
		return 0, c.expected(i, "a member name")
	}
	end, err := c.foldName(i + 1)
	if err != nil {
		return 0, err
	}
	if !c.names.add(object) {
		err := c.fail(i, KindDuplicate, "member name occurs twice")
		err.Pointer = pointer(c.data, end) // which includes the name
		return 0, err
	}
	return end, nil
}

// foldName checks the inside of a name at i, and its closing quote, and folds it.
func (c *checker) foldName(i int) (int, *Error) {
	i = c.names.foldPlain(c.data, i)
	if c.at(i) == '"' {
		return i + 1, nil
	}
	end, err := c.strFrom(i)
	if err != nil {
		return 0, err
	}
	c.names.fold(c.data[i : end-1])
	return end, nil
}
