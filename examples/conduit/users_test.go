package main

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/soay-go/soay/request/requesttest"
)

func checkUser(t *testing.T, description string, resp *requesttest.Response, wantStatus int, want Account) {
	t.Helper()
	got := answer[OneUser](t, resp, wantStatus).User
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Account{}, "Token")); diff != "" || got.Token == "" {
		t.Errorf("%s: token %q (-want +got):\n%s", description, got.Token, diff)
	}
}

func TestRegisterAndLogIn(t *testing.T) {
	g := newGuest(t)
	ada := Account{Username: "ada", Email: "ada@example.com"}
	resp := g.do("POST", "/users", object{"user": object{
		"username": "ada", "email": "ada@example.com", "password": "lovelace",
	}})
	checkUser(t, "registered", resp, http.StatusCreated, ada)
	if !strings.Contains(resp.Text(), `"bio":null,"image":null`) {
		t.Errorf("%s, want a bio and an image of null", resp.Text())
	}

	credentials := object{"user": object{"email": "ADA@example.com", "password": "lovelace"}}
	login := g.do("POST", "/users/login", credentials)
	checkUser(t, "logged in", login, http.StatusOK, ada)
	token := answer[OneUser](t, login, http.StatusOK).User.Token
	checkUser(t, "shown", g.withToken(token).do("GET", "/user", nil), http.StatusOK, ada)
}

func TestUpdateUser(t *testing.T) {
	g := newGuest(t)
	user := g.register("ada")
	text := func(s string) *string { return &s }
	ada := Account{Username: "ada", Email: "ada@example.com"}
	// The changes are made one after the other; what is not sent stays as it was.
	tests := []struct {
		description string
		change      object
		want        func()
	}{
		{"nothing", object{}, func() {}},
		{"a bio", object{"bio": "a countess"}, func() { ada.Bio = text("a countess") }},
		{"an image", object{"image": "https://example.com/ada.jpg"}, func() { ada.Image = text("https://example.com/ada.jpg") }},
		{"an empty bio", object{"bio": ""}, func() { ada.Bio = nil }},
		{"an image of null", object{"image": nil}, func() { ada.Image = nil }},
		{"an empty image", object{"image": ""}, func() { ada.Image = nil }},
		{"a name and an address", object{"username": "countess", "email": "countess@example.com"},
			func() { ada.Username, ada.Email = "countess", "countess@example.com" }},
		{"the same name in another case", object{"username": "Countess"}, func() { ada.Username = "Countess" }},
		{"a password", object{"password": "analytical engine"}, func() {}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			tt.want()
			checkUser(t, "changed", user.do("PUT", "/user", object{"user": tt.change}), http.StatusOK, ada)
			checkUser(t, "shown", user.do("GET", "/user", nil), http.StatusOK, ada)
		})
	}

	logIn := func(password string) int {
		body := object{"user": object{"email": "countess@example.com", "password": password}}
		return g.do("POST", "/users/login", body).Status
	}
	if got := logIn("ada password"); got != http.StatusUnauthorized {
		t.Errorf("login with the old password = %d, want 401", got)
	}
	if got := logIn("analytical engine"); got != http.StatusOK {
		t.Errorf("login with the new password = %d, want 200", got)
	}
}

