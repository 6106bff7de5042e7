package main

import (
	"fmt"
	"net/http"
	"strings"
)

// route is one route of a table with the text it answers.
type route struct {
	method  string
	pattern string // parameters in braces
	answer  string // "" for a 204
}

// colons gives the pattern with parameters written as ":name".
func (r route) colons() string {
	return strings.NewReplacer("{", ":", "}", "").Replace(r.pattern)
}

// path gives the path of a request for the route.
func (r route) path() string {
	parts := strings.Split(r.pattern, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") {
			value, ok := parameterValues[strings.Trim(part, "{}")]
			if !ok {
				panic(fmt.Sprintf("no value for the parameter %s of %s", part, r.pattern))
			}
			parts[i] = value
		}
	}
	return strings.Join(parts, "/")
}

// parameterValues are what the requests carry in the place of parameters, of
// about the length that GitHub's own have.
var parameterValues = map[string]string{
	"access_token": "e72e16c7e42f292c6912e7710c838347ae178b4a",
	"assignee":     "hubot",
	"branch":       "main",
	"client_id":    "abcde12345fghij67890",
	"email":        "octocat@github.com",
	"id":           "1296269",
	"keyword":      "router",
	"name":         "bug",
	"number":       "1347",
	"org":          "github",
	"owner":        "octocat",
	"ref":          "6dcb09b",
	"repo":         "hello-world",
	"repository":   "hello-world",
	"sha":          "7638417db6d59f3c431d3e1f261cc637155684cd",
	"state":        "open",
	"target_user":  "defunkt",
	"user":         "octocat",
}

// githubRoutes gives the table with an answer for each route.
func githubRoutes(answer func(method, pattern string) string) []route {
	var routes []route
	for line := range strings.Lines(githubTable) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		pattern := fields[0]
		for _, method := range fields[1:] {
			routes = append(routes, route{method: method, pattern: pattern, answer: answer(method, pattern)})
		}
	}
	return routes
}

// A request that no route of the small table serves, and one whose path is
// served, but only for GET.
const (
	missingPath      = "/missing"
	otherMethod      = http.MethodPut
	otherMethodPath  = plainPath
	otherMethodAllow = http.MethodGet
)

