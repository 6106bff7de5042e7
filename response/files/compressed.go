package files

import (
	"bytes"
	"slices"

	"github.com/soay-go/soay/middleware/compress"
)

// minCompressed is the size below which compressing does not pay: the answer fits one packet either way.
const minCompressed = 1 << 10

// compressed adds the forms that Options.Compress makes of a file that has no sibling of their coding.
func (s *Set) compressed(name string, forms []form) ([]form, error) {
	if original := &forms[0]; original.coding != "" || original.isChanging || len(s.options.Compress) == 0 ||
		!isCompressible(name) || original.info.Size() < minCompressed || original.info.Size() > maxHashed {
		return forms, nil
	}
	text := []byte(forms[0].text)
	if !forms[0].read {
		var err error
		if text, _, err = s.readAll(name, forms[0].info); err == errChanging {
			forms[0].isChanging = true
			return forms, nil
		} else if err != nil {
			return nil, err
		}
	}
	var made []form
	for _, coder := range s.options.Compress {
		if slices.ContainsFunc(forms, func(f form) bool { return f.coding == coder.Name }) {
			continue
		}
		smaller, err := encode(coder, text)
		if err != nil {
			s.tell(name, err) // of the one form
			continue
		}
		if len(smaller) < len(text) {
			made = append(made, form{coding: coder.Name, info: forms[0].info, text: smaller, read: true, sum: sumOf([]byte(smaller))})
		}
	}
	return append(forms, made...), nil
}

func encode(coder compress.Coder, text []byte) (string, error) {
	var b bytes.Buffer
	e := coder.New()
	e.Reset(&b)
	if _, err := e.Write(text); err != nil {
		return "", err
	}
	if err := e.Close(); err != nil {
		return "", err
	}
	return b.String(), nil
}
