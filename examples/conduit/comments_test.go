package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestComments(t *testing.T) {
	g := newGuest(t)
	ada, bob := g.register("ada"), g.register("bob")
	ada.write("One") // at noon and one second
	ada.write("Two")
	const path = "/articles/one/comments"
	if got := g.do("GET", path, nil).Text(); got != `{"comments":[]}` {
		t.Errorf("no comments are %s", got)
	}
	comment := func(g guest, body string) Comment {
		resp := g.do("POST", path, object{"comment": object{"body": body}})
		return answer[OneComment](t, resp, http.StatusCreated).Comment
	}
	first, second := comment(bob, "Nice."), comment(ada, "Thank you.")
	third := noon.Add(3 * time.Second)
	want := Comment{ID: 1, CreatedAt: third, UpdatedAt: third, Body: "Nice.", Author: Profile{Username: "bob"}}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	check(t, "listed", g.do("GET", path, nil), CommentList{[]Comment{first, second}})
	check(t, "of another article", g.do("GET", "/articles/two/comments", nil), CommentList{[]Comment{}})
	ada.do("POST", "/profiles/bob/follow", nil)
	if list := answer[CommentList](t, ada.do("GET", path, nil), 200); !list.Comments[0].Author.Following {
		t.Error("ada, who follows bob, is told otherwise")
	}

	if got := bob.do("DELETE", path+"/1", nil); got.Status != http.StatusNoContent || len(got.Body) > 0 {
		t.Errorf("delete = %d %q, want 204 and nothing", got.Status, got.Text())
	}
	check(t, "the others are left", g.do("GET", path, nil), CommentList{[]Comment{second}})
	if got := comment(bob, "Really.").ID; got != 3 {
		t.Errorf("the next comment has the id %d, want 3", got)
	}
}

func TestCommentsRefused(t *testing.T) {
	g := newGuest(t)
	ada, eve := g.register("ada"), g.register("eve")
	ada.write("One")
	ada.write("Two")
	body := object{"comment": object{"body": "Nice."}}
	ada.do("POST", "/articles/one/comments", body)
	missing, unknown := one("token", "is missing"), one("article", "not found")
	g.check([]refusal{
		{"create without a token", "POST", "/articles/one/comments", body, 401, missing},
		{"delete without a token", "DELETE", "/articles/one/comments/1", nil, 401, missing},
		{"list those of an unknown article", "GET", "/articles/none/comments", nil, 404, unknown},
	})
	eve.check([]refusal{
		{"nothing said", "POST", "/articles/one/comments", object{"comment": object{"body": ""}}, 422,
			one("body", "can't be blank")},
		{"no comment", "POST", "/articles/one/comments", object{}, 422, one("comment", "can't be blank")},
		{"on an unknown article", "POST", "/articles/none/comments", body, 404, unknown},
		{"delete from an unknown article", "DELETE", "/articles/none/comments/1", nil, 404, unknown},
		{"delete an unknown one", "DELETE", "/articles/one/comments/2", nil, 404, one("comment", "not found")},
		{"delete one of another article", "DELETE", "/articles/two/comments/1", nil, 404, one("comment", "not found")},
		{"delete by something else", "DELETE", "/articles/one/comments/x", nil, 400, one("id", "must be an integer")},
		{"delete another's", "DELETE", "/articles/one/comments/1", nil, 403, one("comment", "forbidden")},
	})
	if list := answer[CommentList](t, g.do("GET", "/articles/one/comments", nil), 200); len(list.Comments) != 1 {
		t.Errorf("%d comments after all that, want 1", len(list.Comments))
	}
}
