package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLifeOfAnArticle(t *testing.T) {
	g := newGuest(t)
	ada := g.register("ada")
	created := ada.do("POST", "/articles", object{"article": object{
		"title": "How to train your Dragon!", "description": "Ever wonder how?", "body": "You have to believe.",
		"tagList": []string{"reactjs", "angularjs"},
	}})
	want := Article{
		Summary: Summary{
			Slug: "how-to-train-your-dragon", Title: "How to train your Dragon!", Description: "Ever wonder how?",
			TagList: []string{"reactjs", "angularjs"}, Author: Profile{Username: "ada"},
			CreatedAt: noon.Add(time.Second), UpdatedAt: noon.Add(time.Second),
		},
		Body: "You have to believe.",
	}
	if diff := cmp.Diff(OneArticle{want}, answer[OneArticle](t, created, http.StatusCreated)); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if got := created.Header.Get("Location"); got != "/api/articles/how-to-train-your-dragon" {
		t.Errorf("the location is %q", got)
	}
	path := "/articles/how-to-train-your-dragon"
	check(t, "shown", ada.do("GET", path, nil), OneArticle{want})
	check(t, "shown to strangers", g.do("GET", path, nil), OneArticle{want})
	check(t, "listed", ada.do("GET", "/articles", nil), ArticleList{[]Summary{want.Summary}, 1})
	if list := ada.do("GET", "/articles", nil).Text(); strings.Contains(list, `"body"`) {
		t.Errorf("a list has bodies: %s", list)
	}

	want.Body, want.UpdatedAt = "Be nice.", noon.Add(2*time.Second)
	check(t, "another body", ada.do("PUT", path, object{"article": object{"body": "Be nice."}}), OneArticle{want})
	want.TagList, want.UpdatedAt = []string{}, noon.Add(3*time.Second)
	check(t, "no tags", ada.do("PUT", path, object{"article": object{"tagList": []string{}}}), OneArticle{want})
	want.Title, want.Description, want.Slug = "Dragons", "All of it", "dragons"
	want.UpdatedAt = noon.Add(4 * time.Second)
	change := object{"article": object{"title": "Dragons", "description": "All of it"}}
	check(t, "another title", ada.do("PUT", path, change), OneArticle{want})
	want.Title, want.UpdatedAt = "Dragons!", noon.Add(5*time.Second)
	change = object{"article": object{"title": "Dragons!"}}
	check(t, "another title with the same words", ada.do("PUT", "/articles/dragons", change), OneArticle{want})
	check(t, "shown at its new place", ada.do("GET", "/articles/dragons", nil), OneArticle{want})
	if got := ada.do("GET", path, nil).Status; got != http.StatusNotFound {
		t.Errorf("at its old place = %d, want 404", got)
	}

	if got := ada.do("DELETE", "/articles/dragons", nil); got.Status != http.StatusNoContent || len(got.Body) > 0 {
		t.Errorf("delete = %d %q, want 204 and nothing", got.Status, got.Text())
	}
	if got := ada.do("GET", "/articles/dragons", nil).Status; got != http.StatusNotFound {
		t.Errorf("after the delete = %d, want 404", got)
	}
	if got := ada.do("GET", "/articles", nil).Text(); got != `{"articles":[],"articlesCount":0}` {
		t.Errorf("no articles are %s", got)
	}
}

func TestSlugs(t *testing.T) {
	ada := newGuest(t).register("ada")
	for _, tt := range []struct{ description, title, want string }{
		{"words", "  Cats, and other ANIMALS ", "cats-and-other-animals"},
		{"a title that is there already", "Cats and other animals", "cats-and-other-animals-2"},
		{"a third time", "cats and other animals", "cats-and-other-animals-3"},
		{"letters of all languages", "Über Schäfchen 7", "über-schäfchen-7"},
		{"no letters", "!?", "article"},
		{"the path of the feed", "Feed", "feed-2"},
	} {
		if got := ada.write(tt.title).Slug; got != tt.want {
			t.Errorf("%s: %q, want %q", tt.description, got, tt.want)
		}
	}
}

// titles returns the titles of a list and how many articles there are.
func titles(t *testing.T, g guest, path string) (list []string, count int) {
	t.Helper()
	page := answer[ArticleList](t, g.do("GET", path, nil), http.StatusOK)
	for _, article := range page.Articles {
		list = append(list, article.Title)
	}
	return list, page.Count
}

