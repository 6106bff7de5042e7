//go:build unix

package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request/requesttest"
)

// What somebody does, from signing up to logging out, and what each page shows.
func TestSite(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		b := newBrowser(t, testApp(database))
		const noted = "/notes/{id}" // stands for the path of the note
		var path string
		get := func(page string) *requesttest.Response { return b.Get(strings.Replace(page, noted, path, 1)) }
		steps := []struct {
			description, page string
			action            string // of the form that is sent; without one, the page is shown
			form              url.Values
			wantStatus        int
			wantLocation      string
			wantMessage, want string
		}{
			{"the home page", "/", "", nil, 303, "/notes", "", ""},
			{"a stranger", "/notes", "", nil, 302, "/login?return=%2Fnotes", "", ""},
			{"a name that no database can keep", "/login", "/login", account("a\x00", secret), 422, "", "", "alphanumeric"},
			{"signing up", "/signup", "/signup", account("Ada", secret), 303, "/", "", ""},
			{"an empty list", "/notes", "", nil, 200, "", "Welcome, ada!", "You have no notes yet."},
			{"the message was shown once", "/notes", "", nil, 200, "", "", "You have no notes yet."},
			{"an empty form", "/notes/new", "", nil, 200, "", "", `name="title" value=""`},
			{"adding", "/notes/new", "/notes", note("Cats & <dogs>", "feed\r\nthem\x00"), 303, "/notes", "", ""},
			{"the list", "/notes", "", nil, 200, "", "The note is saved.", ">Cats &amp; &lt;dogs&gt;</a>"},
			{"the note", noted, "", nil, 200, "", "", ">\nfeed\nthem</textarea>"},
			{"changing", noted, noted, note("Sheep", ""), 303, "/notes", "", ""},
			{"the list with the change", "/notes", "", nil, 200, "", "The note is changed.", ">Sheep</a>"},
			{"the history", noted, "", nil, 200, "", "", "<li>changed, <time"},
			{"deleting", noted, noted + "/delete", nil, 303, "/notes", "", ""},
			{"the list without it", "/notes", "", nil, 200, "", "The note is gone.", "You have no notes yet."},
			{"the note that is gone", noted, "", nil, 404, "", "", "There is no such page."},
			{"logging out", "/notes", "/logout", nil, 303, "/login", "", ""},
			{"a stranger again", "/notes/new", "", nil, 302, "/login?return=%2Fnotes%2Fnew", "", ""},
			{"logging in", "/login", "/login", account("ada", secret), 303, "/", "", ""},
		}
		for _, step := range steps {
			resp := get(step.page)
			if step.action != "" {
				resp = b.submit(resp.URL.Path, strings.Replace(step.action, noted, path, 1), step.form)
			}
			page := resp.Text()
			if link := noteLink.FindStringSubmatch(page); link != nil {
				path = link[1]
			}
			if got := resp.Header.Get("Location"); resp.Status != step.wantStatus || got != step.wantLocation {
				t.Errorf("%s: %d to %q, want %d to %q", step.description, resp.Status, got, step.wantStatus, step.wantLocation)
			}
			if got := first(messageText, page); got != step.wantMessage || !strings.Contains(page, step.want) {
				t.Errorf("%s: the message is %q, want %q and %q in\n%s",
					step.description, got, step.wantMessage, step.want, page)
			}
		}
	})
}

