package files

import (
	"context"
	"slices"
)

// minCompressed is the size below which compressing does not pay: the answer fits one packet either way.
const minCompressed = 1 << 10

// compressed adds the forms that Options.Compress makes of a file that has no sibling of their coding.
func (s *Set) compressed(name string, forms []form) ([]form, error) {
	if original := &forms[0]; original.coding != "" || original.isChanging || len(s.pools) == 0 ||
		!isCompressible(name) || original.info.Size() < minCompressed || original.info.Size() > maxHashed {
		return forms, nil
	}
	text := forms[0].text
	if !forms[0].read {
		b, _, err := s.readAll(name, forms[0].info)
		switch {
		case err == errChanging:
			forms[0].isChanging = true
			return forms, nil
		case err != nil:
			return nil, err
		}
		text = string(b)
	}
	var made []form
	for _, coder := range s.pools {
		if slices.ContainsFunc(forms, func(f form) bool { return f.coding == coder.Name() }) {
			continue
		}
		// The others who wait for the file have the same use for it, so no request ends this.
		smaller, err := coder.Encode(context.Background(), text)
		if err != nil {
			s.tell(name, err) // of the one form
			continue
		}
		if smaller != nil {
			made = append(made, form{
				coding: coder.Name(), info: forms[0].info, text: string(smaller), read: true, sum: sumOf(smaller),
			})
		}
	}
	return append(forms, made...), nil
}