func TestListArticles(t *testing.T) {
	g := newGuest(t)
	ada, bob := g.register("ada"), g.register("bob")
	ada.write("One", "cats", "dogs")
	ada.write("Two", "cats")
	bob.write("Three", "dogs")
	bob.write("Four")
	bob.do("POST", "/articles/one/favorite", nil)
	tests := []struct {
		description, query string
		want               []string
		wantCount          int
	}{
		{"the newest first", "", []string{"Four", "Three", "Two", "One"}, 4},
		{"of an author", "?author=ada", []string{"Two", "One"}, 2},
		{"of nobody", "?author=nobody", nil, 0},
		{"with a tag", "?tag=dogs", []string{"Three", "One"}, 2},
		{"with a tag that no article has", "?tag=dog", nil, 0},
		{"favorites", "?favorited=bob", []string{"One"}, 1},
		{"favorites of nobody", "?favorited=nobody", nil, 0},
		{"two filters", "?author=ada&tag=dogs", []string{"One"}, 1},
		{"a page", "?limit=2", []string{"Four", "Three"}, 4},
		{"the next page", "?limit=2&offset=2", []string{"Two", "One"}, 4},
		{"the last page", "?limit=2&offset=3", []string{"One"}, 4},
		{"beyond the last page", "?offset=4", nil, 4},
		{"a page of those with a tag", "?tag=cats&limit=1&offset=1", []string{"One"}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			got, count := titles(t, g, "/articles"+tt.query)
			if diff := cmp.Diff(tt.want, got); diff != "" || count != tt.wantCount {
				t.Errorf("%d articles, want %d (-want +got):\n%s", count, tt.wantCount, diff)
			}
		})
	}
	for range 20 {
		ada.write("more")
	}
	if got, count := titles(t, g, "/articles"); len(got) != 20 || count != 24 {
		t.Errorf("a page without a limit has %d articles of %d, want 20 of 24", len(got), count)
	}
}

func TestFeed(t *testing.T) {
	g := newGuest(t)
	ada, bob, eve := g.register("ada"), g.register("bob"), g.register("eve")
	bob.write("One")
	eve.write("Two")
	bob.write("Three")
	ada.write("Four")
	if got, count := titles(t, ada, "/articles/feed"); len(got) != 0 || count != 0 {
		t.Errorf("the feed of a user who follows nobody is %q", got)
	}
	ada.do("POST", "/profiles/bob/follow", nil)
	for _, tt := range []struct {
		query string
		want  []string
	}{{"", []string{"Three", "One"}}, {"?limit=1", []string{"Three"}}, {"?limit=1&offset=1", []string{"One"}}} {
		if got, count := titles(t, ada, "/articles/feed"+tt.query); !slices.Equal(got, tt.want) || count != 2 {
			t.Errorf("feed%s: %q of %d, want %q of 2", tt.query, got, count, tt.want)
		}
	}
	feed := answer[ArticleList](t, ada.do("GET", "/articles/feed", nil), http.StatusOK)
	if got, want := feed.Articles[0].Author, (Profile{Username: "bob", Following: true}); got != want {
		t.Errorf("an author in the feed is %v, want %v", got, want)
	}
}

func TestFavorite(t *testing.T) {
	g := newGuest(t)
	ada, bob := g.register("ada"), g.register("bob")
	ada.write("One")
	type favorite struct {
		favorited bool
		count     int
	}
	for _, tt := range []struct {
		description, method, path string
		client                    guest
		want                      favorite
	}{
		{"nobody's favorite", "GET", "", ada, favorite{false, 0}},
		{"of bob", "POST", "/favorite", bob, favorite{true, 1}},
		{"of bob, again", "POST", "/favorite", bob, favorite{true, 1}},
		{"to ada", "GET", "", ada, favorite{false, 1}},
		{"to everybody", "GET", "", g, favorite{false, 1}},
		{"of ada, too", "POST", "/favorite", ada, favorite{true, 2}},
		{"not of bob any more", "DELETE", "/favorite", bob, favorite{false, 1}},
		{"not of bob, again", "DELETE", "/favorite", bob, favorite{false, 1}},
		{"to bob", "GET", "", bob, favorite{false, 1}},
	} {
		resp := tt.client.do(tt.method, "/articles/one"+tt.path, nil)
		article := answer[OneArticle](t, resp, http.StatusOK).Article
		if got := (favorite{article.Favorited, article.FavoritesCount}); got != tt.want || article.Body == "" {
			t.Errorf("%s: %v and the body %q, want %v", tt.description, got, article.Body, tt.want)
		}
	}
}