func TestUsersRefused(t *testing.T) {
	g := newGuest(t)
	ada := g.register("ada")
	g.register("bob")
	register := func(username, email, password any) object {
		return object{"user": object{"username": username, "email": email, "password": password}}
	}
	login := func(email, password any) object {
		return object{"user": object{"email": email, "password": password}}
	}
	g.check([]refusal{
		{"no name", "POST", "/users", register("", "eve@example.com", "password"), 422, one("username", "can't be blank")},
		{"no address", "POST", "/users", register("eve", "", "password"), 422, one("email", "can't be blank")},
		{"no password", "POST", "/users", register("eve", "eve@example.com", ""), 422, one("password", "can't be blank")},
		{"a short password", "POST", "/users", register("eve", "eve@example.com", "1234567"), 422,
			one("password", "must be at least 8 characters in length")},
		{"no address at all", "POST", "/users", register("eve", "eve", "password"), 422,
			one("email", "must be a valid email address")},
		{"a name that is no text", "POST", "/users", register(7, "eve@example.com", "password"), 400,
			one("username", "must be a string")},
		{"nothing of a user", "POST", "/users", object{"user": object{}}, 422, map[string][]string{
			"username": {"can't be blank"}, "email": {"can't be blank"}, "password": {"can't be blank"},
		}},
		{"no user", "POST", "/users", object{}, 422, one("user", "can't be blank")},
		{"a name that is taken", "POST", "/users", register("Ada", "eve@example.com", "password"), 409,
			one("username", "has already been taken")},
		{"an address that is taken", "POST", "/users", register("eve", "ADA@example.com", "password"), 409,
			one("email", "has already been taken")},

		{"login without an address", "POST", "/users/login", login("", "ada password"), 422, one("email", "can't be blank")},
		{"login without a password", "POST", "/users/login", login("ada@example.com", ""), 422,
			one("password", "can't be blank")},
		{"login with a wrong password", "POST", "/users/login", login("ada@example.com", "bob password"), 401,
			one("credentials", "invalid")},
		{"login of nobody", "POST", "/users/login", login("eve@example.com", "eve password"), 401,
			one("credentials", "invalid")},

		{"who am I, without a token", "GET", "/user", nil, 401, one("token", "is missing")},
		{"update without a token", "PUT", "/user", object{"user": object{"bio": "x"}}, 401, one("token", "is missing")},
		{"strangers do not learn what else is wrong", "PUT", "/user", object{"user": 7}, 401, one("token", "is missing")},
	})

	update := func(field string, value any) object { return object{"user": object{field: value}} }
	ada.check([]refusal{
		{"update to no name", "PUT", "/user", update("username", ""), 422, one("username", "can't be blank")},
		{"update to no address", "PUT", "/user", update("email", ""), 422, one("email", "can't be blank")},
		{"update to no password", "PUT", "/user", update("password", ""), 422, one("password", "can't be blank")},
		{"update to a short password", "PUT", "/user", update("password", "1234567"), 422,
			one("password", "must be at least 8 characters in length")},
		{"update to a name of null", "PUT", "/user", update("username", nil), 422, one("username", "must not be null")},
		{"update to an address of null", "PUT", "/user", update("email", nil), 422, one("email", "must not be null")},
		{"update to a password of null", "PUT", "/user", update("password", nil), 422,
			one("password", "must not be null")},
		{"update to an image that is a script", "PUT", "/user", update("image", "javascript:alert(1)"), 422,
			one("image", "does not fulfil any of the rules len=0, http_url")},
		{"update to another's name", "PUT", "/user", update("username", "BOB"), 409,
			one("username", "has already been taken")},
		{"update to another's address", "PUT", "/user", update("email", "bob@example.com"), 409,
			one("email", "has already been taken")},
	})
	checkUser(t, "after all that", ada.do("GET", "/user", nil), http.StatusOK, Account{Username: "ada", Email: "ada@example.com"})
}

