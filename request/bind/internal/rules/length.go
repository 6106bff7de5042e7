package rules

import (
	"slices"
	"strconv"
)

// maxLength returns the smallest length of a list or map that a rule allows at most, -1 if no rule has a
// limit.
func (c *Compiler) maxLength(steps []step) int {
	most := -1
	for i := range steps {
		st := &steps[i]
		if st.ends {
			break
		}
		// Other rules than these may allow a longer list. A rule of the application may mean anything.
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