// githubTable is the third version of the GitHub API, a path and its methods in
// a line, as far as router benchmarks use it: without PATCH, without paths that
// end in a wildcard, and without the few routes that some routers cannot tell
// from another route of the table.
const githubTable = `
/applications/{client_id}/tokens DELETE
/applications/{client_id}/tokens/{access_token} GET DELETE
/authorizations GET POST
/authorizations/{id} GET DELETE
/emojis GET
/events GET
/feeds GET
/gists GET POST
/gists/{id} GET DELETE
/gists/{id}/forks POST
/gists/{id}/star GET PUT DELETE
/gitignore/templates GET
/gitignore/templates/{name} GET
/issues GET
/legacy/issues/search/{owner}/{repository}/{state}/{keyword} GET
/legacy/repos/search/{keyword} GET
/legacy/user/email/{email} GET
/legacy/user/search/{keyword} GET
/markdown POST
/markdown/raw POST
/meta GET
/networks/{owner}/{repo}/events GET
/notifications GET PUT
/notifications/threads/{id} GET
/notifications/threads/{id}/subscription GET PUT DELETE
/orgs/{org} GET
/orgs/{org}/events GET
/orgs/{org}/issues GET
/orgs/{org}/members GET
/orgs/{org}/members/{user} GET DELETE
/orgs/{org}/public_members GET
/orgs/{org}/public_members/{user} GET PUT DELETE
/orgs/{org}/repos GET POST
/orgs/{org}/teams GET POST
/rate_limit GET
/repositories GET
/repos/{owner}/{repo} GET DELETE
/repos/{owner}/{repo}/assignees GET
/repos/{owner}/{repo}/assignees/{assignee} GET
/repos/{owner}/{repo}/branches GET
/repos/{owner}/{repo}/branches/{branch} GET
/repos/{owner}/{repo}/collaborators GET
/repos/{owner}/{repo}/collaborators/{user} GET PUT DELETE
/repos/{owner}/{repo}/comments GET
/repos/{owner}/{repo}/comments/{id} GET DELETE
/repos/{owner}/{repo}/commits GET
/repos/{owner}/{repo}/commits/{sha} GET
/repos/{owner}/{repo}/commits/{sha}/comments GET POST
/repos/{owner}/{repo}/contributors GET
/repos/{owner}/{repo}/downloads GET
/repos/{owner}/{repo}/downloads/{id} GET DELETE
/repos/{owner}/{repo}/events GET
/repos/{owner}/{repo}/forks GET POST
/repos/{owner}/{repo}/git/blobs POST
/repos/{owner}/{repo}/git/blobs/{sha} GET
/repos/{owner}/{repo}/git/commits POST
/repos/{owner}/{repo}/git/commits/{sha} GET
/repos/{owner}/{repo}/git/refs GET POST
/repos/{owner}/{repo}/git/tags POST
/repos/{owner}/{repo}/git/tags/{sha} GET
/repos/{owner}/{repo}/git/trees POST
/repos/{owner}/{repo}/git/trees/{sha} GET
/repos/{owner}/{repo}/hooks GET POST
/repos/{owner}/{repo}/hooks/{id} GET DELETE
/repos/{owner}/{repo}/hooks/{id}/tests POST
/repos/{owner}/{repo}/issues GET POST
/repos/{owner}/{repo}/issues/{number} GET
/repos/{owner}/{repo}/issues/{number}/comments GET POST
/repos/{owner}/{repo}/issues/{number}/events GET
/repos/{owner}/{repo}/issues/{number}/labels GET POST PUT DELETE
/repos/{owner}/{repo}/issues/{number}/labels/{name} DELETE
/repos/{owner}/{repo}/keys GET POST
/repos/{owner}/{repo}/keys/{id} GET DELETE
/repos/{owner}/{repo}/labels GET POST
/repos/{owner}/{repo}/labels/{name} GET DELETE
/repos/{owner}/{repo}/languages GET
/repos/{owner}/{repo}/merges POST
/repos/{owner}/{repo}/milestones GET POST
/repos/{owner}/{repo}/milestones/{number} GET DELETE
/repos/{owner}/{repo}/milestones/{number}/labels GET
/repos/{owner}/{repo}/notifications GET PUT
/repos/{owner}/{repo}/pulls GET POST
/repos/{owner}/{repo}/pulls/{number} GET
/repos/{owner}/{repo}/pulls/{number}/comments GET PUT
/repos/{owner}/{repo}/pulls/{number}/commits GET
/repos/{owner}/{repo}/pulls/{number}/files GET
/repos/{owner}/{repo}/pulls/{number}/merge GET PUT
/repos/{owner}/{repo}/readme GET
/repos/{owner}/{repo}/releases GET POST
/repos/{owner}/{repo}/releases/{id} GET DELETE
/repos/{owner}/{repo}/releases/{id}/assets GET
/repos/{owner}/{repo}/stargazers GET
/repos/{owner}/{repo}/stats/code_frequency GET
/repos/{owner}/{repo}/stats/commit_activity GET
/repos/{owner}/{repo}/stats/contributors GET
/repos/{owner}/{repo}/stats/participation GET
/repos/{owner}/{repo}/stats/punch_card GET
/repos/{owner}/{repo}/statuses/{ref} GET POST
/repos/{owner}/{repo}/subscribers GET
/repos/{owner}/{repo}/subscription GET PUT DELETE
/repos/{owner}/{repo}/tags GET
/repos/{owner}/{repo}/teams GET
/search/code GET
/search/issues GET
/search/repositories GET
/search/users GET
/teams/{id} GET DELETE
/teams/{id}/members GET
/teams/{id}/members/{user} GET PUT DELETE
/teams/{id}/repos GET
/teams/{id}/repos/{owner}/{repo} GET PUT DELETE
/user GET
/user/emails GET POST DELETE
/user/followers GET
/user/following GET
/user/following/{user} GET PUT DELETE
/user/issues GET
/user/keys GET POST
/user/keys/{id} GET DELETE
/user/orgs GET
/user/repos GET POST
/user/starred GET
/user/starred/{owner}/{repo} GET PUT DELETE
/user/subscriptions GET
/user/subscriptions/{owner}/{repo} GET PUT DELETE
/user/teams GET
/users GET
/users/{user} GET
/users/{user}/events GET
/users/{user}/events/orgs/{org} GET
/users/{user}/events/public GET
/users/{user}/followers GET
/users/{user}/following GET
/users/{user}/following/{target_user} GET
/users/{user}/gists GET
/users/{user}/keys GET
/users/{user}/orgs GET
/users/{user}/received_events GET
/users/{user}/received_events/public GET
/users/{user}/repos GET
/users/{user}/starred GET
/users/{user}/subscriptions GET
`
