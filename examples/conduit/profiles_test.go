package main

import "testing"

func TestFollow(t *testing.T) {
	g := newGuest(t)
	ada, bob := g.register("ada"), g.register("bob")
	bob.do("PUT", "/user", object{"user": object{"bio": "a builder"}})
	bio := "a builder"
	stranger := OneProfile{Profile{Username: "bob", Bio: &bio}}
	followed := OneProfile{Profile{Username: "bob", Bio: &bio, Following: true}}

	check(t, "to everybody", g.do("GET", "/profiles/bob", nil), stranger)
	check(t, "to ada", ada.do("GET", "/profiles/bob", nil), stranger)
	check(t, "follow", ada.do("POST", "/profiles/bob/follow", nil), followed)
	check(t, "follow again", ada.do("POST", "/profiles/bob/follow", nil), followed)
	check(t, "to ada, who follows bob", ada.do("GET", "/profiles/bob", nil), followed)
	check(t, "to bob", bob.do("GET", "/profiles/bob", nil), stranger)
	check(t, "to everybody, still", g.do("GET", "/profiles/bob", nil), stranger)
	check(t, "unfollow", ada.do("DELETE", "/profiles/bob/follow", nil), stranger)
	check(t, "unfollow again", ada.do("DELETE", "/profiles/bob/follow", nil), stranger)
	check(t, "to ada, who does not follow bob any more", ada.do("GET", "/profiles/bob", nil), stranger)
}

func TestProfilesRefused(t *testing.T) {
	g := newGuest(t)
	g.check([]refusal{
		{"of nobody", "GET", "/profiles/nobody", nil, 404, one("profile", "not found")},
		{"follow without a token", "POST", "/profiles/nobody/follow", nil, 401, one("token", "is missing")},
		{"unfollow without a token", "DELETE", "/profiles/nobody/follow", nil, 401, one("token", "is missing")},
	})
	g.register("ada").check([]refusal{
		{"follow nobody", "POST", "/profiles/nobody/follow", nil, 404, one("profile", "not found")},
		{"unfollow nobody", "DELETE", "/profiles/nobody/follow", nil, 404, one("profile", "not found")},
	})
}