func TestTags(t *testing.T) {
	g := newGuest(t)
	if got := g.do("GET", "/tags", nil).Text(); got != `{"tags":[]}` {
		t.Errorf("no tags are %s", got)
	}
	ada := g.register("ada")
	ada.write("One", "dogs", "cats")
	ada.write("Two", "sheep", "cats")
	check(t, "of all articles", g.do("GET", "/tags", nil), TagList{[]string{"cats", "dogs", "sheep"}})
	ada.do("DELETE", "/articles/two", nil)
	check(t, "of those that are left", g.do("GET", "/tags", nil), TagList{[]string{"cats", "dogs"}})
}

func TestArticlesRefused(t *testing.T) {
	g := newGuest(t)
	ada, eve := g.register("ada"), g.register("eve")
	written := ada.write("One", "cats")
	missing, unknown, foreign := one("token", "is missing"), one("article", "not found"), one("article", "forbidden")
	article := func(title, description, body any) object {
		return object{"article": object{"title": title, "description": description, "body": body}}
	}
	change := object{"article": object{"body": "changed"}}
	g.check([]refusal{
		{"create without a token", "POST", "/articles", article("a", "b", "c"), 401, missing},
		{"update without a token", "PUT", "/articles/one", change, 401, missing},
		{"delete without a token", "DELETE", "/articles/one", nil, 401, missing},
		{"favorite without a token", "POST", "/articles/one/favorite", nil, 401, missing},
		{"unfavorite without a token", "DELETE", "/articles/one/favorite", nil, 401, missing},
		{"feed without a token", "GET", "/articles/feed", nil, 401, missing},
		{"show an unknown one", "GET", "/articles/none", nil, 404, unknown},
		{"a limit of 0", "GET", "/articles?limit=0", nil, 422, one("limit", "must be 1 or greater")},
		{"a limit that is too high", "GET", "/articles?limit=101", nil, 422, one("limit", "must be 100 or less")},
		{"an offset below 0", "GET", "/articles?offset=-1", nil, 422, one("offset", "must be 0 or greater")},
		{"an offset that is no number", "GET", "/articles?offset=x", nil, 400, one("offset", "must be an integer")},
	})
	ada.check([]refusal{
		{"no title", "POST", "/articles", article("", "b", "c"), 422, one("title", "can't be blank")},
		{"a title of spaces", "POST", "/articles", article(" ", "b", "c"), 422, one("title", "can't be blank")},
		{"no description", "POST", "/articles", article("a", "", "c"), 422, one("description", "can't be blank")},
		{"no body", "POST", "/articles", article("a", "b", ""), 422, one("body", "can't be blank")},
		{"a title of null", "POST", "/articles", article(nil, "b", "c"), 422, one("title", "can't be blank")},
		{"a tag twice", "PUT", "/articles/one", object{"article": object{"tagList": []string{"a", "a"}}}, 422,
			one("tagList", "must contain unique values")},
		{"an empty tag", "PUT", "/articles/one", object{"article": object{"tagList": []string{"a", ""}}}, 422,
			one("tagList", "can't be blank")},
		{"tags of null", "PUT", "/articles/one", object{"article": object{"tagList": nil}}, 422,
			one("tagList", "must not be null")},
		{"update to no title", "PUT", "/articles/one", object{"article": object{"title": ""}}, 422,
			one("title", "can't be blank")},
		{"update an unknown one", "PUT", "/articles/none", change, 404, unknown},
		{"delete an unknown one", "DELETE", "/articles/none", nil, 404, unknown},
		{"favorite an unknown one", "POST", "/articles/none/favorite", nil, 404, unknown},
		{"unfavorite an unknown one", "DELETE", "/articles/none/favorite", nil, 404, unknown},
	})
	eve.check([]refusal{
		{"update another's", "PUT", "/articles/one", change, 403, foreign},
		{"delete another's", "DELETE", "/articles/one", nil, 403, foreign},
	})
	check(t, "after all that", g.do("GET", "/articles/one", nil), OneArticle{written})
}
