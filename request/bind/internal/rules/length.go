package rules

import (
	"slices"
	"strconv"
)

// maxLength finds the smallest length of a list or map that a rule sets an end to, -1 without one.
func (c *Compiler) maxLength(steps []step) int {
	most := -1
	for i := range steps {
		st := &steps[i]
		if st.ends {
			break
		}
		limit, err := strconv.ParseInt(st.written.Param, 0, 0)
		if err != nil || !slices.Contains([]string{"max", "lte", "lt", "len", "eq"}, st.written.Name) ||
			!c.isOriginal(st.written.Name) {
			continue
		}
		if st.written.Name == "lt" {
			limit--
		}
		if limit = max(limit, 0); most < 0 || int(limit) < most {
			most = int(limit)
		}
	}
	return most
}
