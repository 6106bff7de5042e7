package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// encode returns v as JSON, without the escapes that only HTML needs. The model has nothing in it
// that cannot be encoded.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}

// pretty returns v as JSON for people who read it or compare its versions.
func pretty(v any) []byte {
	var b bytes.Buffer
	_ = json.Indent(&b, encode(v), "", "  ") // the result of encode is JSON
	b.WriteByte('\n')
	return b.Bytes()
}

// toYAML returns a JSON text as YAML with the same members in the same order.
func toYAML(text []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	node, err := nextNode(d)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	err = errors.Join(e.Encode(node), e.Close())
	return b.Bytes(), err
}

// errEnd says that an array or object ends.
var errEnd = errors.New("openapi: end of a JSON value")

// nextNode reads one value, or the end of the value around it.
func nextNode(d *json.Decoder) (*yaml.Node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		switch token {
		case '{':
			return nextNodes(d, yaml.MappingNode)
		case '[':
			return nextNodes(d, yaml.SequenceNode)
		}
		return nil, errEnd
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: token.String()}, nil
	case string:
		return stringNode(token)
	}
	node := &yaml.Node{}
	return node, node.Encode(token)
}

// stringNode returns a string that is quoted if it could be read as something else. Texts of several
// lines are blocks, unless there is white space in them that does not survive in one.
func stringNode(s string) (*yaml.Node, error) {
	isOdd := func(c rune) bool { return c != '\n' && c != ' ' && !unicode.IsPrint(c) }
	if strings.HasPrefix(s, " ") || strings.HasPrefix(s, "\n") || strings.IndexFunc(s, isOdd) >= 0 {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: s}, nil
	}
	node := &yaml.Node{}
	return node, node.Encode(s)
}

func nextNodes(d *json.Decoder, kind yaml.Kind) (*yaml.Node, error) {
	node := &yaml.Node{Kind: kind}
	for {
		part, err := nextNode(d)
		switch {
		case errors.Is(err, errEnd):
			if len(node.Content) == 0 {
				node.Style = yaml.FlowStyle // {} and [] have no other form
			}
			return node, nil
		case errors.Is(err, io.EOF):
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		}
		node.Content = append(node.Content, part)
	}
}