// Each form with a mistake comes back with what was typed, and a message beside the field.
func TestFormsAreShownAgain(t *testing.T) {
	app := testApp(engines["SQLite"](t))
	stranger, ada := newBrowser(t, app), newUser(t, app, "ada")
	path := ada.add(t, "Cats", "feed them")
	const wrong = "There is no account with this name and password."
	long := strings.Repeat("a", 10_001)
	tests := []struct {
		description  string
		b            browser
		page, action string
		form         url.Values
		want         string // the messages
		wantTyped    string
	}{
		{"signing up with empty fields", stranger, "/signup", "/signup", account("", ""),
			"name must not be blank, password must be at least 12 characters in length", `name="name" value=""`},
		{"a name that is none", stranger, "/signup", "/signup", account(`"<b>`, secret),
			"name can only contain alphanumeric characters", `value="&#34;&lt;b&gt;"`},
		{"a short password", stranger, "/signup", "/signup", account("eve", "s3cret"),
			"password must be at least 12 characters in length", `value="eve"`},
		{"a name that somebody has", stranger, "/signup", "/signup", account("ADA", secret),
			"Somebody has this name already.", `value="ADA"`},
		{"logging in with nothing", stranger, "/login?return=/notes/new", "/login?return=/notes/new", nil,
			"name is a required field, password is a required field", `name="name" value=""`},
		{"a wrong password", stranger, "/login", "/login", account("ada", "s3cret"), wrong, `value="ada"`},
		{"an unknown name", stranger, "/login", "/login", account("eve", secret), wrong, `value="eve"`},
		{"a note without a title", ada, "/notes/new", "/notes", note(" ", "</textarea><b>"),
			"title must not be blank", "\n&lt;/textarea&gt;&lt;b&gt;</textarea>"},
		{"a long note", ada, "/notes/new", "/notes", note("Dogs", long),
			"text must be a maximum of 10000 characters in length", "\n" + long + "</textarea>"},
		{"a change without a title", ada, path, path, note("", "and\nstroke them"),
			"title must not be blank", "\nand\nstroke them</textarea>"},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			resp := test.b.submit(test.page, test.action, test.form)
			page := resp.Text()
			if got := strings.Join(found(errorText, page), ", "); resp.Status != 422 || got != test.want {
				t.Errorf("%d with the messages %q, want 422 with %q", resp.Status, got, test.want)
			}
			if !strings.Contains(page, test.wantTyped) || token(page, test.action) == "" {
				t.Errorf("the page does not show %s, or has no token:\n%s", test.wantTyped, page)
			}
			if strings.Contains(page, "s3cret") || strings.Contains(page, secret) {
				t.Errorf("the page shows the password:\n%s", page)
			}
		})
	}
	if got := ada.titles(); got != "Cats" {
		t.Errorf("afterwards there are the notes %s, want Cats", got)
	}
}

func TestNotesOfOthers(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		app := testApp(database)
		ada, eve := newUser(t, app, "ada"), newUser(t, app, "eve")
		path := ada.add(t, "Cats", "feed them")
		own := eve.add(t, "Dogs", "")
		tokens := token(eve.Get(own).Text(), own)
		for _, path := range []string{path, "/notes/none"} {
			form := note("Stolen", "")
			form.Set(antiforgery.DefaultFieldName, tokens)
			broken := url.Values{antiforgery.DefaultFieldName: {tokens}}
			for description, resp := range map[string]*requesttest.Response{
				"reading":                  eve.Get(path),
				"changing":                 eve.Post(path, requesttest.With{Form: form}),
				"changing by a wrong form": eve.Post(path, requesttest.With{Form: broken}),
				"deleting":                 eve.Post(path+"/delete", requesttest.With{Form: form}),
			} {
				if page := resp.Text(); resp.Status != 404 || !strings.Contains(page, errorTexts[404]) {
					t.Errorf("%s %s: %d, want 404 in\n%s", description, path, resp.Status, page)
				}
			}
		}
		if a, e := ada.titles(), eve.titles(); a != "Cats" || e != "Dogs" {
			t.Errorf("ada sees %q and eve %q, want Cats and Dogs", a, e)
		}
		page := ada.Get(path).Text()
		if got := strings.Join(found(historyItem, page), ", "); got != "added" || !strings.Contains(page, "feed them") {
			t.Errorf("the history is %q, want added, and the text as it was in\n%s", got, page)
		}
	})
}

