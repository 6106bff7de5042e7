package messages

import "strings"

// ParamText returns the param of a rule as people write it: 5 MiB for the 5MiB of a tag, and a, b for its a|b.
func ParamText(rule, param string) string {
	switch rule {
	case "filesize":
		unit := strings.TrimLeft(param, "0123456789")
		return strings.TrimSuffix(param, unit) + " " + unit
	case "filetype":
		return strings.ReplaceAll(param, "|", ", ")
	}
	return param
}
