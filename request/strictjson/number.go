package strictjson

// number checks the number at i (RFC 8259 section 6): an integer part, then perhaps a fraction, then perhaps an exponent.
func (c *checker) number(i int) (int, *Error) {
	if c.data[i] == '-' {
		i++
	}
	start := i
	i, err := c.digits(start)
	if err == nil && i > start+1 && c.data[start] == '0' {
		err = c.fail(start, KindSyntax, "number with a leading zero")
	}
	if err == nil && c.at(i) == '.' {
		i, err = c.digits(i + 1)
	}
	if err == nil && c.at(i)|0x20 == 'e' {
		if i++; c.at(i) == '+' || c.at(i) == '-' {
			i++
		}
		i, err = c.digits(i)
	}
	return i, err
}

// digits checks the run of digits at i, which must not be empty.
func (c *checker) digits(i int) (int, *Error) {
	if !isDigit(c.at(i)) {
		return 0, c.expected(i, "a digit")
	}
	for isDigit(c.at(i)) {
		i++
	}
	return i, nil
}

func isDigit(b byte) bool { return b-'0' <= 9 }