func TestErrorPages(t *testing.T) {
	b := newUser(t, testApp(engines["SQLite"](t)), "ada")
	good := http.Header{"Requestverificationtoken": {token(b.Get("/notes/new").Text(), "/notes")}}
	tests := []struct {
		description string
		resp        *requesttest.Response
		want        int
	}{
		{"a page that is not there", b.Get("/none"), 404},
		{"a path that is none", b.Get("/notes/a%00b"), 400},
		{"a form without a token", b.Post("/notes", requesttest.With{Form: note("Cats", "")}), 403},
		{"a form that is far too long", b.Post("/notes", requesttest.With{
			Header: good, Form: note("Cats", strings.Repeat("a", 2<<20)),
		}), 413},
	}
	for _, test := range tests {
		page := test.resp.Text()
		if test.resp.Status != test.want || !strings.Contains(page, "<p>"+errorTexts[test.want]+"</p>") {
			t.Errorf("%s: %d, want %d in\n%s", test.description, test.resp.Status, test.want, page)
		}
	}
}

// A form that another site sends, or one without a token of this session, changes nothing.
func TestForgedForms(t *testing.T) {
	app := testApp(engines["SQLite"](t))
	ada := newUser(t, app, "ada")
	path := ada.add(t, "Cats", "")
	good := token(ada.Get(path).Text(), path)
	foreign := token(newUser(t, app, "eve").Get("/notes/new").Text(), "/notes")
	tests := []struct {
		description, token string
		header             http.Header
	}{
		{"no token", "", nil},
		{"a token of another session", foreign, nil},
		{"from another site, with a good token", good, http.Header{"Sec-Fetch-Site": {"cross-site"}}},
	}
	for _, action := range []string{"/signup", "/login", "/logout", "/notes", path, path + "/delete"} {
		for _, test := range tests {
			resp := ada.Post(action, requesttest.With{Header: test.header, Form: url.Values{
				antiforgery.DefaultFieldName: {test.token}, "title": {"Forged"}, "name": {"mallory"}, "password": {secret},
			}})
			if page := resp.Text(); resp.Status != 403 || !strings.Contains(page, "This form is out of date.") {
				t.Errorf("%s: POST %s: %d, want 403 in\n%s", test.description, action, resp.Status, page)
			}
		}
	}
	if got := ada.titles(); got != "Cats" {
		t.Errorf("afterwards the notes are %q, want Cats", got)
	}
}

// Logging in leads on to where somebody wanted to go, but never to another site.
func TestLogIn(t *testing.T) {
	app := testApp(engines["SQLite"](t))
	newUser(t, app, "ada")
	for wanted, want := range map[string]string{
		"": "/", "/notes/new?a=b%20c": "/notes/new?a=b%20c", "//evil.example": "/", "https://evil.example/": "/",
	} {
		b := newBrowser(t, app)
		page := "/login?return=" + url.QueryEscape(wanted)
		b.submit(page, page, account("ada", "guess")) // the way is not lost
		resp := b.submit(page, page, account("ADA", secret))
		if got := resp.Header.Get("Location"); resp.Status != 303 || got != want {
			t.Errorf("logging in with return=%q: %d to %q, want 303 to %q", wanted, resp.Status, got, want)
		}
		if got := first(messageText, b.Get("/notes").Text()); got != "Welcome, ada!" {
			t.Errorf("the message is %q", got)
		}
	}
}

// Nothing of an earlier session is left after the login, whoever has planted it.
func TestLogInBeginsANewSession(t *testing.T) {
	app := testApp(engines["SQLite"](t))
	newUser(t, app, "ada")
	b := newUser(t, app, "eve")
	before := b.Cookies("/")
	old := token(b.Get("/notes/new").Text(), "/notes")
	if resp := b.submit("/login", "/login", account("ada", secret)); resp.Status != 303 {
		t.Fatalf("logging in: %d", resp.Status)
	}
	form := note("Planted", "")
	form.Set(antiforgery.DefaultFieldName, old)
	if got := b.Post("/notes", requesttest.With{Form: form}).Status; got != 403 {
		t.Errorf("a token from before the login: %d, want 403", got)
	}
	planted := newBrowser(t, app)
	for _, cookie := range before {
		planted.SetCookie(cookie)
	}
	if got := planted.Get("/notes").Text(); !strings.Contains(got, `<span id="user">eve</span>`) {
		t.Errorf("a cookie from before the login is not eve's:\n%s", got)
	}
}