func TestTokens(t *testing.T) {
	tokens := newTokens(t)
	g := guest{t, requesttest.New(t, newTestApp(NewMemory(newClock()), tokens))}
	g.register("ada")
	tokenOf := func(tokens *Tokens, id UserID) string {
		token, err := tokens.For(id)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	ada, unknown, foreign := tokenOf(tokens, 1), tokenOf(tokens, 2), tokenOf(newTokens(t), 1)
	tests := []struct {
		description, authorization string
		want                       string // the error, "" for none
	}{
		{"a token", "Token " + ada, ""},
		{"the scheme in another case", "token " + ada, ""},
		{"no header", "", "is missing"},
		{"another scheme", "Basic YWRhOmFkYQ==", "is missing"},
		{"a token of other keys", "Token " + foreign, "is invalid"},
		{"a token that was changed", "Token A" + ada, "is invalid"},
		{"a token of a user who is not there", "Token " + unknown, "is invalid"},
		{"the id alone", "Token 1", "is invalid"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			header := http.Header{"Authorization": {tt.authorization}}
			resp := g.client.Get("/api/user", with{Header: header})
			if tt.want == "" {
				checkUser(t, "shown", resp, http.StatusOK, Account{Username: "ada", Email: "ada@example.com"})
				return
			}
			got := answer[Errors](t, resp, http.StatusUnauthorized).Errors
			if diff := cmp.Diff(one("token", tt.want), got); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			if got := resp.Header.Get("WWW-Authenticate"); got != "Token" {
				t.Errorf("WWW-Authenticate is %q, want Token", got)
			}
		})
	}
	for _, header := range []http.Header{{"Authorization": {"Token"}}, {"Authorization": {"Token " + ada, "Token " + ada}}} {
		got := answer[Errors](t, g.client.Get("/api/user", with{Header: header}), http.StatusBadRequest).Errors
		if diff := cmp.Diff(one("token", "is invalid"), got); diff != "" {
			t.Errorf("%v: errors (-want +got):\n%s", header, diff)
		}
	}
	if got := g.withToken(foreign).do("GET", "/articles", nil).Status; got != http.StatusUnauthorized {
		t.Errorf("a list for everybody, with a bad token = %d, want 401", got)
	}
	credentials := object{"user": object{"email": "ada@example.com", "password": "ada password"}}
	if got := g.withToken(foreign).do("POST", "/users/login", credentials).Status; got != http.StatusOK {
		t.Errorf("logging in, with a bad token = %d, want 200", got)
	}
}

func TestTokensEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ada := newGuest(t).register("ada")
		time.Sleep(tokenLife - time.Minute) // takes no time in here
		if got := ada.do("GET", "/user", nil).Status; got != http.StatusOK {
			t.Errorf("before the end of its life = %d, want 200", got)
		}
		time.Sleep(2 * time.Minute)
		if got := ada.do("GET", "/user", nil).Status; got != http.StatusUnauthorized {
			t.Errorf("after the end of its life = %d, want 401", got)
		}
	})
}

// Who guesses passwords or tokens too often waits.
func TestGuesses(t *testing.T) {
	g := newGuest(t)
	ada := g.register("ada")
	logIn := func(email, password string) *requesttest.Response {
		return g.do("POST", "/users/login", object{"user": object{"email": email, "password": password}})
	}
	tooMany := one("request", "There were too many attempts.")
	for i := range 10 {
		if got := logIn("ada@example.com", "guess").Status; got != http.StatusUnauthorized {
			t.Fatalf("guess %d: %d, want 401", i, got)
		}
	}
	for i := range 20 {
		if got := g.withToken("guess").do("GET", "/user", nil).Status; got != http.StatusUnauthorized {
			t.Fatalf("token %d: %d, want 401", i, got)
		}
	}
	tests := []struct {
		description string
		resp        *requesttest.Response
	}{
		{"the right password", logIn("ADA@example.com", "ada password")},
		{"a right token", ada.do("GET", "/user", nil)},
		{"a right token where it is optional", ada.do("GET", "/articles", nil)},
	}
	for _, tt := range tests {
		got := answer[Errors](t, tt.resp, http.StatusTooManyRequests).Errors
		if diff := cmp.Diff(tooMany, got); diff != "" || tt.resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: Retry-After %q, errors (-want +got):\n%s", tt.description, tt.resp.Header.Get("Retry-After"), diff)
		}
	}
	if got := g.do("GET", "/articles", nil).Status; got != http.StatusOK {
		t.Errorf("a list, without a token: %d, want 200", got)
	}
}

// Tokens that have become too old are no guesses.
func TestOldTokensAreNoGuesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGuest(t)
		old := g.register("ada")
		time.Sleep(tokenLife + time.Minute) // takes no time in here
		for range 30 {
			if got := old.do("GET", "/user", nil).Status; got != http.StatusUnauthorized {
				t.Fatalf("a token that is too old: %d, want 401", got)
			}
		}
	})
}
